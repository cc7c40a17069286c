/**
 * Archives: zip, tar and gzip.
 *
 * @module
 */

export { readArchive, readArchiveSource } from "./archive.ts";
export { type ArchiveEntry, cannotUnpack, safeEntryName } from "./archive_entry.ts";
export { gunzipFile } from "./gzip.ts";
export { gunzipChunks, isGzip, unpackedChunks } from "./gzip.ts";
export { indexTar } from "./tar.ts";
export { readZip, type ZipEntry } from "./zip.ts";
