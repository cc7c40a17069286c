/**
 * Writes a token store, complete or not at all.
 *
 * @module
 */

import { disk, type FileSystem } from "../util/file_system.ts";
import { DataError } from "../util/errors.ts";
import { explained } from "../util/io_errors.ts";
import {
  checkDeclaration,
  checkLabel,
  createRowCheck,
  type LabelLayout,
  labelLayout,
  type RowCheck,
  rowWidth,
  windowLength,
} from "./row_checks.ts";
import { createRowSet, startsAvoiding } from "./row_set.ts";
import { createSplitLists } from "./split_lists.ts";
import { type StoreDtype, type StoreManifest, storeVersion } from "./store_format.ts";
import { reserveStore } from "./store_folder.ts";
import type { RowElements, StoreDeclaration, StoreWriter } from "./store_writer.ts";
import { createTableWriter, type TableWriter } from "./table_writer.ts";

/** What is written, and how. */
export interface CreateStoreOptions {
  /** Id of the data set. */
  readonly dataset: string;
  readonly variant: string;
  readonly title: string;
  /** Version of this program. */
  readonly writerVersion: string;
  /** Whether a store that is already there may be replaced; it stays until the new one is complete. */
  readonly force?: boolean;
  /** Upper bound on the samples of a split, for trials: longer lists are cut. */
  readonly limit?: number | undefined;
  /** Stops the conversion when it is aborted. */
  readonly signal?: AbortSignal;
  /** Size of a shard in bytes; 64 MiB unless a test says otherwise. */
  readonly shardBytes?: number;
  /** Where to write; the real disk unless a test says otherwise. */
  readonly fileSystem?: FileSystem;
}

/**
 * Lets `fill` write a store, and puts it in place when all of it is on the disk.
 *
 * Everything goes to a hidden folder beside `path` first. When `fill` or the disk fails, that folder
 * is removed and `path` is as it was: absent, or the previous store.
 *
 * @returns The manifest of the new store.
 * @throws {UsageError} If there is a store already (without `force`), or a folder of something else.
 * @throws {LockedError} If another run is writing to the same place.
 * @throws {DataError} If rows, labels or splits are not as the declaration says.
 * @throws {StorageError} If the disk is full, read-only or fails.
 */
export async function createStore(
  path: string,
  options: CreateStoreOptions,
  fill: (writer: StoreWriter) => Promise<void>,
): Promise<StoreManifest> {
  const fileSystem = options.fileSystem ?? disk;
  const place = await reserveStore(path, { force: options.force ?? false, fileSystem });
  const action = `Cannot write the store "${path}"`;
  const build = startStore(place.folder, action, { ...options, fileSystem });
  try {
    // Errors of the raw files are not errors of the store: `fill` explains its own.
    await fill(build.writer);
    return await explained(action, async () => {
      const manifest = await build.finish();
      options.signal?.throwIfAborted();
      await place.publish(manifest);
      return manifest;
    });
  } finally {
    await build.abandon();
    await place.leave();
  }
}

interface StoreBuild {
  readonly writer: StoreWriter;
  finish(): Promise<StoreManifest>;
  abandon(): Promise<void>;
}

interface Declared extends StoreDeclaration {
  readonly tables: readonly TableWriter[];
  readonly checks: readonly RowCheck[];
  readonly labels: (LabelLayout & { readonly table: TableWriter }) | undefined;
}

function startStore(
  folder: string,
  action: string,
  options: CreateStoreOptions & { readonly fileSystem: FileSystem },
): StoreBuild {
  const { fileSystem, shardBytes, signal, limit } = options;
  let declared: Declared | undefined;
  let rows = 0;
  const incomplete = createRowSet();
  const unlabelled = createRowSet();
  const notes: string[] = [];
  const counters: Record<string, number> = {};

  const contents = (): Declared => {
    if (declared === undefined) throw new Error("Cannot write the store: nothing was declared");
    return declared;
  };
  const sampleRows = () => windowLength(contents().layout, contents().inputs);
  const startTable = (
    stem: string,
    table: { readonly dtype: StoreDtype; readonly width: number },
  ) =>
    createTableWriter({
      fileSystem,
      folder,
      stem,
      ...table,
      ...(shardBytes ? { shardBytes } : {}),
    });
  const count = (name: string, amount = 1) => {
    if (amount !== 0) counters[name] = (counters[name] ?? 0) + amount;
  };
  const splits = createSplitLists({
    rows: () => rows,
    sampleRows,
    incomplete,
    unlabelled: (row) => contents().labels === undefined || unlabelled.has(row),
    limit,
    count,
  });

  /** Appends a row; gives a promise to be waited for when a buffer went to the disk. */
  const appendRow = (inputs: readonly RowElements[], label: ArrayLike<number> | undefined) => {
    const { tables, checks, labels, task } = contents();
    if (inputs.length !== tables.length) {
      throw new RangeError(
        `Cannot append row ${rows}: ${inputs.length} inputs were given, ${tables.length} are wanted`,
      );
    }
    if (label !== undefined && (task === undefined || labels === undefined)) {
      throw new RangeError(`Cannot append row ${rows}: it has a label, but no task was declared`);
    }
    for (let i = 0; i < tables.length; i++) {
      if (checks[i]!(inputs[i]!, rows) === "incomplete") incomplete.add(rows);
    }
    let waits: Promise<void> | undefined;
    const wait = (written: Promise<void> | undefined) => {
      if (written === undefined) return;
      const before = waits;
      waits = before === undefined ? written : before.then(() => written);
    };
    if (labels !== undefined && task !== undefined) {
      if (label === undefined) unlabelled.add(rows);
      else checkLabel(label, task, labels.width, rows);
      wait(labels.table.append(label ?? new Array<number>(labels.width).fill(labels.missing)));
    }
    for (let i = 0; i < tables.length; i++) wait(tables[i]!.append(inputs[i]!));
    rows++;
    return waits;
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
      const wait = appendRow(inputs, typeof label === "number" ? [label] : label);
      if (wait !== undefined) await explained(action, () => wait);
      signal?.throwIfAborted();
      return row;
    },
    appendRows: async (count, inputs, labels) => {
      const first = rows;
      const part = (elements: RowElements, i: number) => {
        const width = elements.length / count;
        return elements.subarray(i * width, (i + 1) * width);
      };
      for (let i = 0; i < count; i++) {
        const wait = appendRow(
          inputs.map((elements) => part(elements, i)),
          labels && part(labels, i),
        );
        if (wait !== undefined) await explained(action, () => wait);
      }
      signal?.throwIfAborted();
      return first;
    },
    validStarts: (first, starts) => startsAvoiding(incomplete, first, starts, sampleRows()),
    list: splits.list,
    drawn: splits.drawn,
    note: (text) => void notes.push(text),
    count,
  };

  const finish = async (): Promise<StoreManifest> => {
    const { inputs, task, layout, columns, defaults, tables, labels } = contents();
    if (rows === 0) throw new DataError("Cannot write the store: the data set gave no rows");
    const written = await splits.write(fileSystem, folder);
    const finished: StoreManifest["columns"] = [];
    for (let i = 0; i < tables.length; i++) {
      const { scale, divisor, mean, deviation } = columns[i]!;
      finished.push({
        ...await tables[i]!.finish(),
        ...(scale === undefined ? {} : { scale }),
        ...(divisor === undefined ? {} : { divisor }),
        ...(mean === undefined ? {} : { mean: [...mean] }),
        ...(deviation === undefined ? {} : { deviation: [...deviation] }),
      });
    }
    return {
      schema: "metamae/store",
      version: storeVersion,
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
    };
  };
  const abandon = async () => {
    for (const table of [...declared?.tables ?? [], declared?.labels?.table]) {
      await table?.abandon();
    }
  };
  return { writer, finish, abandon };
}
