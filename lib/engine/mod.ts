/**
 * The engine: the only room that knows TensorFlow.js and libtensorflow.
 *
 * @module
 */

export { type EngineInfo, type EngineOptions, startEngine } from "./backend/backend.ts";
export { collectGarbage } from "./native/process.ts";
export {
  compile,
  type CompiledFunction,
  type CompileMode,
  type TensorFunction,
} from "./backend/compile.ts";
export { disposeTree, download, downloadTree, upload, uploadTree } from "./backend/tensors.ts";
export { type Tensor, type TensorTree, tf } from "./backend/tf.ts";
export { type Cluster, clusterFromEnvironment } from "./cluster/cluster.ts";
export { serverAdvice } from "./cluster/cluster.ts";
export type { Exchange } from "./distributed/exchange.ts";
export { joinCluster } from "./distributed/workers.ts";
export { LostWorkerError, type Workers } from "./distributed/workers.ts";
export { exitNow } from "./native/process.ts";
export { peakMemory } from "./native/process.ts";
