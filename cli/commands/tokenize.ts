/**
 * `metamae tokenize`: from the raw files of a data set to a token store.
 *
 * @module
 */

import {
  type Command,
  defineCommand,
  optional,
  type OptionTable,
  path,
  required,
  toggle,
  wholeNumber,
  word,
} from "../framework/mod.ts";
import type { ConversionOptions } from "../../lib/datasets/mod.ts";
import { formatCount, listenForStop } from "../../lib/terminal/mod.ts";
import { datasetName } from "./names.ts";

/** `metamae tokenize DATASET`. */
export const tokenizeCommand: Command = defineCommand({
  name: "tokenize",
  summary: "Turn the raw files of a data set into a token store",
  example: "metamae tokenize mnist --out mnist.store",
  details: [
    "metamae datasets NAME shows which files a data set needs and how to get them. The store is a " +
    "folder with checksums; it appears when it is complete, or not at all. A run that was killed or " +
    "stopped goes on behind its last finished shard when the same command is started again.",
    "With --download official files that are missing are fetched where their site hands them out and " +
    "their digest is known; this needs the Deno permission --allow-net for those sites. What was " +
    "interrupted goes on where it stopped.",
    "Own data: folder (images or recordings), csv, npy, fasta and text take the options that name " +
    "them below.",
  ],
  argument: {
    parser: datasetName,
    description: "Data set to read; metamae datasets lists them",
    count: "one",
  },
  options: {
    raw: optional(
      path("PATH"),
      "Folder of the raw files, or own file; not needed for packaged data",
    ),
    download: toggle("Fetch official files that are missing, into --raw or the cache folder"),
    out: required(path("STORE", "directory"), "Folder to write"),
    variant: optional(word("NAME"), "Variant of the data set; the first one is the default"),
    limit: optional(wholeNumber({ min: 1 }), "Samples of each split at most, for trials"),
    force: toggle("Replace a store that is already there"),
  },
  moreTitle: "Options of own data",
  async moreOptions(): Promise<OptionTable> {
    const { datasets } = await import("../../lib/datasets/mod.ts");
    const { methodOptionTable } = await import("./method_options.ts");
    const owners = [...datasets.values()].flatMap(({ id, options }) =>
      options === undefined ? [] : [{ id, options }]
    );
    return methodOptionTable(owners);
  },
  async run({ arguments: [name], options, moreOptions, output }) {
    const { tokenizeDataset } = await import("../../lib/datasets/mod.ts");
    const { tokenizeDocument, tokenizeText } = await import("./tokenize_result.ts");
    const progress = output.progress(`tokenize ${name}`, "rows");
    using stop = listenForStop("no store was written; the same command goes on from here");
    const { out, ...choices } = options;
    let resumedRows = 0;
    const manifest = await tokenizeDataset(name!, {
      out,
      ...choices,
      options: moreOptions as ConversionOptions["options"],
      onLeftover: (left) => {
        if ("anew" in left) output.note(`Starting anew: ${left.anew}`);
        else {output.note(
            `Going on with an interrupted run: ${formatCount(left.rows)} rows are there`,
          );}
        if ("rows" in left) resumedRows = left.rows;
      },
      progress: (done, total, unit, kept) => progress.update({ done, total, unit, kept }),
      warn: output.warn,
      signal: stop.signal,
    }).finally(progress.finish);
    const result = { out, manifest, resumedRows };
    output.result(tokenizeDocument(result), () => tokenizeText(result));
  },
});
