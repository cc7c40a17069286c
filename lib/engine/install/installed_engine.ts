/**
 * The record of an installed engine: `engine.json`, written last, so that a folder without it is
 * not one.
 *
 * @module
 */

import { z } from "zod";
import {
  cacheDir,
  checkJson,
  DataError,
  explainIoError,
  join,
  parseJson,
  type UserFolderOptions,
} from "../../util/mod.ts";

/** Name of the record in the folder of an engine. */
export const recordName = "engine.json";

const schema = z.strictObject({
  schema: z.literal("metamae/engine"),
  version: z.literal(1),
  /** Name of the build, which is the name of the folder. */
  id: z.string(),
  /** Version of TensorFlow. */
  tensorflow: z.string(),
  gpu: z.boolean(),
  /** The program that installed it. */
  installer: z.string(),
  /** The pinned requirements that it was installed from. */
  requirements: z.array(z.string()).readonly(),
  files: z.array(z.strictObject({
    path: z.string(),
    bytes: z.number().int().nonnegative(),
    sha256: z.string(),
  })).readonly(),
});

/** What was installed. */
export type InstalledEngine = Readonly<z.infer<typeof schema>>;

/** Folder of all installed engines in the user's cache folder. */
export function engineFolder(options: UserFolderOptions = {}): string {
  return join(cacheDir(options), "engine");
}

/**
 * Reads the record of an engine and checks that its files are there, by name and size.
 *
 * @param folder Folder of one engine.
 * @throws {MissingError} If there is no such folder, no record, or a file is absent.
 * @throws {DataError} If the record is damaged or a file has another size.
 * @throws {StorageError} If it cannot be read.
 */
export function readInstalledEngine(folder: string): InstalledEngine {
  const path = join(folder, recordName);
  const record = checkJson(
    parseJson(reading(path, () => Deno.readTextFileSync(path)), `"${path}"`),
    schema,
    `"${path}"`,
  );
  for (const file of record.files) {
    const size = reading(
      join(folder, file.path),
      () => Deno.statSync(join(folder, file.path)).size,
    );
    if (size !== file.bytes) {
      throw new DataError(
        `Cannot use "${
          join(folder, file.path)
        }": it has ${size} bytes, ${file.bytes} were installed`,
      );
    }
  }
  return record;
}

function reading<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw explainIoError(error, `Cannot read "${path}"`);
  }
}
