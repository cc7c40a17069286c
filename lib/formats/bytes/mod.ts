/**
 * Sources of bytes: files and pages of them.
 *
 * @module
 */

export {
  type ByteSource,
  chunkBytes,
  type Chunks,
  chunksOf,
  memorySource,
  openFileSource,
  pagedSource,
  readAll,
  readFileChunks,
  sliceSource,
} from "./byte_source.ts";
