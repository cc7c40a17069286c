/**
 * `metamae datasets`: the data sets that can be tokenized, and how to get one.
 *
 * @module
 */

import { z } from "zod";
import type { Dataset, Variant } from "../../lib/datasets/mod.ts";
import { formsOf, isFetchable, type RawFile } from "../../lib/raw/mod.ts";
import { describeInput } from "../../lib/spec/mod.ts";
import { formatBytes, formatFacts, formatTable, type Style } from "../../lib/terminal/mod.ts";
import { flagName, lookUp } from "../../lib/util/mod.ts";
import { defineCommand, type OptionFacts, optionFacts } from "../framework/mod.ts";
import { datasetName } from "./shared_options.ts";

/** `metamae datasets [NAME]`. */
export const datasetsCommand = defineCommand({
  example: "metamae datasets pamap2",
  argument: datasetName.optional().describe("Data set to show; all are listed without it"),
  options: z.strictObject({}),
  async run({ arguments: [name], output }) {
    const { datasets } = await import("../../lib/datasets/mod.ts");
    if (name === undefined) {
      const all = [...datasets.values()];
      output.result(
        { schema: "metamae/datasets", version: 1, datasets: all.map(datasetRecord) },
        () => datasetList(all, output.style, output.width),
      );
    } else {
      const dataset = lookUp("data set", name, datasets);
      output.result(
        { schema: "metamae/dataset", version: 1, ...datasetRecord(dataset) },
        () => datasetPage(dataset, output.style),
      );
    }
  },
});

/** A data set as `--json` prints it. */
export function datasetRecord(dataset: Dataset) {
  const { id, title, domain, role, summary, licence, homepage, citation, files } = dataset;
  return {
    id,
    title,
    domain,
    role,
    summary,
    licence,
    homepage,
    citation,
    files: files.map(fileRecord),
    variants: dataset.variants.map(({ name, difference, shape }) => ({
      name,
      difference,
      shape: shape ?? null,
    })),
    ...(dataset.options === undefined ? {} : { options: optionsOf(dataset) }),
  };
}

/** A raw file, whose alternatives are no more than their paths. */
function fileRecord({ inner: _, ...file }: RawFile) {
  const alternatives = alternativesOf(file);
  return { ...file, ...(alternatives.length === 0 ? {} : { alternatives }) };
}

function alternativesOf(file: RawFile): readonly string[] {
  return formsOf(file).slice(1).map(({ path }) => path);
}

/** The table of all data sets. */
export function datasetList(all: readonly Dataset[], style: Style, width: number): string {
  const rows = all.map((dataset) => [
    dataset.id,
    dataset.domain,
    dataset.role,
    inputsOf(dataset.variants[0]),
    metricOf(dataset),
    dataset.title,
  ]);
  const table = formatTable(
    [
      { title: "name" },
      { title: "domain" },
      { title: "use" },
      { title: "input" },
      { title: "metric" },
      { title: "title", elastic: true },
    ],
    rows,
    { width, header: style.bold },
  );
  return `${table}\n\n${style.dim("metamae datasets NAME shows files, licence and variants")}`;
}

/** The page of one data set. */
export function datasetPage(dataset: Dataset, style: Style): string {
  const isOwn = dataset.role === "generic";
  const facts = formatFacts([
    ["domain", dataset.domain],
    ["use", dataset.role],
    ["licence", dataset.licence],
    ["homepage", dataset.homepage],
    ["citation", dataset.citation],
  ], style.dim);
  const variants = dataset.variants.map((variant) => {
    const { name, difference, shape } = variant;
    const task = shape?.task === undefined
      ? ""
      : `; ${shape.task.kind}, ${shape.task.classes} classes, ${shape.task.metric}`;
    return `  ${name}: ${difference}\n    ${inputsOf(variant)}${task}`;
  });
  return [
    style.bold(`${dataset.title} (${dataset.id})`),
    dataset.summary,
    "",
    facts,
    "",
    style.bold("Variants (the first is the default)"),
    ...variants,
    "",
    style.bold("Raw files"),
    filesText(dataset),
    ...(dataset.options === undefined ? [] : ["", style.bold("Options"), optionsText(dataset)]),
    "",
    style.dim(
      dataset.files.length === 0 && !isOwn
        ? `metamae tokenize ${dataset.id} --out ${dataset.id}.store`
        : `metamae tokenize ${dataset.id} --raw ${
          isOwn ? "PATH" : "DIR"
        } --out ${dataset.id}.store`,
    ),
    ...(dataset.files.some(isFetchable)
      ? [style.dim("With --download files that have an address and a digest are fetched")]
      : []),
  ].join("\n");
}

function filesText(dataset: Dataset): string {
  if (dataset.role === "generic") return "  your own file or folder";
  if (dataset.files.length === 0) return "  none: the data are packaged with the program";
  return dataset.files.map((file) => {
    const size = file.bytes === undefined ? "" : ` (${formatBytes(file.bytes)})`;
    const alternatives = alternativesOf(file);
    const details = [
      file.url,
      file.how,
      file.sha256 === undefined ? undefined : `sha256 ${file.sha256}`,
      file.md5 === undefined ? undefined : `md5 ${file.md5}`,
      alternatives.length === 0 ? undefined : `or ${alternatives.join(" or ")}`,
    ].filter((detail) => detail !== undefined).map((detail) => `\n    ${detail}`).join("");
    return `  ${file.path}${size}${details}`;
  }).join("\n");
}

/** Options of a generic data set. */
function optionsOf({ options }: Dataset): readonly OptionFacts[] {
  return options === undefined ? [] : optionFacts(options);
}

function optionsText(dataset: Dataset): string {
  return optionsOf(dataset).map(({ name, description, fallback, choices }) => {
    const remarks = [
      ...(choices === undefined ? [] : [choices.join(", ")]),
      ...(fallback === undefined ? [] : [`default ${fallback}`]),
    ];
    const remark = remarks.length === 0 ? "" : ` (${remarks.join("; ")})`;
    return `  ${flagName(name)}\n    ${description}${remark}`;
  }).join("\n");
}

function inputsOf(variant: Variant | undefined): string {
  return variant?.shape?.inputs.map(describeInput).join(" + ") ?? "from the data";
}

function metricOf(dataset: Dataset): string {
  return dataset.variants[0]?.shape?.task?.metric ?? "";
}
