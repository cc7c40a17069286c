/**
 * Random generators, orders and splits of the reference implementations.
 *
 * @module
 */

export { randomState, sampleOrder } from "./numpy_random.ts";
export { type PythonRandom, pythonRandom } from "./python_random.ts";
export {
  type CaptionSwap,
  cutSplit,
  drawWindows,
  groupedSplit,
  type Recording,
  sampledRows,
  shuffledSplit,
  type SplitProtocol,
  swapCaptions,
  testCount,
  trainCount,
  type WindowDraw,
} from "./splits.ts";
export { tfdsOrder, tfdsRecordBytes, tfdsShards } from "./tfds.ts";
