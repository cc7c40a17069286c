/**
 * The raw files of a data set: found, downloaded, listed and unpacked.
 *
 * @module
 */

export { downloadFile, type DownloadOptions } from "./download.ts";
export { checkNetPermission } from "./http_body.ts";
export { listFolder } from "./list_folder.ts";
export { checkAllFound, formsOf, namedEntries, type NamedEntry } from "./named_entries.ts";
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
