/**
 * The images of ImageNet (ILSVRC 2012), from its official archives or from folders by class.
 *
 * Labels are the positions of the sorted WordNet ids. The training archive holds an archive for every
 * class; each is read where it lies, so that nothing is unpacked and the 140 GB are read once.
 *
 * @module
 */

import { type ArchiveEntry, indexTar, readArchiveSource } from "../../formats/archive/mod.ts";
import { openFileSource, readAll, sliceSource } from "../../formats/bytes/mod.ts";
import { readMat5 } from "../../formats/tensor/mod.ts";
import { checkOfficial, entryPath, findRaw, type FoundRaw, rawEntries } from "../../raw/mod.ts";
import { DataError, explained, join, MissingError } from "../../util/mod.ts";
import type { RawFile, TokenizeContext } from "../dataset.ts";
import { readFields, readInteger } from "./text_lines.ts";
import type { ImageFile } from "./tokenize_images.ts";

/** Classes, and images of both parts. */
export const imagenetCounts = { classes: 1_000, train: 1_281_167, validation: 50_000 };

const how = "Register at https://www.image-net.org and download ILSVRC 2012, task 1 and 2";

/** The official files, and the folders that stand for them. */
export const imagenetFiles = {
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
} as const satisfies Readonly<Record<string, RawFile>>;

/** What is there. */
export interface ImagenetParts {
  readonly train: FoundRaw;
  /** Absent if only the training images are there. */
  readonly validation: FoundRaw | undefined;
  /** WordNet ids, sorted. */
  readonly classes: readonly string[];
}

const wordnetId = /^n\d{8}$/;
const longestDevkitFile = 2 ** 26;

/**
 * Finds the parts.
 *
 * @param id Id of the data set, for messages.
 * @throws {MissingError} If there are no training images.
 */
export async function findImagenet(
  id: string,
  context: TokenizeContext,
): Promise<ImagenetParts> {
  const train = await findPart(id, context, imagenetFiles.train);
  await checkOfficial(train, context);
  const validation = await findPart(id, context, imagenetFiles.validation).catch((error) => {
    if (error instanceof MissingError) return undefined;
    throw error;
  });
  if (validation !== undefined) await checkOfficial(validation, context);
  const classes = await listClasses(train);
  if (classes.length === 0 || classes.length > imagenetCounts.classes) {
    throw new DataError(
      `Cannot read "${train.path}": it holds ${classes.length} classes (n01440764 and so on), ` +
        `1 to ${imagenetCounts.classes} are wanted`,
    );
  }
  return { train, validation, classes };
}

function findPart(id: string, context: TokenizeContext, file: RawFile): Promise<FoundRaw> {
  const { alternatives = [], ...official } = file;
  return findRaw(id, context.raw, [official, ...alternatives.map((path) => ({ path }))]);
}

async function listClasses({ path, kind }: FoundRaw): Promise<readonly string[]> {
  if (kind === "folder") {
    const entries = await explained(
      `Cannot list the folder "${path}"`,
      () => Array.fromAsync(Deno.readDir(path)),
    );
    return entries.map(({ name }) => name).filter((name) => wordnetId.test(name)).sort();
  }
  await using source = await openFileSource(path);
  const members = await indexTar(source);
  return members.map(({ name }) => name.replace(/\.tar$/, "")).filter((name) =>
    wordnetId.test(name)
  ).sort();
}

/**
 * The training images, class by class in the order of the labels. Keys are label and file name, such as
 * `3/n01443537_10007.JPEG`.
 */
export async function* readTrainImages(
  { train, classes }: ImagenetParts,
  signal: AbortSignal,
): AsyncGenerator<ImageFile> {
  const labels = new Map(classes.map((name, label) => [name, label]));
  for await (const { folder, entry, path } of trainEntries(train, classes)) {
    signal.throwIfAborted();
    const label = labels.get(folder);
    const name = isImage(entry.name);
    if (label === undefined || name === undefined) continue;
    yield { picture: { key: `${label}/${name}`, label }, name: path, entry };
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
export async function* readValidationImages(
  id: string,
  { validation, classes }: ImagenetParts,
  context: TokenizeContext,
): AsyncGenerator<ImageFile> {
  if (validation === undefined) return;
  const labels = new Map(classes.map((name, label) => [name, label]));
  let truth: readonly string[] | undefined;
  for await (const entry of rawEntries(validation)) {
    context.signal.throwIfAborted();
    const name = isImage(entry.name);
    if (name === undefined) continue;
    const path = entryPath(validation, entry);
    let wanted = entry.name.split("/").at(-2) ?? "";
    if (!wordnetId.test(wanted)) {
      truth ??= await readGroundTruth(id, context);
      wanted = truth[Number(/_(\d{8})\.JPEG$/i.exec(name)?.[1]) - 1] ?? "";
    }
    const label = labels.get(wanted);
    if (label === undefined) {
      throw new DataError(
        `Cannot read "${path}": its class ${JSON.stringify(wanted)} is not known`,
      );
    }
    yield { picture: { key: `${label}/${name}`, label }, name: path, entry };
  }
}

function isImage(path: string): string | undefined {
  return /(?:^|\/)([^/]+\.jpe?g)$/i.exec(path)?.[1];
}

/** WordNet ids of the validation images by their numbers, from the development kit. */
async function readGroundTruth(id: string, context: TokenizeContext): Promise<readonly string[]> {
  const devkit = await findPart(id, context, imagenetFiles.devkit);
  await checkOfficial(devkit, context);
  const files = new Map<
    string,
    { readonly path: string; readonly bytes: Uint8Array<ArrayBuffer> }
  >();
  for await (const entry of rawEntries(devkit)) {
    const [, name] = /(?:^|\/)data\/(meta\.mat|ILSVRC2012_validation_ground_truth\.txt)$/
      .exec(entry.name) ?? [];
    if (name === undefined) continue;
    const path = entryPath(devkit, entry);
    const bytes = await readAll(entry.chunks(), { name: path, limit: longestDevkitFile });
    files.set(name, { path, bytes });
  }
  const [meta, truth] = ["meta.mat", "ILSVRC2012_validation_ground_truth.txt"].map((name) => {
    const file = files.get(name);
    if (file !== undefined) return file;
    throw new DataError(`Cannot read "${devkit.path}": it lacks "data/${name}"`);
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
    throw new DataError(`Cannot read "${path}": it has no structures "synsets"`);
  }
  return new Map(table.structures.map((synset) => {
    const number = synset.get("ILSVRC2012_ID");
    const name = synset.get("WNID");
    if (number?.kind !== "numbers" || name?.kind !== "text") {
      throw new DataError(`Cannot read "${path}": a synset lacks its number or its WordNet id`);
    }
    return [number.data[0]!, name.text];
  }));
}
