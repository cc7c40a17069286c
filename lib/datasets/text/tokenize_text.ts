/**
 * Turns texts and pairs of texts into rows of ids in a store: the data sets of DABS's two text
 * domains.
 *
 * @module
 */

import type { SplitName } from "../../data/store_format.ts";
import type { StoreWriter } from "../../data/store_writer.ts";
import type { TextTokenizer } from "../../data/text_tokenizer.ts";
import { DataError, MissingError } from "../../util/errors.ts";
import type { DatasetShape, TokenizeContext } from "../dataset.ts";

/** One sample. */
export interface TextRow {
  readonly split: SplitName;
  /** One text, or the two of a pair. */
  readonly texts: readonly string[];
  readonly label?: number;
}

/** What a reader of rows is told, and what it tells. */
export interface TextRowListener {
  /** Whether a split has all the samples that it may have, so that no more need be read. */
  full(split: SplitName): boolean;
  /** Notes that there is a file for a split. */
  open(split: SplitName): void;
  /** Counts a row that is left out, as the reference does. */
  drop(what: string): void;
}

/** A split of a text data set. */
export interface TextPart {
  readonly split: SplitName;
  /** The file that holds it, for messages. */
  readonly file: string;
  /** Samples of the official release. */
  readonly official?: number;
}

/** A text data set. */
export interface TextSource {
  /** Id for messages. */
  readonly id: string;
  /** Where the raw files are, for messages. */
  readonly place: string;
  /** One input of ids. */
  readonly shape: DatasetShape;
  readonly tokenizer: TextTokenizer;
  readonly parts: readonly TextPart[];
  /** Samples in the order of the files. */
  rows(listener: TextRowListener): AsyncIterable<TextRow>;
}

/** Rows between two reports of progress. */
const reportEvery = 500;

/**
 * Converts a text data set.
 *
 * @throws {MissingError} If there is no file for a part.
 * @throws {DataError} If a part has no samples.
 */
export async function tokenizeText(
  source: TextSource,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<void> {
  const { tokenizer, shape, parts } = source;
  const [input] = shape.inputs;
  if (input?.kind !== "tokens") throw new Error("A text data set has one input of ids");
  const narrow = input.vocabulary <= 2 ** 16;
  writer.declare({
    ...shape,
    layout: "rows",
    columns: [{ dtype: narrow ? "uint16" : "int32" }],
  });
  const runs = new Map(parts.map(({ split }) => [split, createRuns()]));
  const total = context.limit === undefined
    ? parts.reduce((sum, { official }) => sum + (official ?? NaN), 0)
    : context.limit * parts.length;
  const known = Number.isFinite(total) ? total : undefined;
  let rows = 0;
  const open = new Set<SplitName>();
  const listener: TextRowListener = {
    open: (split) => void open.add(split),
    full: (split) => runs.get(split)!.count() >= (context.limit ?? Infinity),
    drop: (what) => writer.count(what),
  };
  for await (const { split, texts, label } of source.rows(listener)) {
    if (listener.full(split)) continue;
    const ids = tokenizer.encode(texts, input.length);
    const row = await writer.append([narrow ? Uint16Array.from(ids) : ids], label);
    runs.get(split)!.add(row);
    if (++rows % reportEvery === 0) {
      context.signal.throwIfAborted();
      context.progress(rows, known, "texts");
    }
  }
  context.progress(rows, rows, "texts");
  for (const part of parts) {
    checkFound(source, part, open);
    listPart(part, runs.get(part.split)!, context, writer);
  }
}

function checkFound(
  { id, place }: TextSource,
  { split, file }: TextPart,
  open: ReadonlySet<SplitName>,
): void {
  if (open.has(split)) return;
  throw new MissingError(
    `Cannot tokenize "${id}": "${place}" lacks "${file}", the split "${split}"`,
  );
}

function listPart(
  { split, file, official }: TextPart,
  runs: Runs,
  context: TokenizeContext,
  writer: StoreWriter,
): void {
  const count = runs.count();
  if (count === 0) {
    throw new DataError(`Cannot read "${file}": it has no sample for the split "${split}"`);
  }
  if (context.limit === undefined && official !== undefined && official !== count) {
    const text =
      `The split "${split}" has ${count} samples, ${official} come from the official files`;
    context.warn(text);
    writer.note(text);
  }
  writer.list(split, runs.rows());
}

/** Rows of one split, which mostly follow each other. */
interface Runs {
  add(row: number): void;
  count(): number;
  rows(): Uint32Array;
}

function createRuns(): Runs {
  const runs: { first: number; count: number }[] = [];
  let count = 0;
  return {
    add: (row) => {
      const last = runs.at(-1);
      if (last !== undefined && last.first + last.count === row) last.count++;
      else runs.push({ first: row, count: 1 });
      count++;
    },
    count: () => count,
    rows: () => {
      const rows = new Uint32Array(count);
      let at = 0;
      for (const { first, count } of runs) {
        for (let i = 0; i < count; i++) rows[at++] = first + i;
      }
      return rows;
    },
  };
}
