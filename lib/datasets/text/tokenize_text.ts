/**
 * Turns texts and pairs of texts into rows of ids in a store: the data sets of DABS's two text
 * domains.
 *
 * Texts are encoded on all cores, and stored in the order in which they are read.
 *
 * @module
 */

import { appendJobs, type SplitName, type StoreWriter } from "../../store/mod.ts";
import { DataError, MissingError } from "../../util/mod.ts";
import type { DatasetShape, TokenizeContext } from "../dataset.ts";
import { createTextPool, encodeWith, openTokenizer, type TokenizerChoice } from "./encode_texts.ts";

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
  readonly tokenizer: TokenizerChoice;
  readonly parts: readonly TextPart[];
  /** Samples in the order of the files. */
  rows(listener: TextRowListener): AsyncIterable<TextRow>;
  /** Workers that encode; one a core unless a test says otherwise. */
  readonly workers?: number;
}

/** Samples that go to a worker at once. */
const batchRows = 256;
/** Batches that are encoded in this thread: for a few samples workers are not worth their start. */
const firstBatches = 8;

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
  const { shape, parts } = source;
  const [input] = shape.inputs;
  if (input?.kind !== "tokens") throw new Error("A text data set has one input of ids");
  const { length } = input;
  const tokenizer = await openTokenizer(source.tokenizer, context);
  const narrow = input.vocabulary <= 2 ** 16;
  writer.declare({
    ...shape,
    layout: "rows",
    columns: [{ dtype: narrow ? "uint16" : "int32" }],
  });
  const open = new Set<SplitName>();
  const taken = new Map(parts.map(({ split }) => [split, 0]));
  const listener: TextRowListener = {
    open: (split) => void open.add(split),
    full: (split) => taken.get(split)! >= (context.limit ?? Infinity),
    drop: (what) => writer.count(what),
  };
  using pool = createTextPool(source.workers === undefined ? {} : { workers: source.workers });
  let batches = 0;
  const stored = appendJobs(gatherBatches(source.rows(listener), listener, taken), {
    writer,
    depth: 2 * pool.size,
    key: ([first]) => first!.texts[0]!.slice(0, 80),
    read: (batch) => batch.map(({ texts }) => texts),
    run: async (texts) =>
      batches++ < firstBatches
        ? encodeWith(tokenizer, { texts, length })
        : await pool.run({ tokenizer: source.tokenizer, texts, length }),
    append: async ({ ids }, batch) => {
      for (const [i, { label }] of batch.entries()) {
        const own = ids.subarray(i * length, (i + 1) * length);
        await writer.append([narrow ? Uint16Array.from(own) : own], label);
      }
    },
  });
  const runs = new Map(parts.map(({ split }) => [split, createRuns()]));
  const total = expectedRows(parts, context.limit);
  let rows = 0;
  for await (const { item: batch, row } of stored) {
    for (const [i, { split }] of batch.entries()) runs.get(split)!.add(row + i);
    rows += batch.length;
    context.signal.throwIfAborted();
    context.progress(rows, total, "texts");
  }
  context.progress(rows, rows, "texts");
  for (const part of parts) {
    checkFound(source, part, open);
    listPart(part, runs.get(part.split)!, context, writer);
  }
}

/** Samples in all, where that is known. */
function expectedRows(parts: readonly TextPart[], limit: number | undefined): number | undefined {
  if (limit !== undefined) return limit * parts.length;
  const total = parts.reduce((sum, { official }) => sum + (official ?? NaN), 0);
  return Number.isNaN(total) ? undefined : total;
}

/** Gathers the samples that may be taken. */
async function* gatherBatches(
  rows: AsyncIterable<TextRow>,
  listener: TextRowListener,
  taken: Map<SplitName, number>,
): AsyncGenerator<readonly TextRow[]> {
  let batch: TextRow[] = [];
  for await (const row of rows) {
    if (listener.full(row.split)) continue;
    taken.set(row.split, taken.get(row.split)! + 1);
    batch.push(row);
    if (batch.length < batchRows) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
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
