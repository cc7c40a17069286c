/**
 * The rows, labels and splits of a token store on their way to the disk.
 *
 * @module
 */

import {
  type StoreDtype,
  type StoreManifest,
  storeManifest,
  type StoreOrigin,
} from "../documents/mod.ts";
import { DataError, explained, type FileSystem, type Json } from "../util/mod.ts";
import { finishColumn } from "./finish_column.ts";
import { createJobLedger } from "./job_ledger.ts";
import type { KeptStore } from "./kept_store.ts";
import {
  checkDeclaration,
  checkLabels,
  createRowCheck,
  type LabelLayout,
  labelLayout,
  type RowCheck,
  rowWidth,
  windowLength,
} from "./row_checks.ts";
import { createRowSet, startsAvoiding } from "./row_set.ts";
import { createSplitLists } from "./split_lists.ts";
import { createJournal } from "./store_journal.ts";
import type { RowElements, StoreDeclaration, StoreWriter } from "./store_writer.ts";
import { createTableWriter, type Rows, type TableWriter } from "./table_writer.ts";

/** A store on its way. */
export interface StoreBuild {
  readonly writer: StoreWriter;
  /** Writes what is left. */
  finish(): Promise<StoreManifest>;
  /** Removes the journal: from here on the store cannot be gone on with. */
  discardJournal(): Promise<void>;
  /** Closes what is open. */
  abandon(): Promise<void>;
  /** Whether another run could go on with what is on the disk. */
  isResumable(): boolean;
}

/** What a store is told about before the first row. */
export interface StoreContents {
  /** Id of the data set. */
  readonly dataset: string;
  readonly variant: string;
  readonly title: string;
  /** Version of this program. */
  readonly writerVersion: string;
  /** Upper bound on the samples of a split, for trials: longer lists are cut. */
  readonly limit?: number | undefined;
  /**
   * All that determines the bytes of the store, by names for people. Where it is given, the store of a run
   * that was killed or stopped is gone on with if all of it is the same.
   */
  readonly origin?: StoreOrigin;
  /** Stops the conversion when it is aborted. */
  readonly signal?: AbortSignal;
  /** Size of a shard in bytes; 64 MiB unless a test says otherwise. */
  readonly shardBytes?: number;
}

/** What is written, where, and what is there already. */
export interface StartStoreOptions extends StoreContents {
  readonly fileSystem: FileSystem;
  readonly kept?: KeptStore | undefined;
}

interface Declared extends StoreDeclaration {
  readonly tables: readonly TableWriter[];
  readonly checks: readonly RowCheck[];
  readonly labels: (LabelLayout & { readonly table: TableWriter }) | undefined;
}

/** Starts to write a store into a folder, or goes on with one. */
export function startStore(
  folder: string,
  action: string,
  options: StartStoreOptions,
): StoreBuild {
  const { fileSystem, shardBytes, signal, limit, origin, kept } = options;
  let declared: Declared | undefined;
  let rows = 0;
  const incomplete = createRowSet();
  const unlabelled = createRowSet();
  const notes: string[] = [];
  const counters: Record<string, number> = {};
  const journal = origin && createJournal({ fileSystem, folder, origin, kept });
  const ledger = createJobLedger(kept?.jobs ?? [], kept?.key);
  const keptRows = kept?.rows ?? 0;
  for (const [first, rows] of kept?.incomplete ?? []) incomplete.addRange(first, rows);
  for (const [first, rows] of kept?.unlabelled ?? []) unlabelled.addRange(first, rows);
  /** Rows that the journal tells of. */
  let told = keptRows;
  /** Counts of the job that is under way. */
  let jobCounts: Record<string, number> | undefined;

  const contents = (): Declared => {
    if (declared === undefined) throw new Error("Cannot write the store: nothing was declared");
    return declared;
  };
  const sampleRows = () => windowLength(contents().layout, contents().inputs);
  const startTable = (
    stem: string,
    table: { readonly dtype: StoreDtype; readonly width: number },
  ) => {
    const [shards, hasher] = [kept?.tables.get(stem), kept?.hashers.get(stem)];
    return createTableWriter({
      fileSystem,
      folder,
      stem,
      ...table,
      ...(shardBytes ? { shardBytes } : {}),
      ...(shards && hasher ? { kept: { shards, hasher } } : {}),
    });
  };
  const count = (name: string, amount = 1) => {
    for (const sums of [counters, jobCounts]) {
      if (sums !== undefined && amount !== 0) sums[name] = (sums[name] ?? 0) + amount;
    }
  };
  const splits = createSplitLists({
    rows: () => rows,
    sampleRows,
    incomplete,
    unlabelled: (row) => contents().labels === undefined || unlabelled.has(row),
    limit,
    count,
  });

  /** Appends rows; gives a promise to be waited for when a buffer went to the disk. */
  const appendRows = (
    count: number,
    inputs: readonly RowElements[],
    given: Rows | undefined,
  ): Promise<void> | undefined => {
    const { tables, checks, labels, task } = contents();
    const there = Math.min(count, Math.max(0, keptRows - rows));
    if (there > 0) {
      rows += there;
      if (there === count) return undefined;
      const rest = <T extends Rows>(part: T) => part.slice(part.length / count * there) as T;
      return appendRows(count - there, inputs.map(rest), given && rest(given));
    }
    if (inputs.length !== tables.length) {
      throw new RangeError(
        `Cannot append row ${rows}: ${inputs.length} inputs were given, ${tables.length} are wanted`,
      );
    }
    if (given !== undefined && (task === undefined || labels === undefined)) {
      throw new RangeError(`Cannot append row ${rows}: it has a label, but no task was declared`);
    }
    for (let i = 0; i < tables.length; i++) checks[i]!(inputs[i]!, count, rows, incomplete.add);
    const waits: (Promise<void> | undefined)[] = [];
    if (labels !== undefined && task !== undefined) {
      if (given === undefined) unlabelled.addRange(rows, count);
      else checkLabels(given, task, labels.width, count, rows);
      const missing = () => new Array<number>(labels.width * count).fill(labels.missing);
      waits.push(labels.table.append(given ?? missing()));
    }
    for (let i = 0; i < tables.length; i++) waits.push(tables[i]!.append(inputs[i]!));
    rows += count;
    const written = waits.filter((wait) => wait !== undefined);
    return written.length === 0 ? undefined : Promise.all(written).then(() => undefined);
  };

  /** Lets the journal tell of all rows so far, if a shard was finished since it last did. */
  const recordRows = async () => {
    const { tables, labels } = contents();
    const all = labels === undefined ? tables : [...tables, labels.table];
    if (journal === undefined || all.every(({ finished }) => finished === 0)) return;
    // All of this is of one moment: rows that are appended meanwhile come later.
    const line = {
      rows,
      ...ledger.drain(),
      incomplete: incomplete.ranges(told, rows),
      unlabelled: unlabelled.ranges(told, rows),
    };
    told = rows;
    const states = Promise.all(all.map((table) => table.checkpoint()));
    await explained(action, () => journal.add(states.then((tables) => ({ ...line, tables }))));
  };
  /** Waits for a buffer that went to the disk. */
  const written = async (wait: Promise<void> | undefined) => {
    if (wait !== undefined) {
      await explained(action, () => wait);
      if (jobCounts === undefined) await recordRows();
    }
    signal?.throwIfAborted();
  };

  const writer: StoreWriter = {
    declare: (declaration) => {
      if (declared !== undefined) throw new Error("Cannot declare the store: it was done before");
      checkDeclaration(declaration);
      const { inputs, columns, layout, task } = declaration;
      const labels = task && labelLayout(task, inputs);
      declared = {
        ...declaration,
        tables: inputs.map((input, i) =>
          startTable(`input-${i}`, { ...columns[i]!, width: rowWidth(input, layout) })
        ),
        checks: inputs.map((input, i) => createRowCheck(input, columns[i]!, layout)),
        labels: labels && { ...labels, table: startTable("labels", labels) },
      };
    },
    append: async (inputs, label) => {
      const row = rows;
      const labels = typeof label === "number" ? [label] : label && Array.from(label);
      await written(appendRows(1, inputs, labels));
      return row;
    },
    appendRows: async (count, inputs, labels) => {
      const row = rows;
      await written(appendRows(count, inputs, labels));
      return row;
    },
    get keptJobs() {
      return ledger.kept;
    },
    get isKept() {
      return rows < keptRows;
    },
    job: async (key, work) => {
      const row = rows;
      if (ledger.kept > 0) {
        const job = ledger.take(key);
        rows += job.rows;
        for (const [name, amount] of Object.entries(job.counts)) count(name, amount);
        return { row, ...job };
      }
      const counts = jobCounts = {};
      await work().finally(() => jobCounts = undefined);
      ledger.add(key, { rows: rows - row, counts });
      await recordRows();
      return { row, rows: rows - row, counts };
    },
    once: async <Result extends Json>(name: string, work: () => Promise<Result>) => {
      const known = kept?.results.get(name);
      if (known !== undefined) return known as Result;
      const value = await work();
      await explained(action, async () => await journal?.add({ result: [name, value] }));
      return value;
    },
    validStarts: (first, starts) => startsAvoiding(incomplete, first, starts, sampleRows()),
    list: splits.list,
    drawn: splits.drawn,
    note: (text) => void notes.push(text),
    count,
  };

  const finish = async (): Promise<StoreManifest> => {
    const { inputs, task, layout, columns, defaults, tables, labels } = contents();
    if (rows < keptRows) {
      throw new DataError(
        `Cannot go on with an interrupted run: it left ${keptRows} rows, the raw files give ${rows}`,
        { hint: "Run the same command again: it starts anew" },
      );
    }
    if (rows === 0) throw new DataError("Cannot write the store: the data set gave no rows");
    const written = await splits.write(fileSystem, folder);
    const finished: StoreManifest["columns"] = [];
    for (let i = 0; i < tables.length; i++) {
      finished.push(await finishColumn(tables[i]!, columns[i]!));
    }
    return storeManifest.make({
      dataset: options.dataset,
      variant: options.variant,
      title: options.title,
      inputs: [...inputs],
      ...(task === undefined ? {} : { task }),
      layout,
      rows,
      columns: finished,
      ...(labels === undefined ? {} : { labels: await labels.table.finish() }),
      splits: written,
      defaults,
      notes,
      counters,
      ...(limit === undefined ? {} : { limit }),
      writer: options.writerVersion,
    });
  };
  const abandon = async () => {
    const tables = [...declared?.tables ?? [], declared?.labels?.table];
    for (const table of tables) await table?.abandon();
    await journal?.close();
  };
  return {
    writer,
    finish,
    abandon,
    discardJournal: async () => await journal?.discard(),
    isResumable: () => told > 0,
  };
}
