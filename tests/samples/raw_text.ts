/**
 * Raw files of samples, read in the simplest way.
 *
 * @module
 */

import { join } from "../../lib/util/path.ts";

/** A whole text file. */
export function readText(path: string): Promise<string> {
  return Deno.readTextFile(path);
}

/** Paths of all files below a folder whose names end in one of some extensions, in any order. */
export async function findFiles(
  folder: string,
  extensions: readonly string[],
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await findFiles(path, extensions));
    else if (extensions.some((extension) => name.endsWith(`.${extension}`))) found.push(path);
  }
  return found;
}

/** Number of those files. */
export async function countFiles(
  folder: string,
  extensions: readonly string[],
): Promise<number> {
  return (await findFiles(folder, extensions)).length;
}
