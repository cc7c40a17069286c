/**
 * The raw files of a data set: found, downloaded, listed and unpacked.
 *
 * @module
 */

export { downloadFile, type DownloadOptions } from "./download.ts";
export { checkNetPermission } from "./http_body.ts";
export { listFolder } from "./raw_files.ts";
export { checkAllFound, formsOf, namedEntries, type NamedEntry } from "./raw_files.ts";
export {
  checkOfficial,
  entryPath,
  findRaw,
  type FoundRaw,
  type OfficialListener,
  rawContents,
  rawEntries,
  type RawForm,
} from "./raw_files.ts";
