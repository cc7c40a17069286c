/**
 * `metamae inspect`: what is in a token store.
 *
 * @module
 */

import { z } from "zod";
import { type SplitName, splitName, storeFiles } from "../../lib/documents/mod.ts";
import {
  describeInput,
  type ImageLook,
  type InputSpec,
  patchCount,
  sampleShape,
  type TaskSpec,
} from "../../lib/spec/mod.ts";
import { epochIds, openStore, type Split, type Store, verifyStore } from "../../lib/store/mod.ts";
import {
  formatBytes,
  formatCount,
  formatFacts,
  formatTable,
  type Style,
} from "../../lib/terminal/mod.ts";
import { UsageError, writeFileAtomic } from "../../lib/util/mod.ts";
import { defineCommand } from "../framework/mod.ts";
import { atLeast0, atLeast1 } from "./shared_options.ts";

/** `metamae inspect STORE`. */
export const inspectCommand = defineCommand({
  example: "metamae inspect mnist.store",
  argument: z.string()
    .meta({ metavar: "STORE", path: "directory", description: "Token store to look into" }),
  options: z.strictObject({
    split: splitName.optional().meta({
      metavar: "SPLIT",
      description: "Split that the picture is taken from; the first one if absent",
    }),
    sample: atLeast0.default(0).describe("Position of the sample in the picture"),
    measure: atLeast1.default(1000)
      .describe("Samples of each split that ranges of values are taken from"),
    picture: z.string().optional()
      .meta({ metavar: "FILE.svg", path: "file", description: "Write the picture to a file" }),
    verify: z.boolean().default(false)
      .describe("Read every file and compare its SHA-256 with the manifest"),
  }),
  async run({ arguments: [folder], options, output }) {
    await using store = await openStore(folder!);
    if (options.verify) {
      const progress = output.progress("verify", "bytes");
      const checked = await verifyStore(store, {
        progress: (done, total) => progress.update({ done, total, rate: "" }),
      }).finally(progress.finish);
      output.note(`All ${checked.files} files (${formatBytes(checked.bytes)}) are as written`);
    }
    const split = await store.split(options.split ?? store.splits[0]!);
    const { id, label, values } = await readSample(split, options.sample);
    const looks = store.manifest.columns.map(({ look }) => look);
    if (options.picture !== undefined) {
      const { samplePicture } = await import("./sample_picture.ts");
      const title = `${store.manifest.title}, ${split.name} ${options.sample}`;
      await writeFileAtomic(options.picture, samplePicture(store.inputs, values, { title, looks }));
      output.note(`Wrote "${options.picture}"`);
    }
    const summary = await summarizeStore(store, options.measure);
    output.result(
      {
        schema: "metamae/inspect",
        version: 1,
        store: folder,
        ...summary,
        sample: { split: split.name, position: options.sample, row: id, label },
      },
      () => {
        const art = store.inputs.map((input, k) =>
          sampleArt(input, values[k]!, { width: Math.min(output.width, 80), look: looks[k] })
        );
        const heading = `Sample ${options.sample} of ${split.name} (row ${id}${
          label === null ? "" : `, label ${label.join(" ")}`
        })`;
        return [storePage(summary, output.style), "", output.style.bold(heading), ...art].join(
          "\n",
        );
      },
    );
  },
});

interface Sample {
  readonly id: number;
  readonly label: readonly number[] | null;
  readonly values: readonly ArrayLike<number>[];
}

async function readSample(split: Split, position: number): Promise<Sample> {
  if (position >= split.count) {
    throw new UsageError(
      `Cannot show sample ${position}: the split "${split.name}" has ${split.count} samples`,
    );
  }
  const ids = epochIds(split, { seed: 0, epoch: 0, first: position, samples: 1 });
  const { inputs, labels } = await split.read(ids);
  return {
    id: ids[0]!,
    label: labels === undefined ? null : [...labels.data],
    values: inputs.map(({ data }) => data),
  };
}

/** Classes that the page lists at most. */
const mostClasses = 20;

/** Describes a store: contents, splits, classes, ranges, remarks. */
export function storePage(summary: StoreSummary, style: Style): string {
  const { task } = summary;
  const facts = formatFacts([
    ["data set", `${summary.dataset}, variant ${summary.variant}`],
    ["size", `${formatCount(summary.rows)} rows, ${formatBytes(summary.bytes)}`],
    ["digest", summary.digest],
    [
      "task",
      task === null ? "none" : `${task.kind}, ${formatCount(task.classes)} classes, ${task.metric}`,
    ],
    ["batch size", formatCount(summary.batchSize)],
    ["written by", `metamae ${summary.writer}`],
  ], style.dim);
  return [
    style.bold(summary.title),
    facts,
    "",
    splitTable(summary.splits, style),
    "",
    inputTable(summary, style),
    ...classSection(summary.splits, style),
    ...remarks(summary, style),
  ].join("\n");
}

function splitTable(splits: readonly SplitSummary[], style: Style): string {
  return formatTable(
    [{ title: "split" }, { title: "samples", align: "right" }, { title: "labels" }, {
      title: "kind",
    }],
    splits.map(({ name, count, labelled, kind, targets }) => [
      name,
      formatCount(count),
      targets !== null ? rangeText(targets) : labelled ? "yes" : "no",
      kind === "list" ? "listed" : "drawn afresh every epoch",
    ]),
    { header: style.bold },
  );
}

function inputTable({ inputs, measured }: StoreSummary, style: Style): string {
  return formatTable(
    [
      { title: "input" },
      { title: "patches", align: "right" },
      { title: "stored as" },
      { title: `values (of ${formatCount(measured)} samples)` },
    ],
    inputs.map((input) => [
      input.description,
      formatCount(input.patches),
      input.stored,
      rangeText(input.values),
    ]),
    { header: style.bold },
  );
}

function classSection(splits: readonly SplitSummary[], style: Style): readonly string[] {
  const counted = splits.filter((split) => split.classes !== null);
  const classes = counted[0]?.classes;
  if (!classes) return [];
  const order = classes.length <= mostClasses
    ? classes
    : classes.toSorted((a, b) => b.count - a.count).slice(0, mostClasses);
  const countIn = (split: SplitSummary, { label }: ClassCount) => split.classes![label]!.count;
  const table = formatTable(
    [{ title: "class" }, ...counted.map(({ name }) => ({ title: name, align: "right" as const }))],
    order.map((entry) => [
      entry.name ?? String(entry.label),
      ...counted.map((split) => formatCount(countIn(split, entry))),
    ]),
    { header: style.bold },
  );
  const rest = classes.length - order.length;
  return ["", rest === 0 ? table : `${table}\nand ${formatCount(rest)} rarer classes`];
}

function remarks({ notes, counters }: StoreSummary, style: Style): readonly string[] {
  const counted = Object.entries(counters).map(([name, count]) => `${name}: ${formatCount(count)}`);
  const lines = [...notes, ...counted].map((line) => `- ${line}`);
  return lines.length === 0 ? [] : ["", style.bold("Remarks"), ...lines];
}

function rangeText({ least, most, mean, deviation }: ValueRange): string {
  if (least === null || most === null || mean === null || deviation === null) return "none";
  return `${short(least)} to ${short(most)}, mean ${short(mean)}, deviation ${short(deviation)}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Dark to light on a dark screen. */
const shades = " .:-=+*#%@";
const steps = "▁▂▃▄▅▆▇█";
const mostLanes = 6;

/** Options of {@linkcode sampleArt}. */
export interface SampleArtOptions {
  /** Columns that the drawing may take. */
  readonly width: number;
  /** How an image is drawn, where its channels do not say it. */
  readonly look?: ImageLook | undefined;
}

/**
 * Draws a sample in model layout.
 *
 * @param values Values in sample layout, or token ids.
 */
export function sampleArt(
  input: InputSpec,
  values: ArrayLike<number>,
  { width, look }: SampleArtOptions,
): string {
  switch (input.kind) {
    case "image":
      return imageArt(input, values, width, look);
    case "series":
      return seriesArt(input, values, width);
    case "tabular":
      return tabularArt(values, width);
    case "tokens":
      return tokensArt(values, width);
  }
}

/**
 * The mean of the channels in shades; two characters make a square pixel. The first row of a
 * spectrogram, its lowest frequency, is at the bottom.
 */
function imageArt(
  { channels, height, width }: Extract<InputSpec, { kind: "image" }>,
  values: ArrayLike<number>,
  columns: number,
  look: ImageLook | undefined,
): string {
  const scale = Math.max(1, Math.ceil(2 * width / columns));
  const across = Math.floor(width / scale);
  const down = Math.floor(height / scale);
  const cells = Array.from({ length: across * down }, (_, cell) => {
    const top = Math.floor(cell / across) * scale;
    const left = (cell % across) * scale;
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      for (let y = top; y < top + scale; y++) {
        for (let x = left; x < left + scale; x++) sum += values[(c * height + y) * width + x]!;
      }
    }
    return sum;
  });
  const level = levels(cells);
  const lines: string[] = [];
  for (let y = 0; y < down; y++) {
    const row = cells.slice(y * across, (y + 1) * across);
    lines.push(row.map((cell) => shades[level(cell, shades.length)]!.repeat(2)).join("").trimEnd());
  }
  return (look === "spectrogram" ? lines.reverse() : lines).join("\n");
}

/** One line of steps for each of the channels that vary most. */
function seriesArt(
  { channels, length }: Extract<InputSpec, { kind: "series" }>,
  values: ArrayLike<number>,
  width: number,
): string {
  const lanes = Array.from({ length: channels }, (_, channel) => {
    const lane = Array.from({ length }, (_, t) => values[channel * length + t]!);
    return { channel, lane, variance: variance(lane) };
  });
  const shown = lanes.toSorted((a, b) => b.variance - a.variance).slice(0, mostLanes)
    .toSorted((a, b) => a.channel - b.channel);
  const columns = Math.min(length, Math.max(16, width - 8));
  return shown.map(({ channel, lane }) => {
    const means = Array.from({ length: columns }, (_, i) => {
      const [from, to] = [i, i + 1].map((k) => Math.floor(k * length / columns)) as [
        number,
        number,
      ];
      const part = lane.slice(from, Math.max(from + 1, to));
      return part.reduce((sum, value) => sum + value, 0) / part.length;
    });
    const level = levels(means);
    const art = means.map((value) => steps[level(value, steps.length)]).join("");
    return `${`#${channel}`.padEnd(6)}${art}`;
  }).join("\n");
}

/** One bar a column, left or right of the middle. */
function tabularArt(values: ArrayLike<number>, width: number): string {
  const most = Math.max(1e-12, ...Array.from(values, Math.abs));
  const half = Math.max(4, Math.min(24, Math.floor((width - 22) / 2)));
  return Array.from(values, (value, i) => {
    const size = Math.round(Math.abs(value) / most * half);
    const left = value < 0 ? "#".repeat(size).padStart(half) : " ".repeat(half);
    const right = value < 0 ? "" : "#".repeat(size);
    const number = value.toPrecision(4).padStart(11);
    return `${`#${i}`.padEnd(6)}${number}  ${left}|${right}`.trimEnd();
  }).join("\n");
}

function tokensArt(values: ArrayLike<number>, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const id of Array.from(values, String)) {
    if (line !== "" && line.length + 1 + id.length > width) {
      lines.push(line);
      line = id;
    } else line = line === "" ? id : `${line} ${id}`;
  }
  return [...lines, line].join("\n");
}

/** Maps values to 0..count-1 by their own range; equal values are all in the middle. */
function levels(values: readonly number[]): (value: number, count: number) => number {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return (value, count) =>
    most > least
      ? Math.min(count - 1, Math.floor((value - least) / (most - least) * count))
      : Math.floor(count / 2);
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

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
