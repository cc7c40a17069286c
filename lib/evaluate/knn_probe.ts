/**
 * The weighted nearest-neighbour probe: the k training samples that are nearest by cosine
 * similarity vote with weight exp(similarity / temperature).
 *
 * k = 20 and temperature 0.07 are fixed (Wu et al. 2018 and the probes built on it use this
 * weighting); nothing is tuned on test data.
 *
 * @module
 */

import { type CompileMode, createStepper, type Tensor, tf, upload } from "../engine/mod.ts";
import { outputCount, type TaskSpec } from "../spec/mod.ts";
import { float32, type NdArray } from "../util/mod.ts";
import { checkProbeData, type ProbeData } from "./probe_data.ts";
import type { Scores } from "./scores.ts";

/** Number of neighbours. */
export const knnNeighbours = 20;
/** Temperature of the votes. */
export const knnTemperature = 0.07;

/** Options of {@linkcode knnProbe}. */
export interface KnnOptions {
  readonly task: TaskSpec;
  /** Number of neighbours; 20 by default, and no more than there are training samples. */
  readonly neighbours?: number;
  /** Temperature of the votes; 0.07 by default. */
  readonly temperature?: number;
  readonly compile?: CompileMode;
}

/** What the neighbours vote for, and how many they were. */
export interface KnnFit {
  readonly scores: Scores;
  readonly neighbours: number;
}

/** The most similar training samples of every test sample, the nearest first. */
export interface Neighbours {
  /** Row-major (test samples, k). */
  readonly indices: Int32Array;
  /** Cosine similarities, row-major (test samples, k). */
  readonly similarities: Float32Array;
}

const [testBlock, trainBlock] = [256, 4096];

/**
 * Predicts every test sample from its nearest training samples: shares of the votes for classes,
 * weighted means of the targets for regression.
 *
 * For tasks with a label a sample: tokens of a sample have no neighbours of their own.
 *
 * @throws {DataError} If features and labels do not fit the task.
 */
export async function knnProbe(
  train: ProbeData,
  test: ProbeData,
  options: KnnOptions,
): Promise<KnnFit> {
  const { task, temperature = knnTemperature } = options;
  checkProbeData(train, task, "train");
  checkProbeData(test, task, "test");
  const samples = test.features.shape[0]!;
  const count = Math.min(options.neighbours ?? knnNeighbours, train.features.shape[0]!);
  const found = await findNeighbours(train.features, test.features, count, options.compile);
  const outputs = outputCount(task);
  const isClass = task.kind === "single-label";
  const values = new Float64Array(samples * outputs);
  for (let i = 0; i < samples; i++) {
    // Relative to the nearest, so that the exponential cannot overflow at low temperatures.
    const nearest = found.similarities[i * count]!;
    let total = 0;
    for (let k = i * count; k < (i + 1) * count; k++) {
      const weight = Math.exp((found.similarities[k]! - nearest) / temperature);
      const neighbour = found.indices[k]!;
      total += weight;
      if (isClass) values[i * outputs + train.labels.data[neighbour]!]! += weight;
      else {
        for (let o = 0; o < outputs; o++) {
          values[i * outputs + o]! += weight * train.labels.data[neighbour * outputs + o]!;
        }
      }
    }
    for (let o = 0; o < outputs; o++) values[i * outputs + o]! /= total;
  }
  return { scores: { values, labels: test.labels.data, samples }, neighbours: count };
}

/** Finds the `count` most similar training rows of every test row; the lower index wins a tie. */
export async function findNeighbours(
  train: NdArray<"float32">,
  test: NdArray<"float32">,
  count: number,
  mode: CompileMode = "off",
): Promise<Neighbours> {
  const samples = test.shape[0]!;
  const indices = new Int32Array(samples * count);
  const similarities = new Float32Array(samples * count).fill(-Infinity);
  const stepper = createStepper(
    (block: Tensor, queries: Tensor) => ({
      results: tf.matMul(queries as tf.Tensor2D, block as tf.Tensor2D, false, true) as Tensor,
    }),
    { name: "cosine similarities", mode },
  );
  try {
    const queries = Array.from(
      { length: Math.ceil(samples / testBlock) },
      (_, block) => unitRows(test, block * testBlock, testBlock),
    );
    for (let start = 0; start < train.shape[0]!; start += trainBlock) {
      const rows = upload(unitRows(train, start, trainBlock));
      for (const [block, query] of queries.entries()) {
        const { results: { shape, data } } = await stepper.run(rows, query);
        const [samples, columns] = shape as [number, number];
        for (let i = 0; i < samples; i++) {
          const row = data.subarray(i * columns, (i + 1) * columns);
          const at = (block * testBlock + i) * count;
          insertLargest(
            similarities.subarray(at, at + count),
            indices.subarray(at, at + count),
            row,
            start,
          );
        }
      }
      rows.dispose();
    }
  } finally {
    stepper.dispose();
  }
  return { indices, similarities };
}

/** Merges a row of similarities into the sorted largest ones so far. */
function insertLargest(
  largest: Float32Array,
  indices: Int32Array,
  row: ArrayLike<number>,
  offset: number,
): void {
  const last = largest.length - 1;
  for (let j = 0; j < row.length; j++) {
    const value = row[j]!;
    if (!(value > largest[last]!)) continue;
    let k = last;
    for (; k > 0 && value > largest[k - 1]!; k--) {
      largest[k] = largest[k - 1]!;
      indices[k] = indices[k - 1]!;
    }
    largest[k] = value;
    indices[k] = offset + j;
  }
}

/** Rows scaled to length 1; a row of zeros stays zero. */
function unitRows(features: NdArray<"float32">, start: number, most: number): NdArray<"float32"> {
  const width = features.shape[1]!;
  const rows = Math.min(most, features.shape[0]! - start);
  const out = features.data.slice(start * width, (start + rows) * width);
  for (let i = 0; i < rows; i++) {
    const row = out.subarray(i * width, (i + 1) * width);
    let square = 0;
    for (const value of row) square += value * value;
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let d = 0; d < width; d++) row[d]! *= scale;
  }
  return float32([rows, width], out);
}
