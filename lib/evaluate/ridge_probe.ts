/**
 * Ridge regression onto the labels in closed form: a probe without learning rate, epochs or order,
 * which shows whether the linear probe was trained long enough.
 *
 * Classes are regressed as 0/1 columns. The intercept is not penalized: features and targets are
 * centred. Everything is computed in double precision.
 *
 * @module
 */

import { outputCount, type TaskSpec } from "../spec/mod.ts";
import { checkProbeData, type ProbeData } from "./probe_data.ts";
import type { Scores } from "./scores.ts";
import { NumericError } from "../util/mod.ts";

/**
 * The penalty, fixed, in units of the mean scatter of the features: squared deviations from the
 * mean, summed over samples.
 */
export const ridgePenalty = 1e-3;

/** What ridge regression predicts, and how it was computed. */
export interface RidgeFit {
  readonly scores: Scores;
  /** The penalty that was added to the diagonal. */
  readonly lambda: number;
}

/**
 * Fits ridge regression on the training split and predicts the test split.
 *
 * @throws {DataError} If features and labels do not fit the task.
 */
export function ridgeProbe(train: ProbeData, test: ProbeData, task: TaskSpec): RidgeFit {
  checkProbeData(train, task, "train");
  checkProbeData(test, task, "test");
  const width = train.features.shape.at(-1)!;
  const outputs = outputCount(task);
  const features = train.features.data;
  const rows = features.length / width;

  const center = columnMeans(features, rows, width);
  const target = targetReader(train, task, outputs);
  const targetCenter = new Float64Array(outputs);
  for (let i = 0; i < rows; i++) target(i, (o, value) => targetCenter[o]! += value / rows);

  const gram = new Float64Array(width * width);
  const moments = new Float64Array(width * outputs);
  const row = new Float64Array(width);
  for (let i = 0; i < rows; i++) {
    for (let d = 0; d < width; d++) row[d] = features[i * width + d]! - center[d]!;
    for (let d = 0; d < width; d++) {
      const [value, start] = [row[d]!, d * width];
      for (let e = 0; e <= d; e++) gram[start + e]! += value * row[e]!;
    }
    // Centring the features alone suffices here: their sum over the samples is zero.
    target(i, (o, value) => {
      for (let d = 0; d < width; d++) moments[d * outputs + o]! += row[d]! * value;
    });
  }

  let trace = 0;
  for (let d = 0; d < width; d++) trace += gram[d * width + d]!;
  const lambda = trace === 0 ? 1 : ridgePenalty * trace / width;
  for (let d = 0; d < width; d++) gram[d * width + d]! += lambda;
  choleskySolve(gram, moments, width, outputs);

  const values = predict(test.features.data, center, moments, targetCenter);
  return { scores: { values, labels: test.labels.data, samples: test.features.shape[0]! }, lambda };
}

type TargetReader = (row: number, add: (output: number, value: number) => void) => void;

/** Calls back for every target of a row that is not zero. */
function targetReader({ labels }: ProbeData, task: TaskSpec, outputs: number): TargetReader {
  const isClass = task.kind === "single-label" || task.kind === "per-token";
  if (isClass) return (row, add) => add(labels.data[row]!, 1);
  return (row, add) => {
    for (let o = 0; o < outputs; o++) {
      const value = labels.data[row * outputs + o]!;
      if (value !== 0) add(o, value);
    }
  };
}

function columnMeans(values: Float32Array, rows: number, width: number): Float64Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i++) sums[i % width]! += values[i]!;
  return sums.map((sum) => sum / rows);
}

function predict(
  features: Float32Array,
  center: Float64Array,
  weights: Float64Array,
  intercept: Float64Array,
): Float64Array {
  const [width, outputs] = [center.length, intercept.length];
  const rows = features.length / width;
  const out = new Float64Array(rows * outputs);
  for (let i = 0; i < rows; i++) {
    for (let o = 0; o < outputs; o++) out[i * outputs + o] = intercept[o]!;
    for (let d = 0; d < width; d++) {
      const value = features[i * width + d]! - center[d]!;
      for (let o = 0; o < outputs; o++) out[i * outputs + o]! += value * weights[d * outputs + o]!;
    }
  }
  return out;
}

/**
 * Solves A X = B by Cholesky's factorization.
 *
 * @param matrix A, row-major (size, size); only its lower triangle is read. Overwritten by the
 * factor.
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
