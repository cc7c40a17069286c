/**
 * The engine: the only room that knows TensorFlow.js and libtensorflow.
 *
 * @module
 */

export { type EngineInfo, type EngineOptions, startEngine } from "./backend/backend.ts";
export {
  compile,
  type CompiledFunction,
  type CompileMode,
  type CompileOptions,
} from "./backend/compile.ts";
export { disposeTree, download, upload, uploadTree } from "./backend/tensors.ts";
export { type Tensor, tf } from "./backend/tf.ts";
export {
  entriesOf,
  type HostArray,
  type HostArrays,
  type HostTree,
  leavesOf,
  type StateDict,
  type TensorTree,
  withLeaves,
} from "./backend/tree.ts";
export { type Cluster, clusterFromEnvironment, serverAdvice } from "./cluster/cluster.ts";
export type { Exchange } from "./distributed/exchange.ts";
export { joinCluster, LostWorkerError, type Workers } from "./distributed/workers.ts";
export { exitNow, peakMemory } from "./native/process.ts";
export { createStepper, type NoInputs, type Step, type Stepper } from "./step/stepper.ts";
