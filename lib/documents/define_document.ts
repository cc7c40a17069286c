/**
 * The machine behind every JSON document on the disk: its header, its checks, and how it is read
 * and written.
 *
 * @module
 */

import type { z } from "zod";
import type { ValueSchema } from "../spec/mod.ts";
import {
  checkJson,
  DataError,
  explained,
  type FileSystem,
  ifThere,
  join,
  type Json,
  MissingError,
  parseJson,
  writeJsonAtomic,
} from "../util/mod.ts";

/** What every document begins with. */
export interface DocumentHeader {
  /** Name of the format. */
  readonly schema: string;
  /** Version of the format, counted from 1. */
  readonly version: number;
}

/** Where a kind of document lies, how it is told about, and in which versions it is. */
export interface DocumentKindOptions<Fields> {
  /**
   * The oldest version that can say what the fields say, which is the one that is written: the
   * newest by default. Where it is given, documents of all versions are read.
   */
  readonly versionOf?: (fields: Fields) => number;
  /**
   * Name of the document where it lies in a folder that it describes: it is then read from and
   * written to that folder.
   */
  readonly file?: string;
  /** Words for errors where the folder, and not the document, is what the user knows. */
  readonly words?: {
    /** What the folder is, such as `store`. */
    readonly what: string;
    readonly are: "it is" | "they are";
    /** Command that makes one. */
    readonly command: string;
  };
}

/** A kind of document, each with its header and fields. */
export interface DocumentKind<Document> {
  /** Name of the format. */
  readonly schema: string;
  /** Newest version that is read. */
  readonly version: number;
  /** Name of the document in its folder; empty where its path is the user's to choose. */
  readonly file: string;
  /** Schema of the fields behind the header. */
  readonly fields: ValueSchema<Omit<Document, keyof DocumentHeader>>;
  /** Adds the header to the fields of a new document. */
  make(fields: Omit<Document, keyof DocumentHeader>): Document;
  /** Whether a value is a document of this kind and version. */
  is(value: unknown): value is Document;
  /**
   * Checks a value.
   *
   * @param path Where it comes from, for the message.
   * @throws {DataError} If it is of another kind, of a newer version or damaged.
   */
  parse(value: unknown, path?: string): Document;
  /**
   * Checks the text of a document.
   *
   * @throws {DataError} If it is no JSON, of another kind, of a newer version or damaged.
   */
  parseText(text: string, path: string): Document;
  /**
   * Reads a document.
   *
   * @param path Of the document, or of the folder that it describes.
   * @throws {MissingError} If there is none.
   * @throws {StorageError} If it cannot be read.
   * @throws {DataError} As `parse` does.
   */
  read(path: string): Promise<Document>;
  /**
   * Writes a document: its name shows the old contents or the complete new ones.
   *
   * @param path Of the document, or of the folder that it describes.
   * @throws {StorageError} If it cannot be written.
   */
  write(path: string, document: Document, options?: DocumentOptions): Promise<void>;
}

/** Where a document is written; the real disk unless a test says otherwise. */
export interface DocumentOptions {
  /** Takes the place of the disk, such as one that fails in a test. */
  readonly fileSystem?: FileSystem;
}

/** Documents of a kind. */
export type DocumentOf<Kind> = Kind extends DocumentKind<infer Document> ? Document : never;

/**
 * Defines a kind of document.
 *
 * @param schema Name of the format.
 * @param version Newest version that is read, and the one that is written.
 * @param fields Schema of the fields behind the header.
 *
 * @example
 * ```ts
 * import { z } from "zod";
 * import { defineDocument } from "./define_document.ts";
 * const fields = z.strictObject({ text: z.string() });
 * const note = defineDocument("metamae/note", 1, fields);
 * console.assert(note.make({ text: "a" }).schema === "metamae/note");
 * ```
 */
export function defineDocument<Fields extends object>(
  schema: `metamae/${string}`,
  version: number,
  fields: z.ZodType<Fields>,
  { file = "", words, versionOf }: DocumentKindOptions<Fields> = {},
): DocumentKind<DocumentHeader & Fields> {
  type Document = DocumentHeader & Fields;
  type Given = Omit<Document, keyof DocumentHeader>;
  const oldest = versionOf === undefined ? version : 1;
  const isRead = (found: unknown) =>
    Number.isInteger(found) && Number(found) >= oldest && Number(found) <= version;
  const placeOf = (path: string) => file === "" ? path : join(path, file);
  const named = (path: string) =>
    words === undefined ? `"${placeOf(path)}"` : `the ${words.what} "${path}"`;
  const withHeader = (version: number, fields: Given) =>
    ({ schema, version, ...fields }) as unknown as Document;
  const parse = (value: unknown, path = "the document"): Document => {
    const { header, rest } = split(value);
    if (header.schema !== schema) throw otherKind(header.schema, schema, named(path), words);
    if (!isRead(header.version)) throw wrongVersion(header.version, version, named(path), words);
    const given = checkJson(rest, fields, named(path)) as unknown as Given;
    return withHeader(header.version as number, given);
  };
  const parseText = (text: string, path: string) => parse(parseJson(text, named(path)), path);
  return {
    schema,
    version,
    file,
    fields: fields as unknown as ValueSchema<Given>,
    make: (given) => withHeader(versionOf?.(given as unknown as Fields) ?? version, given),
    is: (value): value is Document => {
      const { header, rest } = split(value);
      const known = header.schema === schema && isRead(header.version);
      return known && fields.safeParse(rest).success;
    },
    parse,
    parseText,
    read: async (path) => {
      const place = placeOf(path);
      const reading = explained(`Cannot read "${place}"`, () => Deno.readTextFile(place));
      const text = await (words === undefined ? reading : ifThere(reading));
      if (text === undefined) throw absent(file, named(path), words);
      return parseText(text, path);
    },
    write: (path, document, options) => writeJsonAtomic(placeOf(path), document, options),
  };
}

/** The header of what may be a document, and what follows it. */
function split(value: unknown): {
  readonly header: { readonly schema?: unknown; readonly version?: unknown };
  readonly rest: unknown;
} {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { header: {}, rest: value };
  }
  const { schema, version, ...rest } = value as Record<string, Json>;
  return { header: { schema, version }, rest };
}

type Words = DocumentKindOptions<never>["words"];

function absent(file: string, named: string, words: Words): MissingError {
  const { are, command } = words!;
  return new MissingError(`Cannot open ${named}: there is no "${file}" in it`, {
    hint: `Make ${are === "it is" ? "one" : "them"} with ${command}`,
  });
}

function otherKind(found: unknown, schema: string, named: string, words: Words): DataError {
  return new DataError(
    `Cannot ${words === undefined ? "use" : "open"} ${named}: ` +
      `its schema is ${JSON.stringify(found)}, "${schema}" is wanted`,
  );
}

function wrongVersion(found: unknown, version: number, named: string, words: Words): DataError {
  if (typeof found !== "number" || found <= version) {
    return new DataError(
      `Cannot use ${named}: its version is ${JSON.stringify(found)}, ${version} is wanted`,
    );
  }
  if (words === undefined) {
    return new DataError(
      `Cannot use ${named}: its format version is ${found}, this program knows ${version}`,
      { hint: "Use the version of metamae that wrote it, or a newer one" },
    );
  }
  return new DataError(
    `Cannot open ${named}: ${words.are} of version ${found}, ` +
      `this program reads versions up to ${version}`,
    { hint: `Update metamae, or make the ${words.what} again with this version` },
  );
}
