/**
 * `metamae methods`: the self-supervised methods and their options.
 *
 * @module
 */

import { z } from "zod";
import type { Method } from "../../lib/methods/mod.ts";
import { formatFacts, formatTable, type Style } from "../../lib/terminal/mod.ts";
import { flagName } from "../../lib/util/mod.ts";
import { defineCommand, type OptionFacts, optionFacts } from "../framework/mod.ts";
import { methodName } from "./shared_options.ts";

interface Entry {
  readonly method: Method;
  readonly options: readonly OptionFacts[];
}

/** `metamae methods [NAME]`. */
export const methodsCommand = defineCommand({
  example: "metamae methods metamae",
  argument: methodName.optional().describe("Method to show; all are listed without it"),
  options: z.strictObject({}),
  async run({ arguments: [name], output }) {
    const { findMethod, methods } = await import("../../lib/methods/mod.ts");
    const entry = (method: Method): Entry => ({ method, options: optionFacts(method.options) });
    if (name === undefined) {
      const all = [...methods.values()].map(entry);
      output.result(
        { schema: "metamae/methods", version: 1, methods: all.map(methodRecord) },
        () => methodList(all, output.style, output.width),
      );
    } else {
      const found = entry(findMethod(name));
      output.result(
        { schema: "metamae/method", version: 1, ...methodRecord(found) },
        () => methodPage(found, output.style, output.width),
      );
    }
  },
});

function methodRecord({ method, options }: Entry) {
  const { id, title, paper, summary, backbones, kinds, modalities, trainable } = method;
  return {
    id,
    aliases: method.aliases ?? [],
    title,
    paper,
    summary,
    backbones,
    kinds,
    modalities: modalities === Infinity ? null : modalities,
    trainable,
    options: options.map((
      { fallback = null, choices = null, minimum = null, maximum = null, ...rest },
    ) => ({ ...rest, flag: flagName(rest.name), default: fallback, choices, minimum, maximum })),
  };
}

function methodList(all: readonly Entry[], style: Style, width: number): string {
  const table = formatTable(
    [
      { title: "name" },
      { title: "backbones" },
      { title: "inputs" },
      { title: "summary", elastic: true },
    ],
    all.map(({ method }) => [
      method.id,
      method.backbones.join(", "),
      method.kinds.join(", "),
      method.summary,
    ]),
    { width, header: style.bold },
  );
  return `${table}\n\n${style.dim("metamae methods NAME shows the paper and the options")}`;
}

function methodPage({ method, options }: Entry, style: Style, width: number): string {
  const facts = formatFacts([
    ["also known as", method.aliases?.join(", ")],
    ["paper", method.paper],
    ["backbones", `${method.backbones.join(", ")} (the first is the default)`],
    ["inputs", method.kinds.join(", ")],
    [
      "modalities",
      method.modalities === Infinity ? "any number" : `up to ${method.modalities}`,
    ],
    ["pretraining", method.trainable ? "yes" : "no: the weights stay as they start"],
  ], style.dim);
  const table = options.length === 0 ? "none" : formatTable(
    [
      { title: "option" },
      { title: "default", align: "right" },
      { title: "range" },
      { title: "meaning", elastic: true },
    ],
    options.map((option) => [
      flagName(option.name),
      option.fallback === undefined ? "" : String(option.fallback),
      rangeOf(option),
      option.description,
    ]),
    { width, header: style.dim },
  );
  return [
    style.bold(`${method.title} (${method.id})`),
    method.summary,
    "",
    facts,
    "",
    style.bold("Options"),
    table,
    "",
    style.dim(`metamae pretrain --data STORE --method ${method.id} --out RUN`),
  ].join("\n");
}

function rangeOf({ choices, minimum, maximum, type }: OptionFacts): string {
  if (choices !== undefined) return choices.join(", ");
  if (type === "boolean") return "on or off";
  if (minimum !== undefined && maximum !== undefined && !minimum.open && !maximum.open) {
    return `${minimum.value} to ${maximum.value}`;
  }
  return [
    minimum === undefined ? "" : `${minimum.open ? "above" : "from"} ${minimum.value}`,
    maximum === undefined ? "" : `${maximum.open ? "below" : "up to"} ${maximum.value}`,
  ].filter((part) => part !== "").join(", ");
}
