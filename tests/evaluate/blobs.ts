/**
 * Small labelled feature sets for tests of the probes.
 *
 * @module
 */

import type { ProbeData } from "../../lib/evaluate/probe_data.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { drawKey, integer, normals } from "../../lib/util/random.ts";

/** Width of the features. */
export const blobWidth = 8;

/** A task of every kind, three classes where there are classes. */
export const tasks: Readonly<Record<TaskSpec["kind"], TaskSpec>> = {
  "single-label": { kind: "single-label", classes: 3, metric: "accuracy" },
  binary: { kind: "binary", classes: 2, metric: "accuracy" },
  "multi-label": { kind: "multi-label", classes: 3, metric: "auroc" },
  regression: { kind: "regression", classes: 1, metric: "spearman" },
  "per-token": { kind: "per-token", classes: 3, metric: "accuracy", ignoreLabel: 2 },
};

/** Tokens of a sample of the per-token task. */
export const blobTokens = 5;

/**
 * Features that tell the labels linearly, up to noise: feature j of class c is 3 where j = c, and
 * the label of a regression is feature 0.
 */

export function blobs(task: TaskSpec, samples: number, seed: number): ProbeData {
  const perToken = task.kind === "per-token";
  const rows = samples * (perToken ? blobTokens : 1);
  const features = normals(drawKey(seed, "features"), rows * blobWidth);
  const key = drawKey(seed, "labels");
  const columns = task.kind === "multi-label" ? task.classes : 1;
  const labels = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++) {
      if (task.kind === "regression") {
        labels[i] = features[i * blobWidth]!;
        continue;
      }
      const label = integer(key, i * columns + c, columns > 1 ? 2 : task.classes);
      labels[i * columns + c] = label;
      if (columns > 1) features[i * blobWidth + c]! += 3 * label;
      else features[i * blobWidth + label]! += 3;
    }
  }
  const featureShape = perToken ? [samples, blobTokens, blobWidth] : [samples, blobWidth];
  const labelShape = perToken
    ? [samples, blobTokens]
    : columns > 1
    ? [samples, columns]
    : [samples];
  const array = task.kind === "regression" ? float32 : int32;
  return { features: float32(featureShape, features), labels: array(labelShape, labels) };
}

/** The same data with the labels of the samples exchanged among them. */
export function permuteLabels({ features, labels }: ProbeData, seed: number): ProbeData {
  const samples = labels.shape[0]!;
  const width = labels.data.length / samples;
  const order = Array.from({ length: samples }, (_, i) => i);
  for (let i = samples - 1; i > 0; i--) {
    const j = integer(drawKey(seed, "exchange"), i, i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  const data = labels.data.slice();
  order.forEach((from, to) => {
    data.set(labels.data.subarray(from * width, (from + 1) * width), to * width);
  });
  return { features, labels: { ...labels, data } as ProbeData["labels"] };
}
