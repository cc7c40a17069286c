/**
 * Puts the files of an archive into a folder, for tests of unpacked raw files.
 *
 * @module
 */

import { readArchive } from "../../lib/formats/archive/archive.ts";
import { readAll } from "../../lib/formats/bytes/byte_source.ts";
import { dirname, join } from "../../lib/util/path.ts";

/** Runs a test in a new folder, which is removed afterwards. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "metamae test " });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Unpacks an archive into a folder. */
export async function unpack(archive: string, folder: string): Promise<void> {
  for await (const entry of readArchive(archive)) {
    const path = join(folder, entry.name);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, await readAll(entry.chunks(), { name: path, limit: 2 ** 28 }));
  }
}
