/**
 * How many directions features use.
 *
 * @module
 */

import { type NdArray, symmetricEigenvalues } from "../util/mod.ts";

/**
 * RankMe: e to the entropy of the singular values, divided by their sum. 1 where all features lie on one
 * line through the origin, the smaller of samples and width where they fill the space evenly; 0 if all
 * of them are 0.
 *
 * Garrido et al., "RankMe: Assessing the Downstream Performance of Pretrained Self-Supervised
 * Representations by Their Rank", ICML 2023. A batch is a small sample: compare values of one batch size.
 *
 * @param features (N, D).
 */
export function effectiveRank({ shape, data }: NdArray<"float32">): number {
  const [samples, width] = shape as [number, number];
  const size = Math.min(samples, width);
  // Of the two products of the matrix with itself the smaller one has all its squared singular values.
  const gram = new Float64Array(size * size);
  const [along, across] = samples <= width ? [width, 1] : [1, width];
  const length = Math.max(samples, width);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) {
        sum += data[i * along + k * across]! * data[j * along + k * across]!;
      }
      gram[i * size + j] = sum;
    }
  }
  const singular = symmetricEigenvalues(gram, size).map((x) => Math.sqrt(Math.max(0, x)));
  const total = singular.reduce((sum, x) => sum + x, 0);
  if (total === 0) return 0;
  let entropy = 0;
  for (const value of singular) {
    const share = value / total;
    if (share !== 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/** Standard deviation of every feature over the samples, averaged over the features (N, D). */
export function featureDeviation({ shape, data }: NdArray<"float32">): number {
  const [samples, width] = shape as [number, number];
  let total = 0;
  for (let d = 0; d < width; d++) {
    let [sum, squares] = [0, 0];
    for (let n = 0; n < samples; n++) sum += data[n * width + d]!;
    for (let n = 0; n < samples; n++) squares += (data[n * width + d]! - sum / samples) ** 2;
    total += Math.sqrt(squares / samples);
  }
  return total / width;
}
