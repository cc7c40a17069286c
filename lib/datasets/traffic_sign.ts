/**
 * German traffic signs (GTSRB), from the training archive alone, as in both references.
 *
 * Every sign was photographed 30 times in passing. The references shuffle the photos of a class, so
 * that the same sign is on both sides of the split; the variant `clean` keeps the photos of a sign
 * together.
 *
 * @module
 */

import { groupedSplit, randomState } from "../reference/mod.ts";
import type { Plan } from "./conversion/convert_files.ts";
import { type Dataset, singleLabel, type Variant } from "./conversion/dataset.ts";
import {
  imageDataset,
  photoForms,
  photoNote,
  photoShape,
  photoVariants,
  type Picture,
} from "./families/images.ts";

// deno-fmt-ignore
const classNames = [
  "speed limit 20", "speed limit 30", "speed limit 50", "speed limit 60", "speed limit 70",
  "speed limit 80", "end of speed limit 80", "speed limit 100", "speed limit 120", "no passing",
  "no passing for lorries", "right of way at the next crossing", "priority road", "yield", "stop",
  "no vehicles", "no lorries", "no entry", "danger", "bend to the left", "bend to the right",
  "double bend", "bumpy road", "slippery road", "road narrows on the right", "road works",
  "traffic lights", "pedestrians", "children", "bicycles", "ice or snow", "wild animals",
  "end of all limits", "turn right ahead", "turn left ahead", "ahead only", "straight or right",
  "straight or left", "keep right", "keep left", "roundabout", "end of no passing",
  "end of no passing for lorries",
];

const task = singleLabel(classNames);

interface SignVariant extends Variant {
  /** Whether all photos of a sign are on one side. */
  readonly bySign?: boolean;
}

/** Traffic signs. */
export const trafficSign: Dataset = imageDataset<SignVariant>({
  id: "traffic-sign",
  title: "Traffic Sign (GTSRB)",
  domain: "natural images",
  role: "transfer",
  summary: "39,209 photos of German traffic signs in 43 classes, a fifth of each for testing.",
  licence: "Free use with citation",
  homepage: "https://benchmark.ini.rub.de/gtsrb_news.html",
  citation:
    "J. Stallkamp, M. Schlipsing, J. Salmen, C. Igel. Man vs. computer: benchmarking machine " +
    "learning algorithms for traffic sign recognition. Neural Networks 32 (2012)",
  files: [{
    path: "GTSRB_Final_Training_Images.zip",
    url: "https://sid.erda.dk/public/archives/daaeac0d7ce1152aea9b61d9f1e19370/" +
      "GTSRB_Final_Training_Images.zip",
    alternatives: ["GTSRB", "Final_Training"],
  }],
  variants: [
    ...photoVariants(task),
    {
      name: "clean",
      difference: "as metamae, with all photos of a sign on one side (not published)",
      shape: photoShape(photoForms.metamae, task),
      bySign: true,
    },
  ],
  keyOf,
  plan: ({ keys }, { variant }) => plan(keys, variant),
});

/** Class, track and frame, such as `00042/00007_00029.ppm`. */
function keyOf(path: string): string | undefined {
  const match = /(?:^|\/)Final_Training\/Images\/(\d{5}\/\d{5}_\d{5}\.ppm)$/.exec(path)?.[1];
  return match !== undefined && labelOf(match) < classNames.length ? match : undefined;
}

const labelOf = (key: string) => Number(key.slice(0, 5));

function plan(keys: readonly string[], { bySign = false }: SignVariant): Plan<Picture> {
  const sorted = keys.toSorted();
  const labels = sorted.map(labelOf);
  const { train, test } = bySign
    ? splitBySign(sorted)
    : groupedSplit(labels, { order: "ascending" });
  const picture = (i: number): Picture => ({ key: sorted[i]!, label: labels[i]! });
  return {
    splits: { train: Array.from(train, picture), test: Array.from(test, picture) },
    counts: [
      { what: "images", found: keys.length, official: 39_209 },
      { what: "classes", found: new Set(labels).size, official: classNames.length },
    ],
    notes: [
      bySign
        ? "Split: the signs (tracks) of each class are shuffled by one RandomState(42), the " +
          "first 80 % for training"
        : "Split: the photos of each class, sorted by name, are shuffled by one RandomState(42), " +
          "the first 80 % for training; the references take them in the order of the file " +
          "system. Photos of one sign are on both sides",
      photoNote,
    ],
  };
}

/** Splits every class by its tracks; the photos of a track stay in order. */
function splitBySign(keys: readonly string[]) {
  const generator = randomState(42);
  const train: number[] = [];
  const test: number[] = [];
  for (let label = 0; label < classNames.length; label++) {
    const tracks = new Map<string, number[]>();
    for (const [i, key] of keys.entries()) {
      if (labelOf(key) !== label) continue;
      const track = key.slice(0, 11);
      const photos = tracks.get(track);
      if (photos === undefined) tracks.set(track, [i]);
      else photos.push(i);
    }
    const order = [...tracks.values()];
    generator.shuffle(order);
    const cut = Math.trunc(0.8 * order.length);
    train.push(...order.slice(0, cut).flat());
    test.push(...order.slice(cut).flat());
  }
  return { train, test };
}
