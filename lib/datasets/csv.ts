/**
 * The users' own tables: each row a sample (tabular), or windows of consecutive rows (time series).
 *
 * @module
 */

import { z } from "zod";
import type { InputSpec } from "../spec/mod.ts";
import { listParts, type SplitName } from "../store/mod.ts";
import { UsageError } from "../util/mod.ts";
import type { Dataset, TokenizeContext } from "./dataset.ts";
import { chooseSplits } from "./generic/choose_splits.ts";
import { type TableFile, tableFiles, tableRows } from "./generic/csv_table.ts";
import { createMoments } from "./generic/moments.ts";
import { openOwn } from "./generic/named_files.ts";
import { patchSize } from "./generic/patch_size.ts";
import { readOptions, splitOptions } from "./generic/read_options.ts";
import { scanTable, type TableScan } from "./generic/table_scan.ts";
import { chooseWindows } from "./generic/windows.ts";

const id = "csv";

const options = z.strictObject({
  ...splitOptions,
  columns: z.string().optional()
    .describe("Feature columns by name, or by number without a header, separated by commas"),
  label: z.string().optional().describe("Column or array that holds the labels"),
  task: z.enum(["classes", "regression"]).optional().describe("What the labels are"),
  splitColumn: z.string().optional()
    .describe("Column with the words train, validation, test or pretrain"),
  groupColumn: z.string().optional()
    .describe("Column whose equal values stay in one split, such as subjects"),
  header: z.enum(["auto", "yes", "no"]).default("auto")
    .describe("Whether the first row holds names"),
  separator: z.enum(["comma", "semicolon", "tab"]).default("comma").describe("Between fields"),
  missing: z.enum(["refuse", "drop"]).default("refuse")
    .describe("What becomes of rows with empty fields or NaN"),
  window: z.number().int().min(2).optional()
    .describe("Consecutive rows, bases, residues or characters of a sample"),
  stride: z.number().int().min(1).optional()
    .describe("Distance of the starts of windows; that of the window if left out"),
  patch: z.number().int().min(1).optional().describe("Side of a patch, or steps of a segment"),
  normalize: z.enum(["none", "standard"]).optional()
    .describe("Subtract the training mean and divide by the deviation, per channel, or do not"),
});
type Options = z.infer<typeof options>;

/** Own tables. */
export const csv: Dataset = {
  id,
  title: "Own tables in CSV files",
  domain: "own data",
  role: "generic",
  summary:
    "CSV files, plain or gzipped: a row a sample, or with --window a time series of the columns.",
  licence: "That of the data",
  homepage: "https://www.rfc-editor.org/rfc/rfc4180",
  citation: "None; the data are the user's own",
  files: [],
  variants: [{ name: "own", difference: "as the options say" }],
  options,

  shape: () => undefined,

  async tokenize(context, writer) {
    const chosen = readOptions(id, options, context.options);
    const files = await tableFiles(id, await openOwn(id, context.raw));
    let dropped = 0;
    const rows = (onMissing = () => {}) => tableRows(id, files, chosen, onMissing);
    const scan = await scanTable(
      id,
      watched(rows(() => dropped++), context, undefined, "rows scanned"),
      chosen.task,
    );
    const input = inputOf(scan, chosen);
    const isSeries = input.kind === "series";
    const { parts, note } = isSeries
      ? chooseWindows(id, scan, {
        ...chosen,
        window: input.length,
        stride: chosen.stride ?? input.length,
      })
      : chooseSplits({
        id,
        samples: scan.rows,
        named: scan.split,
        ...(scan.group === undefined ? {} : { group: (row) => String(scan.group!(row)) }),
      }, chosen);
    const isStandard = (chosen.normalize ?? "standard") === "standard";
    const measureRows = () => measure(rows(), parts, scan, input, context);
    const { task } = scan;
    writer.declare({
      inputs: [input],
      ...(task === undefined ? {} : { task }),
      layout: isSeries ? "windows" : "rows",
      columns: [{
        dtype: "float32",
        ...(isStandard ? await writer.once("moments", measureRows) : {}),
      }],
      defaults: { batchSize: 64 },
    });
    let row = 0;
    for await (const { values } of watched(rows(), context, scan.rows, "rows")) {
      await writer.append([values], scan.label(row++));
    }
    listParts(parts, context, writer);
    writer.count("rows with missing values", dropped);
    writer.note(note);
    if (isStandard) writer.note("Normalised by mean and deviation of the training rows");
    noteColumns(files, chosen, writer.note);
  },
};

function inputOf({ features }: TableScan, { window, stride, patch }: Options): InputSpec {
  if (window === undefined) {
    if (patch === undefined && stride === undefined) return { kind: "tabular", features };
    throw new UsageError(
      `Cannot use the options of "${id}": "--patch" and "--stride" want "--window" beside them`,
    );
  }
  return {
    kind: "series",
    channels: features,
    length: window,
    patch: patchSize(id, [window], patch),
  };
}

/** Mean and deviation of every column over the rows of the training samples. */
async function measure(
  rows: AsyncIterable<{ readonly values: Float32Array }>,
  parts: Partial<Readonly<Record<SplitName, Uint32Array>>>,
  { rows: count, features }: TableScan,
  input: InputSpec,
  context: TokenizeContext,
) {
  const length = input.kind === "series" ? input.length : 1;
  const isTraining = new Uint8Array(count);
  for (const first of parts.train!) isTraining.fill(1, first, first + length);
  const moments = createMoments(features);
  let row = 0;
  for await (const { values } of watched(rows, context, count, "rows measured")) {
    if (isTraining[row++] === 1) moments.add(values);
  }
  return moments.result();
}

function noteColumns(
  files: readonly TableFile[],
  { columns, label }: Options,
  note: (text: string) => void,
): void {
  note(
    `From ${files.length === 1 ? "one file" : `${files.length} files`}; features: ` +
      `${columns ?? "all columns"}${label === undefined ? "" : `; label: ${label}`}`,
  );
}

/** Reports progress, and stops when the user stops the program. */
async function* watched<T>(
  rows: AsyncIterable<T>,
  { signal, progress }: TokenizeContext,
  total: number | undefined,
  what: string,
): AsyncGenerator<T> {
  let done = 0;
  for await (const row of rows) {
    if (++done % 4096 === 0) {
      signal.throwIfAborted();
      progress(done, total, what);
    }
    yield row;
  }
  signal.throwIfAborted();
  progress(done, total ?? done, what);
}
