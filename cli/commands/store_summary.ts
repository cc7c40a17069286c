/**
 * What `metamae inspect` finds out about a token store.
 *
 * @module
 */

import { type SplitName, storeFiles } from "../../lib/documents/mod.ts";
import {
  describeInput,
  type InputSpec,
  patchCount,
  sampleShape,
  type TaskSpec,
} from "../../lib/spec/mod.ts";
import { epochIds, type Split, type Store } from "../../lib/store/mod.ts";

/** How often a class occurs. */
export interface ClassCount {
  readonly label: number;
  readonly name: string | null;
  readonly count: number;
}

/** Range of numbers; null where there are none. */
export interface ValueRange {
  readonly least: number | null;
  readonly most: number | null;
  readonly mean: number | null;
  readonly deviation: number | null;
}

/** One split. */
export interface SplitSummary {
  readonly name: SplitName;
  readonly kind: "list" | "drawn";
  readonly count: number;
  readonly labelled: boolean;
  /** Labels by class, those of a drawn split for one epoch; null without classes. */
  readonly classes: readonly ClassCount[] | null;
  /** Range of the labels of a regression. */
  readonly targets: ValueRange | null;
}

/** One modality. */
export interface InputSummary {
  readonly description: string;
  readonly kind: InputSpec["kind"];
  readonly shape: readonly number[];
  readonly patches: number;
  /** Element type on disk. */
  readonly stored: string;
  /** Range of the model's input, after normalisation. */
  readonly values: ValueRange;
}

/** A token store in numbers. */
export interface StoreSummary {
  readonly dataset: string;
  readonly variant: string;
  readonly title: string;
  readonly digest: string;
  readonly bytes: number;
  readonly rows: number;
  readonly layout: "rows" | "windows";
  readonly task: TaskSpec | null;
  readonly inputs: readonly InputSummary[];
  readonly splits: readonly SplitSummary[];
  /** Samples that the ranges of values were taken from. */
  readonly measured: number;
  readonly notes: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
  readonly batchSize: number;
  readonly writer: string;
}

const chunk = 1024;

/**
 * Counts and measures a store in flat memory.
 *
 * @param samples Samples of each split that ranges of values are taken from, evenly spread.
 * @throws {DataError} If the store is damaged.
 */
export async function summarizeStore(store: Store, samples: number): Promise<StoreSummary> {
  const { manifest, task } = store;
  const splits = await Promise.all(store.splits.map((name) => store.split(name)));
  const ranges = manifest.inputs.map(createRange);
  const measured = new Set<number>();
  for (const split of splits) {
    for (const ids of spread(split, samples)) {
      const fresh = ids.filter((id) => !measured.has(id));
      if (fresh.length === 0) continue;
      const { inputs } = await split.read(fresh);
      inputs.forEach(({ data }, k) => data.forEach(ranges[k]!.add));
      fresh.forEach((id) => measured.add(id));
    }
  }
  return {
    dataset: manifest.dataset,
    variant: manifest.variant,
    title: manifest.title,
    digest: store.digest,
    bytes: storeFiles(manifest).reduce((sum, { bytes }) => sum + bytes, 0),
    rows: manifest.rows,
    layout: manifest.layout,
    task: task ?? null,
    inputs: manifest.inputs.map((input, k) => ({
      description: describeInput(input),
      kind: input.kind,
      shape: sampleShape(input),
      patches: patchCount(input),
      stored: manifest.columns[k]!.dtype,
      values: ranges[k]!.result(),
    })),
    splits: await Promise.all(splits.map((split) => summarizeSplit(split, task))),
    measured: measured.size,
    notes: manifest.notes,
    counters: manifest.counters,
    batchSize: manifest.defaults.batchSize,
    writer: manifest.writer,
  };
}

async function summarizeSplit(split: Split, task: TaskSpec | undefined): Promise<SplitSummary> {
  const { name, count, labelled, source } = split;
  const base = { name, kind: source.kind, count, labelled, classes: null, targets: null };
  if (!labelled || task === undefined) return base;
  if (task.kind === "regression") {
    const range = createRange();
    for await (const labels of labelChunks(split)) labels.forEach(range.add);
    return { ...base, targets: range.result() };
  }
  const counts = new Float64Array(task.classes);
  for await (const labels of labelChunks(split)) {
    // Labels of several classes are rows of 0 and 1; others name a class each.
    labels.forEach((label, i) => {
      if (task.kind !== "multi-label") counts[label]!++;
      else counts[i % task.classes]! += label;
    });
  }
  const classes = Array.from(counts, (total, label): ClassCount => ({
    label,
    name: task.classNames?.[label] ?? null,
    count: total,
  }));
  return { ...base, classes };
}

async function* labelChunks(split: Split): AsyncGenerator<Int32Array | Float32Array> {
  for (let first = 0; first < split.count; first += chunk) {
    const samples = Math.min(chunk, split.count - first);
    yield (await split.labels(epochIds(split, { seed: 0, epoch: 0, first, samples }))).data;
  }
}

/** Ids of up to `samples` samples, evenly spread over the split, in chunks. */
function* spread(split: Split, samples: number): Generator<Uint32Array> {
  const wanted = Math.min(samples, split.count);
  const at = (i: number) => Math.floor(i * split.count / wanted);
  for (let start = 0; start < wanted; start += chunk) {
    const size = Math.min(chunk, wanted - start);
    yield Uint32Array.from(
      { length: size },
      (_, i) => epochIds(split, { seed: 0, epoch: 0, first: at(start + i), samples: 1 })[0]!,
    );
  }
}

/** Least, most, mean and deviation of a stream of numbers (Welford's recurrence). */
function createRange() {
  let [count, least, most, mean, squares] = [0, Infinity, -Infinity, 0, 0];
  return {
    add(value: number): void {
      count++;
      if (value < least) least = value;
      if (value > most) most = value;
      const change = value - mean;
      mean += change / count;
      squares += change * (value - mean);
    },
    result: (): ValueRange =>
      count === 0
        ? { least: null, most: null, mean: null, deviation: null }
        : { least, most, mean, deviation: Math.sqrt(squares / count) },
  };
}
