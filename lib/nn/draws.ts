/**
 * Random draws of a training step, made on the host and handed to the step as inputs.
 *
 * @module
 */

import type { HostTree, Tensor } from "../engine/mod.ts";
import { dropout, dropoutKey } from "../engine/ops/mod.ts";
import { drawKey, float32, int32, type NdArray, uniform } from "../util/mod.ts";

/** Identifies the draws of one training step. */
export interface StepKey {
  /** Seed of the run. */
  readonly seed: number;
  /** Zero-based step. */
  readonly step: number;
  /** Position of the first sample of this batch in the global batch. */
  readonly firstSample: number;
  /** Number of samples in this batch. */
  readonly samples: number;
  /** Samples of the global batch, where this is a part of it. */
  readonly batchSize?: number;
}

/** What {@linkcode keyedDropout} reads: the key of the dropout of a step, int32 (3). */
export type DropoutDraws = { readonly dropout: Tensor };

/** Applies dropout at a numbered place of the model. */
export type Dropout = (x: Tensor, place: number) => Tensor;

/** The dropout of evaluation mode. */
export const noDropout: Dropout = (x) => x;

/**
 * Uniform draws (N, length), each row keyed by (seed, purpose, step, sample), so that a batch split
 * over workers draws what the whole batch draws.
 */
export function uniformRows(key: StepKey, purpose: string, length: number): NdArray<"float32"> {
  const out = float32([key.samples, length]);
  for (let n = 0; n < key.samples; n++) {
    const row = drawKey(key.seed, purpose, key.step, key.firstSample + n);
    for (let i = 0; i < length; i++) out.data[n * length + i] = uniform(row, i);
  }
  return out;
}

/** The key of the dropout of a step. */
export function dropoutDraw(key: StepKey): HostTree<DropoutDraws> {
  const words = dropoutKey(drawKey(key.seed, "dropout", key.step), key.firstSample);
  return { dropout: int32([3], words) };
}

/** Dropout of a training step, from its draws. */
export function keyedDropout({ dropout: key }: DropoutDraws, rate: number): Dropout {
  if (rate === 0) return noDropout;
  return (x, layer) => dropout(x, { key, layer, rate });
}
