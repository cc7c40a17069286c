/**
 * What every room needs: errors, files, hashes, paths, JSON, random numbers and workers.
 *
 * @module
 */

export { writeFileAtomic, writeJsonAtomic } from "./atomic_write.ts";
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
  unreadable,
  UsageError,
} from "./errors.ts";
export { lockFolder } from "./file_lock.ts";
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
export {
  basename,
  cacheDir,
  dirname,
  extname,
  fromFileUrl,
  join,
  resolve,
  type UserFolderOptions,
} from "./path.ts";
export {
  doubleField,
  floatField,
  integerField,
  message,
  messageField,
  protobufFields,
  textField,
} from "./protobuf.ts";
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
export { flagName, shellLine } from "./shell.ts";
export { stageFolder, writeFolder } from "./staged_folder.ts";
export { programVersion } from "./version.ts";
export {
  createWorkerPool,
  mapOrdered,
  serveJobs,
  usefulWorkers,
  type WorkerPool,
} from "./worker_pool.ts";
