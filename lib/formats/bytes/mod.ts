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
  readAll,
  readFileChunks,
  sliceSource,
} from "./byte_source.ts";
export { pagedSource } from "./byte_source.ts";
