/**
 * Solving symmetric positive definite systems in double precision.
 *
 * @module
 */

import { NumericError } from "../util/mod.ts";

/**
 * Solves A X = B by Cholesky's factorization.
 *
 * @param matrix A, row-major (size, size); only its lower triangle is read. Overwritten by the factor.
 * @param right B, row-major (size, columns). Overwritten by X.
 * @throws {NumericError} If A is not positive definite.
 */
export function choleskySolve(
  matrix: Float64Array,
  right: Float64Array,
  size: number,
  columns: number,
): void {
  factorize(matrix, size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) subtractRow(right, i, k, matrix[i * size + k]!, columns);
    divideRow(right, i, matrix[i * size + i]!, columns);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) subtractRow(right, i, k, matrix[k * size + i]!, columns);
    divideRow(right, i, matrix[i * size + i]!, columns);
  }
}

function factorize(matrix: Float64Array, size: number): void {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k]! * matrix[j * size + k]!;
      if (i !== j) {
        matrix[i * size + j] = sum / matrix[j * size + j]!;
        continue;
      }
      if (!(sum > 0)) {
        throw new NumericError(
          `Cannot solve the linear system: pivot ${i} is ${sum}, a positive number is wanted`,
        );
      }
      matrix[i * size + i] = Math.sqrt(sum);
    }
  }
}

function subtractRow(rows: Float64Array, to: number, from: number, by: number, columns: number) {
  for (let c = 0; c < columns; c++) rows[to * columns + c]! -= by * rows[from * columns + c]!;
}

function divideRow(rows: Float64Array, row: number, by: number, columns: number) {
  for (let c = 0; c < columns; c++) rows[row * columns + c]! /= by;
}
