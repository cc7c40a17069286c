/**
 * CIFAR-10 from its official archives, the Python and the binary version, packed or unpacked.
 *
 * @module
 */

import { readAll } from "../formats/bytes/mod.ts";
import { readPickle } from "../formats/pickle/mod.ts";
import { entryPath, type FoundRaw, rawEntries } from "../raw/mod.ts";
import { resizeImage } from "../signal/mod.ts";
import { unreadable } from "../util/mod.ts";
import { byteColumn } from "./conversion/convert_files.ts";
import { type Conversion, type Dataset, singleLabel, type Variant } from "./conversion/dataset.ts";
import { photoVariants } from "./families/images.ts";

const side = 32;
const pixels = 3 * side * side;
const official = { train: 50_000, test: 10_000 };
/** More than twice the largest official file. */
const longestFile = 1 << 26;

const archive = {
  path: "cifar-10-python.tar.gz",
  url: "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
  bytes: 170_498_071,
  md5: "c58f30108f718f92721af3b95e74349a",
  alternatives: [
    {
      path: "cifar-10-binary.tar.gz",
      url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
      bytes: 170_052_171,
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
    },
    "cifar-10-batches-py",
    "cifar-10-batches-bin",
  ],
};

/** The files in reference order, with the sizes and MD5 sums of the Python version. */
const batches = [
  { name: "data_batch_1", bytes: 31_035_704, md5: "c99cafc152244af753f735de768cd75f" },
  { name: "data_batch_2", bytes: 31_035_320, md5: "d4bba439e000b95fd0a9bffe97cbabec" },
  { name: "data_batch_3", bytes: 31_035_999, md5: "54ebc095f3ab1f0389bbae665268c751" },
  { name: "data_batch_4", bytes: 31_035_696, md5: "634d18415352ddfa80567beed471001a" },
  { name: "data_batch_5", bytes: 31_035_623, md5: "482c414d41f54cd18b22e5b47cb7c3cb" },
  { name: "test_batch", bytes: 31_035_526, md5: "40351d587109b95175f43aff81a1287e" },
];

// deno-fmt-ignore
const classNames = [
  "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
];
const differences = [
  "32x32 pixels, patch 4, batch size 64",
  "enlarged to 224x224 pixels (the store takes 9 GB), patch 16",
  "32x32 pixels, batch size 256",
];

/** CIFAR-10: 60,000 photos of 32x32 pixels in ten classes. */
export const cifar10: Dataset = {
  id: "cifar10",
  title: "CIFAR-10",
  domain: "natural images",
  role: "transfer",
  summary: "60,000 colour photos of 32x32 pixels in ten classes, 10,000 of them for testing.",
  licence: "None stated; research use with citation of the technical report",
  homepage: "https://www.cs.toronto.edu/~kriz/cifar.html",
  citation: "A. Krizhevsky. Learning multiple layers of features from tiny images (2009)",
  files: [archive],
  variants: photoVariants(singleLabel(classNames)).map((variant, i) => ({
    ...variant,
    difference: differences[i]!,
  })),

  async convert(run) {
    const { writer } = run;
    const found = await run.find(archive);
    run.declare([byteColumn]);
    const ranges = await appendBatches(found, run);
    const rowsOf = (names: readonly { readonly name: string }[]) =>
      names.flatMap(({ name }) => {
        const [first, count] = ranges.get(name)!;
        return Array.from({ length: count }, (_, i) => first + i);
      });
    const train = rowsOf(batches.slice(0, 5));
    const test = rowsOf(batches.slice(5));
    if (train.length !== official.train || test.length !== official.test) {
      run.remark(
        `The files hold ${train.length} training and ${test.length} test images, the official ` +
          `ones ${official.train} and ${official.test}`,
      );
    }
    writer.list("train", train);
    writer.list("test", test);
    writer.note("Split as shipped; pixels are divided by 255 and not normalised further");
    if (sideOf(run.variant) !== side) {
      writer.note("Images are enlarged with Pillow's bilinear filter");
    }
  },
};

/** Appends the images in file order; gives the first row and the number of rows of every file. */
async function appendBatches(
  found: FoundRaw,
  run: Conversion,
): Promise<ReadonlyMap<string, readonly [first: number, count: number]>> {
  const target = sideOf(run.variant);
  const ranges = new Map<string, readonly [number, number]>();
  for await (const entry of rawEntries(found)) {
    run.signal.throwIfAborted();
    const [folder, file] = entry.name.split("/").slice(-2);
    const batch = batches.find(({ name }) => name === file?.replace(/\.bin$/, ""));
    if (batch === undefined || !folder?.startsWith("cifar-10-batches")) continue;
    const name = entryPath(found, entry);
    const bytes = await readAll(entry.chunks(), { name, limit: longestFile });
    const isBinary = file!.endsWith(".bin");
    if (found.kind === "folder" && !isBinary) {
      const form = { ...batch, path: file! };
      await run.check({ form, path: name, kind: "file", bytes: bytes.length });
    }
    const { images, labels } = (isBinary ? readBinary : readPython)(bytes, name);
    let first = 0;
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      if (!(Number.isInteger(label) && label >= 0 && label < 10)) {
        throw unreadable(name, `image ${i} has the label ${label}, not 0..9`);
      }
      const image = images(i);
      const row = await run.writer.append(
        [target === side ? image : enlarged(image, target)],
        label,
      );
      if (i === 0) first = row;
    }
    ranges.set(batch.name, [first, labels.length]);
    run.progress(ranges.size, batches.length, "files");
  }
  const missing = batches.filter(({ name }) => !ranges.has(name)).map(({ name }) => `"${name}"`);
  if (missing.length > 0) {
    throw unreadable(found.path, `it lacks ${missing.join(", ")}`);
  }
  return ranges;
}

/** Pixels of a side of a variant. */
function sideOf({ shape }: Variant): number {
  const [input] = shape?.inputs ?? [];
  return input?.kind === "image" ? input.width : side;
}

/** An image of more pixels, channels first as before. */
function enlarged(image: Uint8Array, target: number): Uint8Array {
  const planes = new Uint8Array(3 * target * target);
  for (let channel = 0; channel < 3; channel++) {
    const data = new Uint8Array(image.subarray(channel * side * side, (channel + 1) * side * side));
    const plane = resizeImage({ width: side, height: side, channels: 1, data }, target, target);
    planes.set(plane.data, channel * target * target);
  }
  return planes;
}

interface Batch {
  readonly images: (index: number) => Uint8Array;
  readonly labels: ArrayLike<number>;
}

/** A pickled dictionary with `data` (images, 3072) and `labels`. */
function readPython(bytes: Uint8Array, name: string): Batch {
  const value = readPickle(bytes, { name });
  const data = value instanceof Map ? value.get("data") : undefined;
  const labels = value instanceof Map ? value.get("labels") : undefined;
  if (
    data?.dtype !== "uint8" || data.shape.length !== 2 || data.shape[1] !== pixels ||
    !Array.isArray(labels) || labels.length !== data.shape[0]
  ) {
    throw unreadable(name, `it has no 8-bit images of ${pixels} values with a label each`);
  }
  const images: Uint8Array = data.data;
  return { labels, images: (i) => images.subarray(i * pixels, (i + 1) * pixels) };
}

/** Records of one label byte and 3072 pixel bytes. */
function readBinary(bytes: Uint8Array, name: string): Batch {
  const record = 1 + pixels;
  const count = Math.floor(bytes.length / record);
  if (count === 0 || bytes.length % record !== 0) {
    throw unreadable(name, `its ${bytes.length} bytes are no multiple of ${record}`);
  }
  return {
    labels: Uint8Array.from({ length: count }, (_, i) => bytes[i * record]!),
    images: (i) => bytes.subarray(i * record + 1, (i + 1) * record),
  };
}
