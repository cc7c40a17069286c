/**
 * How many tokens a method keeps or corrupts, as the published implementations count them.
 *
 * Both counts come from a product of doubles, and its rounding shows: 20 tokens at a mask ratio of
 * 0.8 keep 3, because 1 - 0.8 is a little below 0.2. So the arithmetic must be exactly this.
 *
 * @module
 */

/**
 * Visible tokens of MAE and MetaMAE: `length * (1 - maskRatio)`, truncated.
 *
 * @param length Tokens of a sample.
 * @param maskRatio Share of masked tokens, in 0..1.
 */
export function keptCount(length: number, maskRatio: number): number {
  return Math.trunc(length * (1 - maskRatio));
}

/**
 * Corrupted tokens of the DABS methods (ShED, Capri, MAE by zeroing): `length * rate`, rounded up.
 *
 * @param length Tokens of a sample.
 * @param rate Share of corrupted tokens, in 0..1.
 */
export function corruptedCount(length: number, rate: number): number {
  return Math.ceil(length * rate);
}
