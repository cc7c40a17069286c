/**
 * Finds the raw files of a data set in the user's folder, packed or unpacked, and reads them.
 *
 * @module
 */

import {
  type ArchiveEntry,
  cannotUnpack,
  gunzipChunks,
  gunzipFile,
  isGzip,
  readArchive,
  readArchiveSource,
  readZip,
  safeEntryName,
  unpackedChunks,
} from "../formats/archive/mod.ts";
import { type Chunks, openFileSource, readFileChunks } from "../formats/bytes/mod.ts";
import {
  basename,
  DataError,
  dirname,
  explained,
  hashFile,
  ioErrorCode,
  join,
  MissingError,
  statIfThere,
  unreadable,
} from "../util/mod.ts";

/** Files of this size are worth a worker that unpacks them. */
const largeFile = 2 ** 24;

/** Links may lead a folder back into itself. */
const deepestFolder = 32;

/** One form in which a raw file or folder may be there. */
export interface RawForm {
  /** Path below the raw folder. */
  readonly path: string;
  /** Address that it is downloaded from, if there is one. */
  readonly url?: string;
  /** Size in bytes, if it is known. */
  readonly bytes?: number;
  /** SHA-256 of the contents in hexadecimal digits, if it is known. */
  readonly sha256?: string;
  /** MD5 of the contents in hexadecimal digits, if it is known. */
  readonly md5?: string;
  /** How to get it where no address works. */
  readonly how?: string;
  /** Name of the archive inside this one that holds the data, where there is one. */
  readonly inner?: string;
}

/** A raw file or folder of the official distribution. */
export interface RawFile extends RawForm {
  /**
   * What is accepted in its place, such as the unpacked folder: a path, or a form with more to it.
   */
  readonly alternatives?: readonly (string | RawForm)[];
}

/** All forms of a raw file, the official one first. */
export function formsOf({ alternatives = [], ...official }: RawFile): readonly RawForm[] {
  const others = alternatives.map((form) => typeof form === "string" ? { path: form } : form);
  return [official, ...others];
}

/** A form that was found. */
export interface FoundRaw {
  /** Form that the raw folder holds. */
  readonly form: RawForm;
  /** Where it is. */
  readonly path: string;
  /** Whether it is one file or a folder of files. */
  readonly kind: "file" | "folder";
  /** Size in bytes, as the file system states it. */
  readonly bytes: number;
}

/**
 * The first form of a raw file that is there. `raw` may also name a form itself.
 *
 * @param dataset Id for the message.
 * @param raw The user's folder of raw files.
 * @throws {MissingError} If there is none; the message says which file to put where.
 */
export async function findRaw(
  dataset: string,
  raw: string | undefined,
  file: RawFile,
): Promise<FoundRaw> {
  const folder = raw ?? ".";
  const forms = formsOf(file);
  for (const form of forms) {
    const inside = await statForm(form, join(folder, form.path));
    if (inside !== undefined) return inside;
    if (basename(folder) === basename(form.path)) {
      const itself = await statForm(form, folder);
      if (itself !== undefined) return itself;
    }
  }
  const [official, ...others] = forms;
  const alternatives = others.map(({ path }) => `"${path}"`).join(", ");
  throw new MissingError(
    `Cannot tokenize "${dataset}": "${join(folder, official!.path)}" is missing` +
      (alternatives === "" ? "" : ` (${alternatives} would do as well)`),
    { hint: howToGet(official!, folder) },
  );
}

function howToGet({ path, url, how }: RawForm, folder: string): string {
  const source = url !== undefined ? `Download ${url}` : how ?? "Get it from the official site";
  return `${source} and put it at "${join(folder, path)}"`;
}

async function statForm(form: RawForm, path: string): Promise<FoundRaw | undefined> {
  const found = await statIfThere(path);
  return found && { form, path, kind: found.isDirectory ? "folder" : "file", bytes: found.size };
}

/** Who is told about a file that is not the official one. */
export interface OfficialListener {
  warn(message: string): void;
}

/**
 * Compares a file with the digest of the official one.
 *
 * A file of another size is another release or a trial, which is worth a warning; a file of the
 * official size with another digest is damaged.
 *
 * @returns Whether the file is known to be the official one.
 * @throws {DataError} If it is damaged.
 */
export async function checkOfficial(
  { form, path, kind, bytes }: FoundRaw,
  listener: OfficialListener,
): Promise<boolean> {
  const name = form.sha256 !== undefined ? "sha256" : "md5";
  const wanted = form.sha256 ?? form.md5;
  if (kind === "folder" || wanted === undefined) return false;
  if (form.bytes !== undefined && form.bytes !== bytes) {
    listener.warn(
      `"${path}" is not the official file: it has ${bytes} bytes, the official one has ` +
        form.bytes,
    );
    return false;
  }
  const found = await hashFile(path, name);
  if (found === wanted) return true;
  if (form.bytes !== undefined) {
    throw unreadable(path, `it is damaged, its ${name} is ${found}, the official one is ${wanted}`);
  }
  listener.warn(`"${path}" is not the official file: its ${name} is ${found}, wanted ${wanted}`);
  return false;
}

/**
 * The files of an archive, or of a folder that an archive was unpacked to, under the names that
 * they have in the archive.
 *
 * A folder is walked in the order of the names. It is the user's own, so links in it are followed.
 *
 * @throws {DataError} If the archive is damaged, or folders are nested endlessly.
 */
export async function* rawEntries(found: FoundRaw): AsyncGenerator<ArchiveEntry> {
  const { form, path, kind } = found;
  if (kind === "folder") yield* walkFolder(path, basename(form.path));
  else if (form.inner === undefined) yield* readArchive(path);
  else yield* innerEntries(path, form.inner);
}

/** A single file of data. */
export interface RawContents {
  /** Name for messages. */
  readonly name: string;
  readonly chunks: Chunks;
}

/**
 * The contents of a file that was found, or of the file inside it that the form names; unpacked if
 * it is a gzip file.
 */
export async function rawContents({ form, path, bytes }: FoundRaw): Promise<RawContents> {
  const { inner } = form;
  if (inner !== undefined) {
    const name = join(path, inner);
    return { name, chunks: unpackedChunks(entryChunks(path, inner), { name }) };
  }
  await using source = await openFileSource(path);
  const isPacked = isGzip(await source.read(0, Math.min(2, source.size)));
  const name = path;
  if (!isPacked) return { name, chunks: readFileChunks(path) };
  return {
    name,
    chunks: bytes < largeFile
      ? gunzipChunks(readFileChunks(path), { name })
      : gunzipFile(path, { name }),
  };
}

async function* entryChunks(path: string, inner: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const entry of readArchive(path)) {
    if (basename(entry.name) === inner) return yield* entry.chunks();
  }
  throw cannotUnpack(path, `it has no "${inner}"`);
}

/** Where an entry is: its path on the disk, or in the archive behind the archive's path. */
export function entryPath({ path, kind }: FoundRaw, entry: ArchiveEntry): string {
  return join(kind === "folder" ? dirname(path) : path, entry.name);
}

/** The files of an archive that is an entry of a zip archive. */
async function* innerEntries(path: string, inner: string): AsyncGenerator<ArchiveEntry> {
  await using outer = await openFileSource(path);
  const entry = (await readZip(outer)).find(({ name }) => basename(name) === inner);
  if (entry === undefined) throw cannotUnpack(path, `it has no "${inner}"`);
  yield* readArchiveSource(await entry.source());
}

async function* walkFolder(folder: string, name: string, depth = 0): AsyncGenerator<ArchiveEntry> {
  if (depth > deepestFolder) {
    throw new DataError(
      `Cannot list the folder "${folder}": it lies more than ${deepestFolder} levels deep`,
    );
  }
  const entries = await explained(
    `Cannot list the folder "${folder}"`,
    () => Array.fromAsync(Deno.readDir(folder)),
  );
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of entries) {
    const path = join(folder, entry.name);
    const entryName = safeEntryName(folder, `${name}/${entry.name}`);
    const { isDirectory, size } = await explained(`Cannot read "${path}"`, () => Deno.stat(path));
    if (isDirectory) yield* walkFolder(path, entryName, depth + 1);
    else yield { name: entryName, size, chunks: () => readFileChunks(path) };
  }
}

/** A file that was asked for. */
export interface NamedEntry {
  /** The name that was asked for. */
  readonly name: string;
  /** Where it is, for messages. */
  readonly path: string;
  /** The contents, unpacked if the file itself is packed with gzip; of an archive only once. */
  chunks(): Chunks;
}

/**
 * The files with some names, wherever they lie, in the order of the archive; each may also end in
 * `.gz`. Names that are not there are passed over.
 */
export async function* namedEntries(
  found: FoundRaw,
  names: readonly string[],
): AsyncGenerator<NamedEntry> {
  if (found.kind === "file" && names.includes(basename(found.path))) {
    const folder = dirname(found.path);
    for (const name of names) {
      const path = join(folder, name);
      if ((await statIfThere(path))?.isFile) yield openEntry(name, path, readFileChunks);
    }
    return;
  }
  for await (const entry of rawEntries(found)) {
    const name = basename(entry.name).replace(/\.gz$/, "");
    if (names.includes(name)) yield openEntry(name, entryPath(found, entry), () => entry.chunks());
  }
}

function openEntry(name: string, path: string, open: (path: string) => Chunks): NamedEntry {
  return { name, path, chunks: () => unpackedChunks(open(path), { name: path }) };
}

/**
 * Checks that all files were found.
 *
 * @throws {MissingError} If one is missing; the message says which ones and where.
 */
export function checkAllFound(
  dataset: string,
  { path }: FoundRaw,
  names: readonly string[],
  foundNames: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): void {
  const missing = names.filter((name) => !foundNames.has(name)).map((name) => `"${name}"`);
  if (missing.length === 0) return;
  const place = names.includes(basename(path)) ? dirname(path) : path;
  throw new MissingError(`Cannot tokenize "${dataset}": "${place}" lacks ${missing.join(", ")}`);
}

/**
 * Names of the entries of a folder, sorted; none if there is no such folder.
 *
 * @throws {StorageError} If the folder cannot be read.
 */
export function listFolder(folder: string): Promise<readonly string[]> {
  return explained(`Cannot list the folder "${folder}"`, async () => {
    try {
      const entries = await Array.fromAsync(Deno.readDir(folder));
      return entries.map(({ name }) => name).sort();
    } catch (error) {
      if (["ENOENT", "ENOTDIR"].includes(ioErrorCode(error) ?? "")) return [];
      throw error;
    }
  });
}
