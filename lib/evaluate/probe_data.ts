/**
 * Features with labels, as the probes take them.
 *
 * @module
 */

import type { TaskSpec } from "../spec/mod.ts";
import { DataError, elementCount, type NdArray, NumericError } from "../util/mod.ts";

/** Features and labels of one split. */
export interface ProbeData {
  /** (N, D), or (N, L, D) for per-token tasks. */
  readonly features: NdArray<"float32">;
  /** (N), (N, classes) for multi-label, (N, L) for per-token tasks. */
  readonly labels: NdArray<"int32" | "float32">;
}

/** Rows of the feature matrix that one sample takes: its tokens for per-token tasks, else 1. */
export function rowsPerSample(features: NdArray): number {
  return features.shape.length === 3 ? features.shape[1]! : 1;
}

/**
 * Checks that features and labels fit each other and the task.
 *
 * @param name Name of the split, for messages.
 * @throws {DataError} If shapes do not fit, there are no samples, or a label is not of the task.
 * @throws {NumericError} If a feature is NaN or infinite.
 */
export function checkProbeData(
  { features, labels }: ProbeData,
  task: TaskSpec,
  name: string,
): void {
  const action = `Cannot probe the "${name}" features`;
  const samples = features.shape[0] ?? 0;
  const axes = task.kind === "per-token" ? 3 : 2;
  if (features.shape.length !== axes || samples === 0) {
    throw new DataError(
      `${action}: their shape is [${features.shape}], ${axes} axes and at least one sample are ` +
        "wanted",
    );
  }
  const perSample = task.kind === "multi-label"
    ? task.classes
    : task.kind === "per-token"
    ? features.shape[1]!
    : 1;
  if (labels.shape[0] !== samples || elementCount(labels.shape) !== samples * perSample) {
    throw new DataError(
      `${action}: the labels have shape [${labels.shape}], ${samples} x ${perSample} are wanted`,
    );
  }
  checkLabels(labels, task, action);
  const width = features.data.length / samples;
  const bad = features.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new NumericError(
      `${action}: sample ${Math.floor(bad / width)} holds ${features.data[bad]}, ` +
        `finite numbers are wanted`,
    );
  }
}

function checkLabels(labels: NdArray<"int32" | "float32">, task: TaskSpec, action: string): void {
  const regression = task.kind === "regression";
  const bound = task.kind === "multi-label" || task.kind === "binary" ? 2 : task.classes;
  const isGood = (label: number) =>
    regression ? Number.isFinite(label) : Number.isInteger(label) && label >= 0 && label < bound;
  const bad = labels.data.findIndex((label: number) => !isGood(label));
  if (bad < 0) return;
  const wanted = regression ? "a finite number is" : `0..${bound - 1} are`;
  throw new DataError(`${action}: label ${bad} is ${labels.data[bad]}, ${wanted} wanted`);
}

/** Copies feature rows and appends a constant 1 to each, for the bias: (rows, D + 1). */
export function withOnes(
  features: NdArray<"float32">,
  samples: ArrayLike<number>,
): NdArray<"float32"> {
  const width = features.shape.at(-1)!;
  const perSample = rowsPerSample(features);
  const out = new Float32Array(samples.length * perSample * (width + 1));
  let at = 0;
  for (let i = 0; i < samples.length; i++) {
    for (let row = samples[i]! * perSample; row < (samples[i]! + 1) * perSample; row++) {
      out.set(features.data.subarray(row * width, (row + 1) * width), at);
      at += width + 1;
      out[at - 1] = 1;
    }
  }
  return { dtype: "float32", shape: [samples.length * perSample, width + 1], data: out };
}
