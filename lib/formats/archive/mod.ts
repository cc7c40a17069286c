/**
 * Archives: zip, tar and gzip.
 *
 * @module
 */

export { readArchive, readArchiveSource } from "./archive.ts";
export { type ArchiveEntry, cannotUnpack, safeEntryName } from "./archive_entry.ts";
export { gunzipChunks, gunzipFile, isGzip, unpackedChunks } from "./gzip.ts";
export { indexTar } from "./tar.ts";
export { readZip, type ZipEntry } from "./zip.ts";
