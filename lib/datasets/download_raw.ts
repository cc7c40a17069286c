/**
 * Fetching the official files of a data set: what `metamae tokenize --download` does first.
 *
 * @module
 */

import { checkNetPermission, downloadFile, type DownloadOptions } from "../raw/mod.ts";
import { explained, ioErrorCode, join, MissingError, UsageError } from "../util/mod.ts";
import type { Dataset, RawFile, TokenizeContext } from "./dataset.ts";

/** Options of {@linkcode downloadRaw}. */
export interface DownloadRawOptions extends Omit<DownloadOptions, "progress"> {
  readonly progress?: TokenizeContext["progress"];
  readonly warn?: TokenizeContext["warn"];
}

/** A file that can be fetched and checked. */
export type Fetchable = RawFile & { readonly url: string };

/**
 * Fetches the files of a data set that are not there, in none of their forms.
 *
 * Files without a known digest are left to the user, who is told so; those without an address are named
 * when they are looked for and missing.
 *
 * @param folder The folder of raw files.
 * @throws {UsageError} If the data set has no official files.
 * @throws {MissingError} If none of the missing files can be fetched, or a permission is missing.
 * @throws {DataError} If what arrives is not the official file.
 * @throws {StorageError} If a server or the disk fails.
 */
export async function downloadRaw(
  dataset: Pick<Dataset, "id" | "files">,
  folder: string,
  options: DownloadRawOptions = {},
): Promise<void> {
  const action = `Cannot download the files of "${dataset.id}"`;
  if (dataset.files.length === 0) {
    throw new UsageError(`${action}: it has no official files`);
  }
  const wanted: RawFile[] = [];
  for (const file of dataset.files) if (!(await isThere(folder, file))) wanted.push(file);
  const fetchable = wanted.filter(isFetchable);
  if (wanted.length > 0 && fetchable.length === 0) {
    const names = wanted.map(({ path }) => `"${path}"`).join(", ");
    throw new MissingError(
      `${action}: neither address nor digest are known of ${names}, so that ` +
        "they could be fetched and checked",
      { hint: `Run "metamae datasets ${dataset.id}" to see how to get them` },
    );
  }
  for (const { path, url } of wanted) {
    if (url === undefined || fetchable.some((file) => file.path === path)) continue;
    options.warn?.(
      `"${path}" is not fetched, since no digest of it is known: get it from ${url} and put it at ` +
        `"${join(folder, path)}"`,
    );
  }
  await checkNetPermission(fetchable.map(({ url }) => url), action);
  const { progress, ...rest } = options;
  for (const file of fetchable) {
    await downloadFile(file, join(folder, file.path), {
      ...rest,
      progress: (done, total) =>
        progress?.(done / 1e6, total === undefined ? total : total / 1e6, `MB of ${file.path}`),
    });
  }
}

/** Whether a file has an address and a digest to check it with. */
export function isFetchable(file: RawFile): file is Fetchable {
  return file.url !== undefined && (file.sha256 !== undefined || file.md5 !== undefined);
}

async function isThere(folder: string, { path, alternatives = [] }: RawFile): Promise<boolean> {
  for (const form of [path, ...alternatives]) {
    const place = join(folder, form);
    if (await explained(`Cannot read "${place}"`, () => exists(place))) return true;
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(ioErrorCode(error) ?? "")) return false;
    throw error;
  }
}
