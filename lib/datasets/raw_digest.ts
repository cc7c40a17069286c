/**
 * A digest by which changes of raw files are noticed, without reading them.
 *
 * @module
 */

import { storeManifest } from "../documents/mod.ts";
import { createHasher, ioErrorCode, join, resolve } from "../util/mod.ts";

/** Links may lead a folder back into itself. */
const deepestFolder = 32;

/** What the program itself writes beside stores: locks and unfinished folders. */
const ownName = /^\..+\.(lock|tmp-[0-9a-f]{8})$/;

/**
 * SHA-256 over names, sizes and modification times of a file, or of all files in a folder. What cannot be
 * read counts as such. Stores that lie among the files are passed over, so that they may be written there.
 *
 * @param output Path of a store that is being written, which is passed over whatever it holds yet.
 */
export async function rawDigest(raw: string, output: string): Promise<string> {
  const hasher = createHasher();
  const encoder = new TextEncoder();
  const add = (...facts: readonly unknown[]) => {
    hasher.update(encoder.encode(JSON.stringify(facts)));
  };
  const skipped = resolve(output);
  const above = new Set<string>();
  const visit = async (path: string, name: string): Promise<void> => {
    const { isDirectory, size, mtime, dev, ino } = await Deno.stat(path);
    if (!isDirectory) return add(name, size, mtime?.getTime() ?? 0);
    const folder = `${dev} ${ino}`;
    if (path === skipped || above.has(folder) || above.size >= deepestFolder) return;
    const names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
    if (names.includes(storeManifest.file)) return;
    above.add(folder);
    for (const entry of names) {
      if (!ownName.test(entry)) await attempt(join(path, entry), `${name}/${entry}`);
    }
    above.delete(folder);
  };
  const attempt = (path: string, name: string) =>
    visit(path, name).catch((error) => add(name, ioErrorCode(error) ?? "unknown"));
  await attempt(resolve(raw), "");
  return hasher.hex();
}
