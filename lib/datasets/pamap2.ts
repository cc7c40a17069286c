/**
 * PAMAP2: activity recognition from body-worn sensors, from the official `.dat` files.
 *
 * Every subject's table is interpolated column by column over the whole file; then rows of one subject
 * and one activity are joined, also when they were recorded at different times, and cut into windows
 * of 320 rows (3.2 s). Values stay in raw units. The references draw windows at random while they
 * train and test; so that results can be repeated, the test windows (and the windows of the probe's
 * training split) are one seeded list here, drawn by the same calls of the same generator.
 *
 * @module
 */

import type { ArchiveEntry } from "../formats/archive/mod.ts";
import { readFloatRows } from "../formats/table/mod.ts";
import { entryPath, findRaw, rawEntries, type RawForm } from "../raw/mod.ts";
import { drawWindows, type Recording, type WindowDraw } from "../reference/mod.ts";
import { interpolateRows } from "../signal/mod.ts";
import type { StoreWriter } from "../store/mod.ts";
import { DataError, MissingError } from "../util/mod.ts";
import type { Dataset, DatasetShape, TokenizeContext } from "./dataset.ts";

const columns = 54;
const channels = 52;
const window = 320;
const trainWindows = 50_000;
const testWindows = 10_000;
/** Seed of the lists of windows, each list with a generator of its own. */
const windowSeed = 0;

/** Activity ids in the order of the classes, twelve of them. */
export const pamap2Activities = [1, 2, 3, 4, 5, 6, 7, 12, 13, 16, 17, 24];
// deno-fmt-ignore
const classNames = [
  "lying", "sitting", "standing", "walking", "running", "cycling", "nordic walking",
  "ascending stairs", "descending stairs", "vacuum cleaning", "ironing", "rope jumping",
];
const largestActivity = 24;

interface Variant {
  readonly activities: readonly number[];
  readonly classNames: readonly string[];
  readonly trainSubjects: readonly number[];
  readonly testSubjects: readonly number[];
  readonly draw: WindowDraw;
}

const trainSubjects = [101, 102, 103, 104, 107, 108, 109];

const variants: ReadonlyMap<string, Variant> = new Map([
  ["metamae", {
    activities: pamap2Activities,
    classNames,
    trainSubjects,
    testSubjects: [105, 106],
    draw: "usable-pairs",
  }],
  // DABS leaves out ironing, so rope jumping becomes class 10, but still builds twelve outputs.
  ["dabs", {
    activities: pamap2Activities.filter((activity) => activity !== 17),
    classNames: [...classNames.filter((name) => name !== "ironing"), "unused"],
    trainSubjects,
    testSubjects: [105],
    draw: "any-pair-until-usable",
  }],
]);

const officialRows: Readonly<Record<number, number>> = {
  101: 376_417,
  102: 447_000,
  103: 252_833,
  104: 329_576,
  105: 374_783,
  106: 361_817,
  107: 313_599,
  108: 408_031,
  109: 8_477,
};

const forms: readonly RawForm[] = [
  {
    path: "PAMAP2_Dataset.zip",
    url: "https://archive.ics.uci.edu/ml/machine-learning-databases/00231/PAMAP2_Dataset.zip",
  },
  { path: "PAMAP2_Dataset" },
  { path: "pamap2+physical+activity+monitoring.zip", inner: "PAMAP2_Dataset.zip" },
  { path: "Protocol" },
];

const shapeOf = (variant: string): DatasetShape => ({
  inputs: [{ kind: "series", channels, length: window, patch: 5 }],
  task: {
    kind: "single-label",
    classes: pamap2Activities.length,
    metric: "accuracy",
    classNames: [...variants.get(variant)!.classNames],
  },
  defaults: { batchSize: 256 },
});

/** PAMAP2: three sensors and a heart rate monitor, nine subjects, twelve activities. */
export const pamap2: Dataset = {
  id: "pamap2",
  title: "PAMAP2 physical activity monitoring",
  domain: "sensors",
  role: "both",
  summary:
    "Three body-worn inertial sensors and heart rate at 100 Hz, nine subjects, 12 activities.",
  licence: "CC BY 4.0",
  homepage: "https://archive.ics.uci.edu/dataset/231/pamap2+physical+activity+monitoring",
  citation:
    "A. Reiss, D. Stricker. Introducing a new benchmarked dataset for activity monitoring. ISWC (2012)",
  files: [{
    path: forms[0]!.path,
    url: forms[0]!.url!,
    alternatives: forms.slice(1).map(({ path }) => path),
  }],
  variants: [
    { name: "metamae", difference: "12 classes, tested on subjects 105 and 106" },
    {
      name: "dabs",
      difference: "11 classes (no ironing) of 12 outputs, tested on subject 105 alone",
    },
  ],

  shape: shapeOf,

  async tokenize(context, writer) {
    const variant = variants.get(context.variant)!;
    const recordings = await appendSubjects(variant, context, writer);
    const of = (subjects: readonly number[]) => {
      const ordered = subjects.map((subject) => recordings.get(subject)!);
      const usable = ordered.flat().filter(({ rows }) => rows > window);
      if (usable.length > 0) return ordered;
      throw new DataError(
        `Cannot tokenize "pamap2": no activity of the subjects ${subjects.join(", ")} has more ` +
          `than ${window} rows`,
      );
    };
    const train = of(variant.trainSubjects);
    const test = of(variant.testSubjects);
    const draw = (from: readonly (readonly Recording[])[], count: number) =>
      drawWindows(from, { kind: variant.draw, seed: windowSeed, count, length: window });
    writer.drawn(
      "pretrain",
      trainWindows,
      train.flat().filter(({ rows }) => rows > window)
        .map(({ first, rows }) => [first, rows - window] as const),
    );
    writer.list("train", draw(train, trainWindows));
    writer.list("test", draw(test, testWindows));
    writer.note(
      `Windows: ${trainWindows} for training and ${testWindows} for testing, drawn by ` +
        `RandomState(${windowSeed}), a fresh one for each list; pretraining draws new ones each epoch`,
    );
    writer.note("Values are in raw units: interpolated, not normalised");
  },
};

/**
 * Appends the rows of all subjects, grouped by activity; gives the recordings of every subject in
 * class order, with empty ones for activities that a subject lacks.
 */
async function appendSubjects(
  variant: Variant,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<ReadonlyMap<number, readonly Recording[]>> {
  const found = await findRaw("pamap2", context.raw, forms);
  writer.declare({
    ...shapeOf(context.variant),
    layout: "windows",
    columns: [{ dtype: "float32" }],
  });
  const subjects = [...variant.trainSubjects, ...variant.testSubjects];
  const recordings = new Map<number, readonly Recording[]>();
  for await (const entry of rawEntries(found)) {
    context.signal.throwIfAborted();
    const match = /(?:^|\/)Protocol\/subject(\d+)\.dat$/.exec(entry.name);
    const subject = Number(match?.[1]);
    if (!subjects.includes(subject)) continue;
    const name = entryPath(found, entry);
    recordings.set(
      subject,
      await appendSubject(entry, { name, subject, variant, context, writer }),
    );
    context.progress(recordings.size, subjects.length, "subjects");
  }
  const missing = subjects.filter((subject) => !recordings.has(subject));
  if (missing.length > 0) {
    const files = missing.sort().map((subject) => `"Protocol/subject${subject}.dat"`).join(", ");
    throw new MissingError(`Cannot tokenize "pamap2": "${found.path}" lacks ${files}`);
  }
  return recordings;
}

interface SubjectOptions {
  /** Name for messages. */
  readonly name: string;
  readonly subject: number;
  readonly variant: Variant;
  readonly context: TokenizeContext;
  readonly writer: StoreWriter;
}

/** Reads one file, interpolates it and appends its rows activity by activity. */
async function appendSubject(
  entry: ArchiveEntry,
  { name, subject, variant, context, writer }: SubjectOptions,
): Promise<readonly Recording[]> {
  const groups = variant.activities.map((): RowBuffer => ({
    values: new Float32Array(0),
    rows: 0,
  }));
  const table = readFloatRows(entry.chunks(), {
    name,
    columns,
    separator: "blanks",
    onOpenEnd: () => context.warn(`"${name}" has no line end at its end: it may be cut off`),
  });
  let rows = 0;
  for await (const row of interpolateRows(table, columns)) {
    rows++;
    const activity = row[1]!;
    if (!(Number.isInteger(activity) && activity >= 0 && activity <= largestActivity)) {
      throw new DataError(
        `Cannot read "${name}": row ${rows} has the activity ${activity}, ` +
          `an id in 0..${largestActivity} is wanted`,
      );
    }
    const label = variant.activities.indexOf(activity);
    if (label >= 0) addRow(groups[label]!, row.subarray(2));
  }
  if (rows !== officialRows[subject]) {
    context.warn(`"${name}" has ${rows} rows, the official file ${officialRows[subject]}`);
  }
  const recordings: Recording[] = [];
  for (const [label, { values, rows }] of groups.entries()) {
    let first = 0;
    for (let i = 0; i < rows; i++) {
      const row = await writer.append([values.subarray(i * channels, (i + 1) * channels)], label);
      if (i === 0) first = row;
    }
    recordings.push({ first, rows });
  }
  return recordings;
}

/** Rows of one activity, collected while the activities of a subject alternate. */
interface RowBuffer {
  values: Float32Array<ArrayBuffer>;
  rows: number;
}

function addRow(buffer: RowBuffer, row: Float64Array<ArrayBuffer>): void {
  const end = (buffer.rows + 1) * channels;
  if (end > buffer.values.length) {
    const larger = new Float32Array(Math.max(2 * buffer.values.length, 1024 * channels));
    larger.set(buffer.values);
    buffer.values = larger;
  }
  buffer.values.set(row, end - channels);
  buffer.rows++;
}
