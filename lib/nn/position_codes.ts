/**
 * Fixed sine-cosine position codes, as in the published MetaMAE code.
 *
 * For width m and position t with omega_j = 10000^(-j / (m/2)): the code is all sines of t omega_j,
 * then all cosines. Tables are computed in float64; row 0 belongs to CLS and is zero.
 *
 * @module
 */

import { type InputSpec, patchCount } from "../spec/mod.ts";

/** Code of one position, float64 (width); the width must be even. */
function code(position: number, width: number): Float64Array {
  const half = width / 2;
  const out = new Float64Array(width);
  for (let j = 0; j < half; j++) {
    const angle = position * 10000 ** (-j / half);
    out[j] = Math.sin(angle);
    out[half + j] = Math.cos(angle);
  }
  return out;
}

/**
 * Table for a sequence.
 *
 * @returns float64 of shape (length + 1, width), row-major, CLS first.
 * @throws {RangeError} If the width is odd.
 */
export function sequenceCodes(length: number, width: number): Float64Array<ArrayBuffer> {
  checkDivisible(width, 2);
  const table = new Float64Array((length + 1) * width);
  for (let i = 0; i < length; i++) table.set(code(i, width), (i + 1) * width);
  return table;
}

/**
 * Table for a grid of patches in row-major order: the first half of a code is that of the column,
 * the second half that of the row.
 *
 * @returns float64 of shape (rows * columns + 1, width), row-major, CLS first.
 * @throws {RangeError} If the width is no multiple of 4.
 */
export function gridCodes(rows: number, columns: number, width: number): Float64Array<ArrayBuffer> {
  checkDivisible(width, 4);
  const table = new Float64Array((rows * columns + 1) * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = (row * columns + column + 1) * width;
      table.set(code(column, width / 2), start);
      table.set(code(row, width / 2), start + width / 2);
    }
  }
  return table;
}

/** Table of an input, float32 of shape (L + 1, width). */
export function positionTable(input: InputSpec, width: number): Float32Array<ArrayBuffer> {
  if (input.kind === "image") {
    const rows = input.height / input.patch;
    return Float32Array.from(gridCodes(rows, input.width / input.patch, width));
  }
  return Float32Array.from(sequenceCodes(patchCount(input), width));
}

function checkDivisible(width: number, by: number): void {
  if (width % by !== 0) {
    throw new RangeError(
      `Cannot make position codes: the width ${width} is no multiple of ${by}`,
    );
  }
}
