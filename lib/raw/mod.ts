/**
 * The raw files of a data set: found, downloaded, listed and unpacked.
 *
 * @module
 */

export { downloadRaw, isFetchable } from "./download.ts";
export {
  checkAllFound,
  checkOfficial,
  entryPath,
  findRaw,
  formsOf,
  type FoundRaw,
  listFolder,
  namedEntries,
  type NamedEntry,
  type OfficialListener,
  rawContents,
  rawEntries,
  type RawFile,
  type RawForm,
} from "./raw_files.ts";
