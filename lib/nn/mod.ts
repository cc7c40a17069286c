/**
 * The parts that networks are made of.
 *
 * @module
 */

export type { Architecture, BackboneName } from "./architecture.ts";
export { type Gather, tokenCounts, wholeBatch } from "./batch_share.ts";
export {
  corruptedPart,
  largestPositions,
  markPositions,
  rotatePositions,
  visiblePositions,
} from "./corruption.ts";
export { createSequenceEncoder } from "./create_sequence_encoder.ts";
export {
  type Dropout,
  dropoutDraw,
  type DropoutDraws,
  keyedDropout,
  noDropout,
  type StepKey,
  uniformRows,
} from "./draws.ts";
export { linear, parameter, project } from "./linear.ts";
export {
  idsBelow,
  meanOver,
  taskContrast,
  taskLoss,
  taskTargets,
  tokenLoss,
  topOneAccuracy,
  type WeightedTokens,
} from "./losses.ts";
export { type MaskDraws, type MaskedAutoencoder, maskedAutoencoder } from "./masked_autoencoder.ts";
export { supportFromNoise, supportRows } from "./masking.ts";
export {
  constant,
  defaultLinearSpecs,
  type Initializer,
  type ParameterSpec,
} from "./parameter_spec.ts";
export { patchify } from "./patches.ts";
export { poolTokens, withoutCls } from "./pooling.ts";
export { projector, projectorSpecs, unitRows } from "./projector.ts";
export { publishedHeadWidth, type SequenceEncoder } from "./sequence_encoder.ts";
export { isHeadEntry, taskHeadSpecs, taskScores } from "./task_head.ts";
export {
  type AdaptationOptions,
  type AdaptedLatents,
  adaptLatents,
} from "./test_time_adaptation.ts";
export { type TokenSet, tokenSet } from "./token_set.ts";
