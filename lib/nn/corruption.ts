/**
 * Which positions the methods of the DABS benchmark corrupt, on the host, from uniform draws.
 *
 * One draw covers the whole sequence, so that with several modalities the share of each varies from
 * sample to sample.
 *
 * @module
 */

import { float32, int32, type NdArray } from "../util/mod.ts";

/**
 * Positions of the largest draws of every row in decreasing order of the draw, ties by position.
 *
 * @param noise Uniform draws (N, L).
 * @param count Positions a row.
 * @returns int32 (N, count).
 */
export function largestPositions(noise: NdArray<"float32">, count: number): NdArray<"int32"> {
  const [samples, length] = noise.shape as [number, number];
  const out = int32([samples, count]);
  for (let n = 0; n < samples; n++) {
    out.data.set(descending(noise.data.subarray(n * length, (n + 1) * length), count), n * count);
  }
  return out;
}

/**
 * Marks chosen positions.
 *
 * @param positions int32 (N, count), values in 0..length-1.
 * @returns 1 at the positions and 0 elsewhere, float32 (N, length).
 */
export function markPositions(positions: NdArray<"int32">, length: number): NdArray<"float32"> {
  const [samples, count] = positions.shape as [number, number];
  const marks = float32([samples, length]);
  positions.data.forEach((position, i) => {
    marks.data[Math.floor(i / count) * length + position] = 1;
  });
  return marks;
}

/**
 * Blanks the positions of the largest draws of every row.
 *
 * @param noise Uniform draws (N, L).
 * @param count Blanked positions a row.
 * @returns 0 at the blanked positions and 1 elsewhere, float32 (N, L).
 */
export function visiblePositions(noise: NdArray<"float32">, count: number): NdArray<"float32"> {
  const marks = markPositions(largestPositions(noise, count), noise.shape[1]!);
  return float32(marks.shape, marks.data.map((mark) => 1 - mark));
}

/** A permutation of every row and its inverse, int32 (N, L). */
export interface Rotation {
  /** Where the value of every position comes from. */
  readonly keep: NdArray<"int32">;
  /** Where the value of every position goes to. */
  readonly restore: NdArray<"int32">;
}

/**
 * Rotates chosen positions by one: each takes the value of the one before it in the list, the first
 * that of the last; all others stay.
 *
 * @param positions int32 (N, count), distinct values in 0..length-1.
 */
export function rotatePositions(positions: NdArray<"int32">, length: number): Rotation {
  const [samples, count] = positions.shape as [number, number];
  const keep = int32([samples, length]);
  const restore = int32([samples, length]);
  for (let i = 0; i < samples * length; i++) keep.data[i] = restore.data[i] = i % length;
  for (let n = 0; n < samples; n++) {
    for (let k = 0; k < count; k++) {
      const target = positions.data[n * count + k]!;
      const source = positions.data[n * count + (k + count - 1) % count]!;
      keep.data[n * length + target] = source;
      restore.data[n * length + source] = target;
    }
  }
  return { keep, restore };
}

/** The corrupted positions of one stretch of the sequence, as many for every sample. */
export interface CorruptedPart {
  /** Positions in the stretch, the corrupted ones first, int32 (N, K). */
  readonly keep: NdArray<"int32">;
  /** For every position of the stretch its place among them all, int32 (N, size). */
  readonly restore: NdArray<"int32">;
  /** 1 where a kept position is corrupted, 0 where it only fills the row up, float32 (N, K). */
  readonly weights: NdArray<"float32">;
}

/**
 * The corrupted positions of one modality: at most `count` or all of it, in decreasing order of the
 * draw. The number of corrupted positions differs between samples, the shapes do not.
 *
 * @param noise Uniform draws (N, L) of the whole sequence.
 * @param count Corrupted positions of the whole sequence.
 * @param start First position of the modality.
 * @param size Positions of the modality.
 */
export function corruptedPart(
  noise: NdArray<"float32">,
  count: number,
  start: number,
  size: number,
): CorruptedPart {
  const [samples, length] = noise.shape as [number, number];
  const marks = markPositions(largestPositions(noise, count), length);
  const kept = Math.min(count, size);
  const keep = int32([samples, kept]);
  const restore = int32([samples, size]);
  const weights = float32([samples, kept]);
  for (let n = 0; n < samples; n++) {
    const first = n * length + start;
    const order = descending(noise.data.subarray(first, first + size), size);
    order.forEach((position, place) => {
      restore.data[n * size + position] = place;
      if (place >= kept) return;
      keep.data[n * kept + place] = position;
      weights.data[n * kept + place] = marks.data[first + position]!;
    });
  }
  return { keep, restore, weights };
}

function descending(row: Float32Array, count: number): number[] {
  const order = Array.from(row, (_, i) => i).sort((a, b) => row[b]! - row[a]! || a - b);
  return order.slice(0, count);
}
