/**
 * Random generators, orders and splits of the reference implementations.
 *
 * @module
 */

export { drawWindows, type Recording, type WindowDraw } from "./splits.ts";
export { randomState, sampleOrder } from "./numpy_random.ts";
export { type PythonRandom, pythonRandom } from "./python_random.ts";
export {
  type CaptionSwap,
  cutSplit,
  groupedSplit,
  sampledRows,
  shuffledSplit,
  type SplitProtocol,
  swapCaptions,
  testCount,
  trainCount,
} from "./splits.ts";
export { tfdsOrder, tfdsShards } from "./tfds.ts";
export { tfdsRecordBytes } from "./tfds.ts";
