/**
 * The annotation files of COCO and of what builds on it, read element by element.
 *
 * @module
 */

import { z } from "zod";
import { type Chunks, readFileChunks } from "../../formats/bytes/mod.ts";
import { type JsonElement, readJsonArrays } from "../../formats/text/mod.ts";
import { entryPath, type FoundRaw, rawEntries } from "../../raw/mod.ts";
import { basename, checkJson, MissingError, unreadable } from "../../util/mod.ts";

const id = z.number().int().nonnegative();
const caption = z.object({ ["image_id"]: id, caption: z.string() });
const category = z.object({ id, name: z.string() });
const instance = z.object({ ["image_id"]: id, ["category_id"]: id });

/** Where annotations are read. */
export interface AnnotationFile {
  /** Id of the data set, for messages. */
  readonly dataset: string;
  /** Archive or folder; or the file itself. */
  readonly found: FoundRaw;
  /** Name of the file. */
  readonly file: string;
}

/**
 * Elements of arrays in an annotation file.
 *
 * @throws {MissingError} If the archive or folder lacks the file.
 * @throws {DataError} If it is damaged.
 */
export async function* annotationElements(
  { dataset, found, file }: AnnotationFile,
  arrays: readonly string[],
): AsyncGenerator<JsonElement & { readonly what: string }> {
  const read = async function* (chunks: Chunks, name: string) {
    for await (const element of readJsonArrays(chunks, { name, arrays })) {
      yield { ...element, what: `the element ${element.index} of "${element.array}" in "${name}"` };
    }
  };
  if (found.kind === "file" && basename(found.path) === file) {
    return yield* read(readFileChunks(found.path), found.path);
  }
  for await (const entry of rawEntries(found)) {
    if (basename(entry.name) === file) {
      return yield* read(entry.chunks(), entryPath(found, entry));
    }
  }
  throw new MissingError(`Cannot tokenize "${dataset}": "${found.path}" lacks "${file}"`);
}

/**
 * The caption of every image: the last one that the file has. Images are in the order of their
 * first captions.
 */
export async function readCaptions(file: AnnotationFile): Promise<ReadonlyMap<number, string>> {
  const captions = new Map<number, string>();
  for await (const { value, what } of annotationElements(file, ["annotations"])) {
    const { image_id: image, caption: text } = checkJson(value, caption, what);
    captions.set(image, text);
  }
  if (captions.size === 0) throw unreadable(file.file, "it has no captions");
  return captions;
}

/** What instance annotations say. */
export interface ImageCategories {
  /** Class of every image that has an instance: the one of its last instance. */
  readonly classes: ReadonlyMap<number, number>;
  /** Names of the classes in the order of the file's list. */
  readonly names: readonly string[];
}

/**
 * The category of every image, as its position in the file's list of categories.
 *
 * @throws {DataError} If an instance has a category that is not in the list.
 */
export async function readCategories(file: AnnotationFile): Promise<ImageCategories> {
  const ranks = new Map<number, number>();
  const names: string[] = [];
  const last = new Map<number, number>();
  const arrays = ["annotations", "categories"];
  for await (const { array, value, what } of annotationElements(file, arrays)) {
    if (array === "categories") {
      const { id, name } = checkJson(value, category, what);
      ranks.set(id, names.length);
      names.push(name);
    } else {
      const { image_id: image, category_id: found } = checkJson(value, instance, what);
      last.set(image, found);
    }
  }
  const classes = new Map<number, number>();
  for (const [image, found] of last) {
    const rank = ranks.get(found);
    if (rank === undefined) {
      throw unreadable(
        file.file,
        `image ${image} has the category ${found}, which is not in ` +
          `the list of ${names.length} categories`,
      );
    }
    classes.set(image, rank);
  }
  return { classes, names };
}
