/**
 * PAMAP2: activity recognition from body-worn sensors, from the official `.dat` files.
 *
 * Every subject's table is interpolated column by column over the whole file; then rows of one
 * subject and one activity are joined, also when they were recorded at different times, and cut
 * into windows of 320 rows (3.2 s). Values stay in raw units. The references draw windows at random
 * while they train and test; so that results can be repeated, the test windows (and the windows of
 * the probe's training split) are one seeded list here, drawn by the same calls of the same
 * generator.
 *
 * @module
 */

import type { ArchiveEntry } from "../formats/archive/mod.ts";
import { readFloatRows } from "../formats/table/mod.ts";
import { entryPath, rawEntries } from "../raw/mod.ts";
import { drawWindows, type Recording, type WindowDraw } from "../reference/mod.ts";
import { interpolateRows } from "../signal/mod.ts";
import { DataError, MissingError, unreadable } from "../util/mod.ts";
import {
  type Conversion,
  type Dataset,
  type DatasetShape,
  singleLabel,
  type Variant,
} from "./conversion/dataset.ts";

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

interface PamapVariant extends Variant {
  readonly activities: readonly number[];
  readonly trainSubjects: readonly number[];
  readonly testSubjects: readonly number[];
  readonly draw: WindowDraw;
}

const trainSubjects = [101, 102, 103, 104, 107, 108, 109];

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

const archive = {
  path: "PAMAP2_Dataset.zip",
  url: "https://archive.ics.uci.edu/ml/machine-learning-databases/00231/PAMAP2_Dataset.zip",
  alternatives: [
    "PAMAP2_Dataset",
    { path: "pamap2+physical+activity+monitoring.zip", inner: "PAMAP2_Dataset.zip" },
    "Protocol",
  ],
};

const shapeOf = (classNames: readonly string[]): DatasetShape => ({
  inputs: [{ kind: "series", channels, length: window, patch: 5 }],
  task: singleLabel(classNames),
  defaults: { batchSize: 256 },
});

/** PAMAP2: three sensors and a heart rate monitor, nine subjects, twelve activities. */
export const pamap2: Dataset<PamapVariant> = {
  id: "pamap2",
  title: "PAMAP2 physical activity monitoring",
  domain: "sensors",
  role: "both",
  summary:
    "Three body-worn inertial sensors and heart rate at 100 Hz, nine subjects, 12 activities.",
  licence: "CC BY 4.0",
  homepage: "https://archive.ics.uci.edu/dataset/231/pamap2+physical+activity+monitoring",
  citation:
    "A. Reiss, D. Stricker. Introducing a new benchmarked dataset for activity monitoring. ISWC " +
    "(2012)",
  files: [archive],
  variants: [
    {
      name: "metamae",
      difference: "12 classes, tested on subjects 105 and 106",
      shape: shapeOf(classNames),
      activities: pamap2Activities,
      trainSubjects,
      testSubjects: [105, 106],
      draw: "usable-pairs",
    },
    // DABS leaves out ironing, so rope jumping becomes class 10, but still builds twelve outputs.
    {
      name: "dabs",
      difference: "11 classes (no ironing) of 12 outputs, tested on subject 105 alone",
      shape: shapeOf([...classNames.filter((name) => name !== "ironing"), "unused"]),
      activities: pamap2Activities.filter((activity) => activity !== 17),
      trainSubjects,
      testSubjects: [105],
      draw: "any-pair-until-usable",
    },
  ],

  async convert(run) {
    const { variant, writer } = run;
    const recordings = await appendSubjects(run);
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
        `RandomState(${windowSeed}), a fresh one for each list; pretraining draws new ones each ` +
        "epoch",
    );
    writer.note("Values are in raw units: interpolated, not normalised");
  },
};

/**
 * Appends the rows of all subjects, grouped by activity; gives the recordings of every subject in
 * class order, with empty ones for activities that a subject lacks.
 */
async function appendSubjects(
  run: Conversion<PamapVariant>,
): Promise<ReadonlyMap<number, readonly Recording[]>> {
  const { variant } = run;
  const found = await run.locate(archive);
  run.declare([{ dtype: "float32" }], { layout: "windows" });
  const subjects = [...variant.trainSubjects, ...variant.testSubjects];
  const recordings = new Map<number, readonly Recording[]>();
  for await (const entry of rawEntries(found)) {
    run.signal.throwIfAborted();
    const match = /(?:^|\/)Protocol\/subject(\d+)\.dat$/.exec(entry.name);
    const subject = Number(match?.[1]);
    if (!subjects.includes(subject)) continue;
    const name = entryPath(found, entry);
    recordings.set(subject, await appendSubject(entry, name, subject, run));
    run.progress(recordings.size, subjects.length, "subjects");
  }
  const missing = subjects.filter((subject) => !recordings.has(subject));
  if (missing.length > 0) {
    const files = missing.sort().map((subject) => `"Protocol/subject${subject}.dat"`).join(", ");
    throw new MissingError(`Cannot tokenize "pamap2": "${found.path}" lacks ${files}`);
  }
  return recordings;
}

/** Reads one file, interpolates it and appends its rows activity by activity. */
async function appendSubject(
  entry: ArchiveEntry,
  name: string,
  subject: number,
  { variant, warn, writer }: Conversion<PamapVariant>,
): Promise<readonly Recording[]> {
  const groups = variant.activities.map((): RowBuffer => ({
    values: new Float32Array(0),
    rows: 0,
  }));
  const table = readFloatRows(entry.chunks(), {
    name,
    columns,
    separator: "blanks",
    onOpenEnd: () => warn(`"${name}" has no line end at its end: it may be cut off`),
  });
  let rows = 0;
  for await (const row of interpolateRows(table, columns)) {
    rows++;
    const activity = row[1]!;
    if (!(Number.isInteger(activity) && activity >= 0 && activity <= largestActivity)) {
      throw unreadable(
        name,
        `row ${rows} has the activity ${activity}, an id in 0..${largestActivity} is wanted`,
      );
    }
    const label = variant.activities.indexOf(activity);
    if (label >= 0) addRow(groups[label]!, row.subarray(2));
  }
  if (rows !== officialRows[subject]) {
    warn(`"${name}" has ${rows} rows, the official file ${officialRows[subject]}`);
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
    const bytes = Math.max(2 * buffer.values.byteLength, 4 * 1024 * channels);
    buffer.values = new Float32Array(buffer.values.buffer.transfer(bytes));
  }
  buffer.values.set(row, end - channels);
  buffer.rows++;
}
