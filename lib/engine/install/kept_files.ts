/**
 * The files of wheels that an engine keeps, checked against the lists inside the wheels.
 *
 * A wheel lists its files with their SHA-256, and its own digest was checked when it was fetched:
 * so a file that fits the list is the published one, whatever unpacked it.
 *
 * @module
 */

import { readZip, type ZipEntry } from "../../formats/archive/mod.ts";
import { openFileSource } from "../../formats/bytes/mod.ts";
import {
  createHasher,
  DataError,
  dirname,
  explained,
  type FileSystem,
  hashFile,
  join,
} from "../../util/mod.ts";
import type { EngineBuild } from "./engine_builds.ts";
import type { InstalledEngine } from "../../documents/mod.ts";

/** A kept file: path in the wheel, size, SHA-256. */
export type KeptFile = InstalledEngine["files"][number];

/** Options of {@linkcode keepUnpackedFiles} and {@linkcode unpackKeptFiles}. */
export interface KeepOptions {
  readonly fileSystem: FileSystem;
  /** Stops between two pieces of a file. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Moves what a build keeps out of unpacked wheels, and waits until it is on the disk.
 *
 * @param unpacked Folder of the unpacked wheels, with their `*.dist-info`.
 * @param folder Where the files go, under the same relative paths.
 * @returns The files by path.
 * @throws {DataError} If a library is absent or a file is not the listed one.
 */
export async function keepUnpackedFiles(
  build: EngineBuild,
  unpacked: string,
  folder: string,
  { fileSystem, signal }: KeepOptions,
): Promise<readonly KeptFile[]> {
  const lists = (await namesIn(unpacked)).filter((name) => name.endsWith(".dist-info"))
    .map((name) => join(unpacked, name, "RECORD"));
  const files: KeptFile[] = [];
  for (const list of lists) {
    const text = await explained(`Cannot read "${list}"`, () => Deno.readTextFile(list));
    files.push(...listedFiles(text, build.keeps));
  }
  for (const file of files) {
    signal?.throwIfAborted();
    const source = join(unpacked, file.path);
    if (await hashFile(source) !== file.sha256) throw notListed(build, file);
    const target = join(folder, file.path);
    await explained(`Cannot write "${target}"`, async () => {
      await fileSystem.makeFolder(dirname(target));
      await fileSystem.rename(source, target);
      await syncFile(target);
      await fileSystem.syncFolder(dirname(target));
    });
  }
  return complete(build, files);
}

/**
 * Unpacks what a build keeps out of wheels, and waits until it is on the disk.
 *
 * @param wheels Folder of the wheels.
 * @param folder Where the files go, under the same relative paths.
 * @returns The files by path.
 * @throws {DataError} If a wheel is damaged, or a library is absent or not the listed one.
 */
export async function unpackKeptFiles(
  build: EngineBuild,
  wheels: string,
  folder: string,
  options: KeepOptions,
): Promise<readonly KeptFile[]> {
  const files: KeptFile[] = [];
  for (const name of (await namesIn(wheels)).filter((name) => name.endsWith(".whl"))) {
    await using source = await openFileSource(join(wheels, name));
    const entries = new Map((await readZip(source)).map((entry) => [entry.name, entry]));
    const list = entries.keys().find((path) => /^[^/]+\.dist-info\/RECORD$/.test(path));
    if (list === undefined) throw new DataError(`Cannot use "${name}": it holds no RECORD`);
    const text = new TextDecoder().decode(await contentsOf(entries.get(list)!));
    for (const file of listedFiles(text, build.keeps)) {
      const entry = entries.get(file.path);
      const target = join(folder, file.path);
      const sha256 = entry === undefined ? undefined : await unpackEntry(entry, target, options);
      if (sha256 !== file.sha256) throw notListed(build, file);
      files.push(file);
    }
  }
  return complete(build, files);
}

/** Writes an entry of an archive to a new file; returns its SHA-256. */
async function unpackEntry(
  entry: ZipEntry,
  target: string,
  { fileSystem, signal }: KeepOptions,
): Promise<string> {
  const hasher = createHasher();
  await explained(`Cannot write "${target}"`, async () => {
    await fileSystem.makeFolder(dirname(target));
    const file = await fileSystem.create(target);
    try {
      for await (const chunk of entry.chunks()) {
        signal?.throwIfAborted();
        hasher.update(chunk);
        await file.write(chunk);
      }
      await file.sync();
    } finally {
      file.close();
    }
    // Archives keep the mode of programs such as ptxas in a field that no reader has to know.
    if (/\/bin\//.test(entry.name)) await Deno.chmod(target, 0o755);
    await fileSystem.syncFolder(dirname(target));
  });
  return hasher.hex();
}

async function contentsOf(entry: ZipEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.size);
  let done = 0;
  for await (const chunk of entry.chunks()) {
    bytes.set(chunk, done);
    done += chunk.length;
  }
  return bytes;
}

/** The files to keep of a wheel's list, by path. */
function listedFiles(list: string, keeps: RegExp): readonly KeptFile[] {
  const files: KeptFile[] = [];
  for (const line of list.split(/\r?\n/)) {
    // Names with commas or quotes are quoted; no library has one.
    const [, path, digest, bytes] = /^([^",]+),sha256=([\w-]+),(\d+)$/.exec(line) ?? [];
    if (path === undefined || !keeps.test(path) || path.split("/").includes("..")) continue;
    files.push({ path, bytes: Number(bytes), sha256: hexOfBase64Url(digest!) });
  }
  return files;
}

function complete(build: EngineBuild, files: readonly KeptFile[]): readonly KeptFile[] {
  const missing = [build.library, build.framework].find((wanted) =>
    files.every(({ path }) => path !== wanted)
  );
  if (missing === undefined) return files.toSorted((a, b) => a.path < b.path ? -1 : 1);
  throw new DataError(
    `Cannot install TensorFlow ${build.version}: the wheels hold no "${missing}"`,
  );
}

function notListed(build: EngineBuild, { path }: KeptFile): DataError {
  return new DataError(
    `Cannot install TensorFlow ${build.version}: "${path}" is not the file that its wheel lists`,
  );
}

function hexOfBase64Url(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from(binary, (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

function namesIn(folder: string): Promise<readonly string[]> {
  return explained(
    `Cannot read "${folder}"`,
    () => Array.fromAsync(Deno.readDir(folder), ({ name }) => name),
  );
}

async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}
