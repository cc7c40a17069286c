/**
 * Archives: zip, tar and gzip.
 *
 * @module
 */

export { readArchive, readArchiveSource } from "./archive.ts";
export { type ArchiveEntry, safeEntryName } from "./archive_entry.ts";
export { gunzipFile } from "./gunzip_file.ts";
export { gunzipChunks, isGzip, unpackedChunks } from "./gzip.ts";
export { indexTar } from "./tar_index.ts";
export { readZip, type ZipEntry } from "./zip.ts";
