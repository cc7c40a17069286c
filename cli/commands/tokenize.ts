/**
 * `metamae tokenize`: from the raw files of a data set to a token store.
 *
 * @module
 */

import { z } from "zod";
import type { ConversionOptions } from "../../lib/datasets/mod.ts";
import { describeInput } from "../../lib/spec/mod.ts";
import { storeDigest, storeFiles, type StoreManifest } from "../../lib/documents/mod.ts";
import {
  formatBytes,
  formatCount,
  formatFacts,
  type JsonDocument,
  listenForStop,
} from "../../lib/terminal/mod.ts";
import { shellLine } from "../../lib/util/mod.ts";
import { defineCommand, type OptionsOwner } from "../framework/mod.ts";
import { atLeast1, datasetName } from "./shared_options.ts";

/** `metamae tokenize DATASET`. */
export const tokenizeCommand = defineCommand({
  example: "metamae tokenize mnist --out mnist.store",
  details: [
    "metamae datasets NAME shows which files a data set needs and how to get them. The store " +
    "is a folder with checksums; it appears when it is complete, or not at all. A run that was " +
    "killed or stopped goes on behind its last finished shard when the same command is started " +
    "again.",
    "With --download official files that are missing are fetched where their site hands them " +
    "out and their digest is known; this needs the Deno permission --allow-net for those " +
    "sites. What was interrupted goes on where it stopped.",
    "Own data: folder (images or recordings), csv, npy, fasta and text take the options that " +
    "name them below.",
  ],
  argument: datasetName.describe("Data set to read; metamae datasets lists them"),
  options: z.strictObject({
    raw: z.string().optional().meta({
      metavar: "PATH",
      path: "any",
      description: "Folder of the raw files, or own file; not needed for packaged data",
    }),
    download: z.boolean().default(false)
      .describe("Fetch official files that are missing, into --raw or the cache folder"),
    out: z.string()
      .meta({ metavar: "STORE", path: "directory", description: "Folder to write" }),
    variant: z.string().optional().meta({
      metavar: "NAME",
      description: "Variant of the data set; the first one is the default",
    }),
    limit: atLeast1.optional().describe("Samples of each split at most, for trials"),
    force: z.boolean().default(false).describe("Replace a store that is already there"),
  }),
  moreTitle: "Options of own data",
  async owners(): Promise<readonly OptionsOwner[]> {
    const { datasets } = await import("../../lib/datasets/mod.ts");
    return [...datasets.values()].flatMap(({ id, options }) =>
      options === undefined ? [] : [{ id, options }]
    );
  },
  async run({ arguments: [name], options, moreOptions, output }) {
    const { tokenizeDataset } = await import("../../lib/datasets/mod.ts");
    const progress = output.progress(`tokenize ${name}`, "rows");
    using stop = listenForStop("no store was written; the same command goes on from here");
    const { out, ...choices } = options;
    let resumedRows = 0;
    const manifest = await tokenizeDataset(name!, {
      out,
      ...choices,
      options: moreOptions as ConversionOptions["options"],
      onLeftover: (left) => {
        if ("anew" in left) return output.note(`Starting anew: ${left.anew}`);
        output.note(`Going on with an interrupted run: ${formatCount(left.rows)} rows are there`);
        resumedRows = left.rows;
      },
      progress: (done, total, unit, kept) => progress.update({ done, total, unit, kept }),
      warn: output.warn,
      signal: stop.signal,
    }).finally(progress.finish);
    const result = { out, manifest, resumedRows };
    output.result(tokenizeDocument(result), () => tokenizeText(result));
  },
});

/** A finished store. */
interface TokenizeResult {
  /** Where it is. */
  readonly out: string;
  readonly manifest: StoreManifest;
  /** Rows that an interrupted run had left. */
  readonly resumedRows: number;
}

/** The result as one document. */
function tokenizeDocument({ out, manifest, resumedRows }: TokenizeResult): JsonDocument {
  return {
    schema: "metamae/tokenize",
    version: 1,
    store: out,
    dataset: manifest.dataset,
    variant: manifest.variant,
    rows: manifest.rows,
    resumedRows,
    splits: Object.fromEntries(splitCounts(manifest)),
    bytes: storeBytes(manifest),
    digest: storeDigest(manifest),
    notes: manifest.notes,
    counters: manifest.counters,
  };
}

/** The result as text. */
function tokenizeText({ out, manifest, resumedRows }: TokenizeResult): string {
  const facts = formatFacts([
    ["store", out],
    [
      "samples",
      splitCounts(manifest).map(([name, count]) => `${formatCount(count)} ${name}`).join(", "),
    ],
    ["input", manifest.inputs.map(describeInput).join(" + ")],
    ["size", formatBytes(storeBytes(manifest))],
    ...resumedRows === 0
      ? []
      : [["resumed", `${formatCount(resumedRows)} rows were there`] as const],
  ]);
  const counted = Object.entries(manifest.counters)
    .map(([name, count]) => `${name}: ${formatCount(count)}`);
  const remarks = [...manifest.notes, ...counted].map((remark) => `- ${remark}`);
  const next = `Next: ${shellLine(["metamae", "inspect", out])}`;
  return [facts, ...(remarks.length === 0 ? [] : ["", ...remarks]), "", next].join("\n");
}

function splitCounts(manifest: StoreManifest): readonly (readonly [string, number])[] {
  return Object.entries(manifest.splits).map(([name, { count }]) => [name, count]);
}

function storeBytes(manifest: StoreManifest): number {
  return storeFiles(manifest).reduce((sum, { bytes }) => sum + bytes, 0);
}
