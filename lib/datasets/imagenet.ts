/**
 * ImageNet (ILSVRC 2012), from its official archives or from folders by class, at two sizes: at
 * 224x224 pixels, as DABS uses it for natural images, and at 32x32.
 *
 * Labels are the positions of the sorted WordNet ids. The training archive holds an archive for
 * every class; each is read where it lies, so that nothing is unpacked and the 140 GB are read
 * once, without a list of all names.
 *
 * What MetaMAE calls ImageNet32 is the full ImageNet, each photo squashed to 32x32 pixels. The
 * release of downsampled ImageNet is something else: it was made with another filter and comes
 * without labels.
 *
 * @module
 */

import { type ArchiveEntry, indexTar, readArchiveSource } from "../formats/archive/mod.ts";
import { openFileSource, readAll, sliceSource } from "../formats/bytes/mod.ts";
import { readMat5 } from "../formats/tensor/mod.ts";
import { entryPath, type FoundRaw, listFolder, rawEntries } from "../raw/mod.ts";
import { join, MissingError, unreadable } from "../util/mod.ts";
import {
  appendFiles,
  byteColumn,
  type StoredFile,
  type WantedFile,
} from "./conversion/convert_files.ts";
import { type Conversion, type Dataset, singleLabel, type Variant } from "./conversion/dataset.ts";
import { readFields, readInteger } from "./conversion/text_lists.ts";
import { imageRows, photoForms, photoNote, photoShape, type Picture } from "./families/images.ts";

const official = { classes: 1_000, train: 1_281_167, validation: 50_000 };
const task = singleLabel(official.classes);

const how = "Register at https://www.image-net.org and download ILSVRC 2012, task 1 and 2";

/** The official files, and the folders that stand for them. */
const files = {
  train: {
    path: "ILSVRC2012_img_train.tar",
    how,
    bytes: 147_897_477_120,
    md5: "1d675b47d978889d74fa0da5fadfb00e",
    alternatives: ["train"],
  },
  validation: {
    path: "ILSVRC2012_img_val.tar",
    how,
    bytes: 6_744_924_160,
    md5: "29b22e2961454d5413ddabcf34fc5622",
    alternatives: ["validation", "val"],
  },
  devkit: {
    path: "ILSVRC2012_devkit_t12.tar.gz",
    how,
    bytes: 2_568_145,
    md5: "fa75699e90414af021442c21a62c3abf",
    alternatives: ["ILSVRC2012_devkit_t12"],
  },
};

const credits = {
  licence: "Research use, by registration",
  homepage: "https://www.image-net.org",
  citation:
    "O. Russakovsky, J. Deng, H. Su, et al. ImageNet large scale visual recognition challenge. " +
    "IJCV 115 (2015)",
};

/** ImageNet at 224x224 pixels. */
export const imagenet: Dataset = {
  id: "imagenet",
  title: "ImageNet (ILSVRC 2012)",
  domain: "natural images",
  role: "pretrain",
  summary: "1,281,167 photos of 1,000 classes; the store takes 193 GB.",
  ...credits,
  files: Object.values(files),
  variants: [{
    name: "dabs",
    difference: "resized to 224x224 pixels, patch 16",
    shape: photoShape(photoForms.dabs, task),
  }],
  convert: convertImagenet,
};

const downsampledHow =
  "Only for the variant downsampled: download it from https://www.image-net.org (registration)";

/** The release of downsampled ImageNet: a folder of numbered images in each archive. */
const downsampled = [
  {
    split: "pretrain",
    images: 1_281_149,
    file: {
      path: "train_32x32.tar",
      how: downsampledHow,
      bytes: 4_113_018_880,
      sha256: "244a323d48f8d72f65ad8b54658c01fed68d2d7bdc77ccb43da58c11e94224e5",
      alternatives: ["train_32x32"],
    },
  },
  {
    split: "validation",
    images: 49_999,
    file: {
      path: "valid_32x32.tar",
      how: downsampledHow,
      bytes: 161_474_560,
      sha256: "862e559462b24cf736212a19f6b0d47b55c2dc8ebdaa95ccecfe71260124c8f7",
      alternatives: ["valid_32x32"],
    },
  },
] as const;

interface Imagenet32Variant extends Variant {
  readonly parts?: typeof downsampled;
}

/** ImageNet at 32x32 pixels. */
export const imagenet32: Dataset<Imagenet32Variant> = {
  id: "imagenet32",
  title: "ImageNet32",
  domain: "natural images",
  role: "pretrain",
  summary: "1,281,167 photos of 1,000 classes, squashed to 32x32 pixels.",
  ...credits,
  files: [...Object.values(files), ...downsampled.map(({ file }) => file)],
  variants: [
    {
      name: "metamae",
      difference: "the full ImageNet resized to 32x32 pixels, with labels",
      shape: photoShape(photoForms.metamae, task),
    },
    {
      name: "downsampled",
      difference: "the release of downsampled ImageNet: another filter, no labels (not published)",
      shape: photoShape(photoForms.metamae),
      parts: downsampled,
    },
  ],
  async convert(run) {
    const { parts } = run.variant;
    await (parts === undefined ? convertImagenet(run) : convertDownsampled(parts, run));
  },
};

/**
 * Stores the training images and, where they are there, the validation images as test split. Splits
 * are ordered by label and file name, as folders are read by torchvision.
 */
async function convertImagenet(run: Conversion): Promise<void> {
  const parts = await findParts(run);
  run.declare([byteColumn]);
  const { limit = Infinity, signal, writer } = run;
  const train = await sortedRows(storeImages(readTrainImages(parts, signal), run), "by class");
  const validation = await sortedRows(storeImages(readValidationImages(parts, run), run), "mixed");
  const counts = [
    ["classes", parts.classes.length, official.classes],
    ["training images", train.length, Math.min(limit, official.train)],
    ["validation images", validation.length, Math.min(limit, official.validation)],
  ] as const;
  for (const [what, found, wanted] of counts) {
    run.expect(found, wanted, `The files hold ${found} ${what}, the official ones ${wanted}`);
  }
  writer.list("train", train);
  if (validation.length > 0) writer.list("test", validation);
  writer.note("Split as shipped: training images, and validation images for testing");
  writer.note(photoNote);
}

async function convertDownsampled(parts: typeof downsampled, run: Conversion): Promise<void> {
  const found: FoundRaw[] = [];
  for (const { file } of parts) found.push(await run.locate(file));
  for (const raw of found) await run.check(raw);
  run.declare([byteColumn]);
  for (const [i, { split, images }] of parts.entries()) {
    const rows: number[] = [];
    for await (const { row } of storeImages(readNumbered(found[i]!, run.signal), run, images)) {
      rows.push(row);
    }
    const { path } = found[i]!;
    const text = `"${path}" holds ${rows.length} images, the official one ${images}`;
    run.expect(rows.length, Math.min(run.limit ?? Infinity, images), text);
    run.writer.list(split, rows);
  }
  run.writer.note(
    "From the release of downsampled ImageNet, which is not what MetaMAE was trained on; pixels " +
      "are divided by 255 and not normalised further",
  );
}

/** Stores the first images of a part, as many as a trial or the official part has. */
function storeImages(
  images: AsyncIterable<WantedFile<Picture>>,
  run: Conversion,
  most = Infinity,
): AsyncGenerator<StoredFile<Picture>> {
  const { limit = Infinity } = run;
  return appendFiles(
    take(images, Math.min(limit, most)),
    imageRows(run.variant.shape!),
    run,
    limit,
  );
}

/** The first items. */
async function* take<Item>(items: AsyncIterable<Item>, limit: number): AsyncGenerator<Item> {
  let left = limit;
  for await (const item of items) {
    if (left-- <= 0) return;
    yield item;
    if (left <= 0) return;
  }
}

/** Images of one class, whose names are needed until they are sorted. */
type NamedRow = readonly [name: string, row: number];

/**
 * The rows of stored images, ordered by label and name; their keys tell both. Of classes that come
 * one after the other, only the current one's names are kept.
 */
async function sortedRows(
  images: AsyncIterable<StoredFile<Picture>>,
  order: "by class" | "mixed",
): Promise<Uint32Array<ArrayBuffer>> {
  const sorted: Uint32Array[] = [];
  const open = new Map<number, NamedRow[]>();
  const close = () => {
    for (const [label, named] of open) {
      named.sort(([a], [b]) => a < b ? -1 : 1);
      sorted[label] = Uint32Array.from(named, ([, row]) => row);
    }
    open.clear();
  };
  for await (const { item: { samples: [picture] }, row } of images) {
    const [label, name] = picture!.key.split("/") as [string, string];
    const named = open.get(Number(label));
    if (named === undefined) {
      if (order === "by class") close();
      open.set(Number(label), [[name, row]]);
    } else named.push([name, row]);
  }
  close();
  return Uint32Array.from(sorted.flatMap((rows) => Array.from(rows)));
}

async function* readNumbered(
  raw: FoundRaw,
  signal: AbortSignal,
): AsyncGenerator<WantedFile<Picture>> {
  for await (const entry of rawEntries(raw)) {
    signal.throwIfAborted();
    if (!entry.name.endsWith(".png")) continue;
    yield { name: entryPath(raw, entry), entry, samples: [{ key: entry.name }] };
  }
}

/** What is there. */
interface ImagenetParts {
  readonly train: FoundRaw;
  /** Absent if only the training images are there. */
  readonly validation: FoundRaw | undefined;
  /** WordNet ids, sorted. */
  readonly classes: readonly string[];
}

const wordnetId = /^n\d{8}$/;
const longestDevkitFile = 2 ** 26;

async function findParts(run: Conversion): Promise<ImagenetParts> {
  const train = await run.find(files.train);
  const validation = await run.locate(files.validation).catch((error) => {
    if (error instanceof MissingError) return undefined;
    throw error;
  });
  if (validation !== undefined) await run.check(validation);
  const classes = await listClasses(train);
  if (classes.length === 0 || classes.length > official.classes) {
    throw unreadable(
      train.path,
      `it holds ${classes.length} classes (n01440764 and so on), ` +
        `1 to ${official.classes} are wanted`,
    );
  }
  return { train, validation, classes };
}

async function listClasses({ path, kind }: FoundRaw): Promise<readonly string[]> {
  if (kind === "folder") return (await listFolder(path)).filter((name) => wordnetId.test(name));
  await using source = await openFileSource(path);
  const names = (await indexTar(source)).map(({ name }) => name.replace(/\.tar$/, ""));
  return names.filter((name) => wordnetId.test(name)).sort();
}

/**
 * The training images, class by class in the order of the labels. Keys are label and file name,
 * such as `3/n01443537_10007.JPEG`.
 */
async function* readTrainImages(
  { train, classes }: ImagenetParts,
  signal: AbortSignal,
): AsyncGenerator<WantedFile<Picture>> {
  const labels = new Map(classes.map((name, label) => [name, label]));
  for await (const { folder, entry, path } of trainEntries(train, classes)) {
    signal.throwIfAborted();
    const label = labels.get(folder);
    const name = isImage(entry.name);
    if (label === undefined || name === undefined) continue;
    yield { name: path, entry, samples: [{ key: `${label}/${name}`, label }] };
  }
}

interface ClassEntry {
  /** WordNet id. */
  readonly folder: string;
  readonly entry: ArchiveEntry;
  readonly path: string;
}

async function* trainEntries(
  train: FoundRaw,
  classes: readonly string[],
): AsyncGenerator<ClassEntry> {
  if (train.kind === "folder") {
    for await (const entry of rawEntries(train)) {
      yield { folder: entry.name.split("/").at(-2)!, entry, path: entryPath(train, entry) };
    }
    return;
  }
  await using source = await openFileSource(train.path);
  const members = new Map((await indexTar(source)).map((member) => [member.name, member]));
  for (const folder of classes) {
    const member = members.get(`${folder}.tar`)!;
    const place = join(train.path, member.name);
    const inner = { ...sliceSource(source, member.start, member.end), name: place };
    for await (const entry of readArchiveSource(inner)) {
      yield { folder, entry, path: join(place, entry.name) };
    }
  }
}

/** The validation images, in the order of the files, with keys as the training images. */
async function* readValidationImages(
  { validation, classes }: ImagenetParts,
  run: Conversion,
): AsyncGenerator<WantedFile<Picture>> {
  if (validation === undefined) return;
  const labels = new Map(classes.map((name, label) => [name, label]));
  let truth: readonly string[] | undefined;
  for await (const entry of rawEntries(validation)) {
    run.signal.throwIfAborted();
    const name = isImage(entry.name);
    if (name === undefined) continue;
    const path = entryPath(validation, entry);
    let wanted = entry.name.split("/").at(-2) ?? "";
    if (!wordnetId.test(wanted)) {
      truth ??= await readGroundTruth(run);
      wanted = truth[Number(/_(\d{8})\.JPEG$/i.exec(name)?.[1]) - 1] ?? "";
    }
    const label = labels.get(wanted);
    if (label === undefined) {
      throw unreadable(path, `its class ${JSON.stringify(wanted)} is not known`);
    }
    yield { name: path, entry, samples: [{ key: `${label}/${name}`, label }] };
  }
}

function isImage(path: string): string | undefined {
  return /(?:^|\/)([^/]+\.jpe?g)$/i.exec(path)?.[1];
}

/** WordNet ids of the validation images by their numbers, from the development kit. */
async function readGroundTruth(run: Conversion): Promise<readonly string[]> {
  const devkit = await run.find(files.devkit);
  const found = new Map<
    string,
    { readonly path: string; readonly bytes: Uint8Array<ArrayBuffer> }
  >();
  for await (const entry of rawEntries(devkit)) {
    const [, name] = /(?:^|\/)data\/(meta\.mat|ILSVRC2012_validation_ground_truth\.txt)$/
      .exec(entry.name) ?? [];
    if (name === undefined) continue;
    const path = entryPath(devkit, entry);
    const bytes = await readAll(entry.chunks(), { name: path, limit: longestDevkitFile });
    found.set(name, { path, bytes });
  }
  const [meta, truth] = ["meta.mat", "ILSVRC2012_validation_ground_truth.txt"].map((name) => {
    const file = found.get(name);
    if (file !== undefined) return file;
    throw unreadable(devkit.path, `it lacks "data/${name}"`);
  });
  const names = readSynsets(meta!.bytes, meta!.path);
  const text = new TextDecoder().decode(truth!.bytes);
  const range = { path: truth!.path, first: 1, last: 1_000_000 };
  return readFields({ path: truth!.path, text }, 1).map(([number]) =>
    names.get(readInteger(number!, range)) ?? ""
  );
}

/** WordNet ids by ILSVRC's own class numbers, from the table `synsets`. */
function readSynsets(bytes: Uint8Array<ArrayBuffer>, path: string): ReadonlyMap<number, string> {
  const table = readMat5(bytes, { name: path }).get("synsets");
  if (table?.kind !== "structures") {
    throw unreadable(path, 'it has no structures "synsets"');
  }
  return new Map(table.structures.map((synset) => {
    const number = synset.get("ILSVRC2012_ID");
    const name = synset.get("WNID");
    if (number?.kind !== "numbers" || name?.kind !== "text") {
      throw unreadable(path, "a synset lacks its number or its WordNet id");
    }
    return [number.data[0]!, name.text];
  }));
}
