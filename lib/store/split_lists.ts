/**
 * The splits of a store that is being written: collected by name, checked and written at the end.
 *
 * @module
 */

import { DataError, type FileSystem } from "../util/mod.ts";
import { type RowSet, startsAvoiding } from "./row_set.ts";
import type { SplitName, StoreManifest, StoreSplit } from "../documents/mod.ts";
import type { StoreWriter } from "./store_writer.ts";
import { createStreamedFile, type StreamedFile } from "./table_writer.ts";

/** Counter of the windows and starts that were left out. */
const leftOut = "windows with missing values";

const chunkLength = 2 ** 16;

/** What the splits are checked against. */
export interface SplitContext {
  /** Rows in all. */
  readonly rows: () => number;
  /** Rows that a sample takes. */
  readonly sampleRows: () => number;
  /** Rows that no sample may hold. */
  readonly incomplete: RowSet;
  /** Whether a row has no label. */
  readonly unlabelled: (row: number) => boolean;
  readonly limit: number | undefined;
  readonly count: (name: string, amount: number) => void;
}

/** Collects splits. */
export interface SplitLists extends Pick<StoreWriter, "list" | "drawn"> {
  /**
   * Writes the file of every split.
   *
   * @throws {DataError} If there is no split, or one has no samples or names rows that are not
   * there.
   */
  write(fileSystem: FileSystem, folder: string): Promise<StoreManifest["splits"]>;
}

/** What came of one split: its ids or triples are produced twice over flat memory. */
interface Source {
  readonly kind: StoreSplit["kind"];
  /** Samples of an epoch; a list is cut there. */
  readonly count: number | undefined;
  /** Start rows with the number of starts, in the order of the split. */
  readonly ranges: () => Iterable<readonly [group: number, first: number, starts: number]>;
}

/** Starts to collect the splits of a store. */
export function createSplitLists(context: SplitContext): SplitLists {
  const sources = new Map<SplitName, Source>();
  const add = (name: SplitName, source: Source) => {
    if (sources.has(name)) {
      throw new RangeError(`Cannot add the split "${name}": it was done before`);
    }
    sources.set(name, source);
  };
  const { limit } = context;
  return {
    list: (name, indices) =>
      add(name, {
        kind: "list",
        count: limit,
        *ranges() {
          for (let i = 0; i < indices.length; i++) yield [i, indices[i]!, 1];
        },
      }),
    drawn: (name, count, ranges) =>
      add(name, {
        kind: "drawn",
        count: Math.min(count, limit ?? count),
        *ranges() {
          for (let i = 0; i < ranges.length; i++) yield [i, ...ranges[i]!];
        },
      }),
    write: async (fileSystem, folder) => {
      if (sources.size === 0) {
        throw new DataError("Cannot write the store: the data set named no split");
      }
      const written: StoreManifest["splits"] = {};
      for (const [name, source] of sources) {
        const file = await createStreamedFile(fileSystem, folder, name);
        try {
          written[name] = await writeSplit(name, source, context, file);
        } finally {
          file.abandon();
        }
      }
      return written;
    },
  };
}

async function writeSplit(
  name: SplitName,
  { kind, count, ranges }: Source,
  context: SplitContext,
  file: StreamedFile,
): Promise<StoreSplit> {
  const { incomplete, unlabelled } = context;
  const length = context.sampleRows();
  const out = createWordWriter(file);
  let labelled = true;
  let samples = 0;
  let missing = 0;
  for (const [group, first, starts] of ranges()) {
    if (kind === "list" && samples === count) break;
    checkRange(name, first, starts, length, context.rows());
    missing += starts;
    for (const [from, valid] of startsAvoiding(incomplete, first, starts, length)) {
      missing -= valid;
      samples += valid;
      for (let row = from; labelled && row < from + valid; row++) labelled = !unlabelled(row);
      const full = out.write(kind === "list" ? [from] : [group, from, valid]);
      if (full !== undefined) await full;
    }
  }
  if (samples === 0) {
    const reason = missing > 0 ? `all ${missing} windows hold missing values` : "it has no samples";
    throw new DataError(`Cannot write the split "${name}": ${reason}`);
  }
  context.count(leftOut, missing);
  await out.flush();
  return { kind, count: kind === "list" ? samples : count!, labelled, file: await file.finish() };
}

function checkRange(name: string, first: number, starts: number, length: number, rows: number) {
  const whole = Number.isSafeInteger(first) && Number.isSafeInteger(starts);
  if (whole && first >= 0 && starts > 0 && first + starts - 1 + length <= rows) return;
  const sample = length === 1 ? "rows" : `windows of ${length} rows`;
  throw new DataError(
    `Cannot write the split "${name}": it names ${starts} ${sample} from row ${first} on, ` +
      `the store has ${rows} rows`,
  );
}

/** Gathers words into chunks, so that long lists need neither memory nor a write an entry. */
function createWordWriter(file: StreamedFile) {
  let chunk = new Uint32Array(chunkLength);
  let filled = 0;
  const flush = () => {
    const full = chunk.subarray(0, filled);
    [chunk, filled] = [new Uint32Array(chunkLength), 0];
    return file.write(new Uint8Array(full.buffer, 0, full.byteLength));
  };
  return {
    flush,
    /** Appends words; a promise to be waited for when a chunk was full. */
    write: (words: readonly number[]): Promise<void> | undefined => {
      const wait = filled + words.length > chunkLength ? flush() : undefined;
      chunk.set(words, filled);
      filled += words.length;
      return wait;
    },
  };
}
