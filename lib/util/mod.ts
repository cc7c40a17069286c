/**
 * What every room needs: errors, files, hashes, paths, JSON, random numbers and workers.
 *
 * @module
 */

export { temporarySibling, writeFileAtomic, writeJsonAtomic } from "./atomic_write.ts";
export { concatBytes, readFully } from "./bytes.ts";
export {
  AppError,
  DataError,
  type ExitCode,
  LockedError,
  lookUp,
  MissingError,
  nearest,
  NumericError,
  reasonOf,
  ScoreError,
  StorageError,
  UsageError,
} from "./errors.ts";
export { type FileLock, lockFolder } from "./file_lock.ts";
export {
  disk,
  type FileSystem,
  ifThere,
  namesIn,
  statIfThere,
  type WritableFile,
} from "./file_system.ts";
export { createHasher, feedFile, type Hasher, hashFile, type HashName, sha256 } from "./hash.ts";
export { explained, explainIoError, ioErrorCode } from "./io_errors.ts";
export {
  canonicalJson,
  checkJson,
  duplicateName,
  type Json,
  parseJson,
  prettyJson,
  readJson,
} from "./json.ts";
export { createMd5 } from "./md5.ts";
export {
  byteSize,
  type Dtype,
  elementCount,
  float32,
  int32,
  type NdArray,
  ndarray,
  type TypedArrays,
  typedArrays,
} from "./ndarray.ts";
export { basename, dirname, extname, fromFileUrl, join, resolve } from "./path.ts";
export { cacheDir, type UserFolderOptions } from "./paths.ts";
export {
  doubleField,
  floatField,
  integerField,
  message,
  messageField,
  textField,
} from "./protobuf.ts";
export { readFields } from "./protobuf_reader.ts";
export {
  type DrawKey,
  drawKey,
  integer,
  mix32,
  normals,
  permuted,
  uniform,
  uniforms,
} from "./random.ts";
export { type StagedFolder, stageFolder, writeFolder } from "./staged_folder.ts";
export { symmetricEigenvalues } from "./symmetric_eigenvalues.ts";
export { programVersion } from "./version.ts";
export {
  createWorkerPool,
  mapOrdered,
  serveJobs,
  usefulWorkers,
  type WorkerPool,
} from "./worker_pool.ts";
