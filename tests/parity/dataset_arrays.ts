/**
 * Recorded windows of sensors and recorded images against those of the data sets.
 *
 * @module
 */

import { drawWindows, type Recording, testCount, trainCount } from "../../lib/reference/splits.ts";
import { interpolateRows } from "../../lib/signal/interpolate.ts";
import { modelLayout } from "../../lib/store/store.ts";
import { sampleOrder } from "../../lib/reference/numpy_random.ts";
import { cropCentre, type PixelImage, resizeImage, toPlanes } from "../../lib/signal/resize.ts";
import { eurosatColumn } from "../../lib/datasets/eurosat.ts";
import { pamap2Activities } from "../../lib/datasets/pamap2.ts";
import { type FixtureCase, float32Of, numbersOf, tensorOf } from "./fixture_case.ts";
import type { Tally } from "./tolerance.ts";

/** Stands for a missing value in comparisons. */
const missing = -1e30;
const withoutGaps = (values: Iterable<number>) =>
  Float64Array.from(values, (value) => Number.isNaN(value) ? missing : value);

/** Compares the interpolated tables and the windows drawn from them. */
export async function checkWindows(fixture: FixtureCase, tally: Tally): Promise<void> {
  const { shape } = tensorOf(fixture, "pamap2/raw");
  const [subjects, rows, columns] = shape as [number, number, number];
  const raw = numbersOf(fixture, "pamap2/raw");
  const interpolated: number[] = [];
  /** Rows of all recordings, one after the other, and their labels. */
  const joined: Float64Array[] = [];
  const labels: number[] = [];
  const recordings: Recording[][] = [];
  for (let subject = 0; subject < subjects; subject++) {
    const values = raw.slice(subject * rows * columns, (subject + 1) * rows * columns);
    const table = async function* () {
      yield await Promise.resolve({ rows, firstLine: 1, values });
    };
    const filled: Float64Array[] = [];
    for await (const row of interpolateRows(table(), columns)) filled.push(row.slice());
    filled.forEach((row) => interpolated.push(...row));
    recordings.push(pamap2Activities.map((activity, label) => {
      const own = filled.filter((row) => row[1] === activity);
      const first = joined.length;
      joined.push(...own.map((row) => row.subarray(2)));
      labels.push(...own.map(() => label));
      return { first, rows: own.length };
    }));
  }
  const recorded = numbersOf(fixture, "pamap2/interpolated");
  tally.compare("pamap2/interpolated", withoutGaps(interpolated), withoutGaps(recorded), "exact");

  const { window: length } = fixture.document["pamap2"] as { readonly window: number };
  const count = tensorOf(fixture, "pamap2/x").shape[0]!;
  const { seed } = fixture;
  const starts = drawWindows(recordings, { kind: "usable-pairs", seed, count, length });
  const windows = Array.from(starts).flatMap((start) =>
    Array.from(
      { length: columns - 2 },
      (_, channel) =>
        Array.from({ length }, (_, step) => Math.fround(joined[start + step]![channel]!)),
    ).flat()
  );
  const x = numbersOf(fixture, "pamap2/x");
  tally.compare("pamap2/x", withoutGaps(windows), withoutGaps(x), "exact");
  const y = Array.from(starts, (start) => labels[start]!);
  tally.compare("pamap2/y", y, numbersOf(fixture, "pamap2/y"), "exact");
}

/** Compares the bands of satellite images, wafer maps and photos. */
export function checkImages(fixture: FixtureCase, tally: Tally): void {
  checkBands(fixture, tally);
  for (let i = 0; fixture.tensors.has(`wafer/${i}/raw`); i++) {
    const planes = toPlanes(resized(imageOf(fixture, `wafer/${i}/raw`), `wafer/${i}/x`, fixture));
    compareImage(fixture, tally, `wafer/${i}/x`, [...planes, ...planes, ...planes]);
  }
  const order = numbersOf(fixture, "wafer/order");
  tally.compare("wafer/order", sampleOrder(order.length), order, "exact");
  for (const name of ["rgb", "rgb_up"]) {
    const image = resized(imageOf(fixture, `${name}/raw`), `${name}/x`, fixture);
    compareImage(fixture, tally, `${name}/x`, toPlanes(image));
  }
  // Captioned images, all sizes divided by 16: to 480 x 640, the middle square, to 224 x 224.
  const tall = resizeImage(imageOf(fixture, "rgb/raw"), 30, 40);
  const square = resized(cropCentre(tall, 30, 30), "rgb_coco/x", fixture);
  compareImage(fixture, tally, "rgb_coco/x", toPlanes(square));
}

function checkBands(fixture: FixtureCase, tally: Tally): void {
  const raw = float32Of(fixture, "eurosat/raw");
  const [images, height, width, channels] = raw.shape as [number, number, number, number];
  const pixels = height * width;
  const bands = raw.data.map((_, i) => {
    const [image, channel] = [
      Math.floor(i / (pixels * channels)),
      Math.floor(i / pixels) % channels,
    ];
    return raw.data[(image * pixels + i % pixels) * channels + channel]!;
  });
  const { mean, deviation } = eurosatColumn;
  const normalise = modelLayout(
    { kind: "image", channels, height, width, patch: 1 },
    {
      dtype: "float32",
      width: pixels * channels,
      shards: [],
      mean: [...mean!],
      deviation: [...deviation!],
    },
    "rows",
  );
  const x = numbersOf(fixture, "eurosat/x");
  tally.compare("eurosat/x", normalise(bands, images).data, x, "exact");
  const { n, train, test } = fixture.document["eurosat"] as Readonly<Record<string, number>>;
  const counts = [trainCount(n!), testCount(n!, "metamae")];
  tally.compare("eurosat/counts", counts, [train!, test!], "exact");
}

/** A recorded 8-bit image: (height, width) or (height, width, channels). */
function imageOf(fixture: FixtureCase, name: string): PixelImage {
  const [height, width, channels = 1] = tensorOf(fixture, name).shape as [number, number, number?];
  return { width, height, channels, data: Uint8Array.from(numbersOf(fixture, name)) };
}

/** Resizes to the size of a recorded tensor (channels, height, width). */
function resized(image: PixelImage, name: string, fixture: FixtureCase): PixelImage {
  const [, height, width] = tensorOf(fixture, name).shape as [number, number, number];
  return resizeImage(image, width, height);
}

function compareImage(
  fixture: FixtureCase,
  tally: Tally,
  name: string,
  planes: Iterable<number>,
): void {
  const values = Float32Array.from(planes, (level) => Math.fround(level / 255));
  tally.compare(name, values, numbersOf(fixture, name), "exact");
}
