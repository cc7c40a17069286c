/** Small results for the tests of the report. */

import type {
  AdaptationRecord,
  CurveRecord,
  Experiment,
  GalleryRecord,
  MetricResult,
  ScoreRecord,
} from "../../lib/report/results.ts";
import { drawKey, normals, uniform } from "../../lib/util/random.ts";

/** An experiment of a method on a data set. */
export function experiment(
  dataset: string,
  method: string,
  settings: Experiment["settings"] = {},
  pretrain = dataset,
): Experiment {
  return { dataset, variant: "default", pretrain, method, settings };
}

/** A metric with an interval of the given half width. */
export function metric(value: number, half?: number): MetricResult {
  if (half === undefined) return { value };
  return { value, interval: { low: value - half, high: value + half, kind: "samples" } };
}

/** Options of {@linkcode scoreRecord}. */
export interface ScoreRecordOptions {
  readonly seed?: number;
  readonly metric?: string;
  readonly half?: number;
  readonly scores?: ScoreRecord["scores"];
  readonly notes?: readonly string[];
  readonly source?: string;
}

/** A record whose linear probe on z has the given value (a fraction), or null for a reason. */
export function scoreRecord(
  of: Experiment,
  value: number | null,
  options: ScoreRecordOptions = {},
): ScoreRecord {
  const name = options.metric ?? "accuracy";
  const result: MetricResult = value === null
    ? { value: null, reason: "the predictions are all equal" }
    : metric(value, options.half);
  const seed = options.seed ?? 0;
  return {
    experiment: of,
    seed,
    source: options.source ?? `results/${of.dataset}-${of.method}-${seed}.json`,
    metric: name,
    testSamples: 2000,
    scores: [
      { probe: "linear", latent: "z", metrics: { [name]: result } },
      ...options.scores ?? [],
    ],
    notes: options.notes ?? [],
    provenance: { Configuration: "0123abcd", Data: "89ef4567", Engine: "tensorflow 2.21" },
  };
}

/** Losses around adaptation. */
export function adaptation(of: Experiment, before: number, after: number): AdaptationRecord {
  const losses = { before, after };
  return { experiment: of, seed: 0, source: "features", losses, steps: 1, learningRate: 0.5 };
}

/** A falling training curve. */
export function curve(of: Experiment, start: number, end: number, seed = 0): CurveRecord {
  const points = Array.from({ length: 100 }, (_, i) => ({
    step: 10 * (i + 1),
    loss: end + (start - end) * Math.exp(-i / 20) + 0.02 * uniform(drawKey(seed, of.method), i),
  }));
  return { experiment: of, seed, source: `runs/${of.method}`, points };
}

/** A gallery with one modality of smooth images, of the given number of channels. */
export function imageGallery(of: Experiment, channels: number, side = 16): GalleryRecord {
  const input = { kind: "image", channels, height: side, width: side, patch: 4 } as const;
  const size = channels * side * side;
  const samples = Array.from({ length: 6 }, (_, n) => {
    const original = Float32Array.from({ length: size }, (_, i) => {
      const [y, x] = [Math.floor(i / side) % side, i % side];
      return Math.sin((x + n) / 3 + Math.floor(i / side ** 2)) * Math.cos(y / (2 + n));
    });
    const noise = normals(drawKey(n, "noise"), size);
    const mask = Array.from(
      { length: (side / 4) ** 2 },
      (_, l) => uniform(drawKey(n, "mask"), l) < 0.5 ? 1 : 0,
    );
    const blurred = (amount: number) =>
      original.map((v, i) => v * (1 - amount) + noise[i]! * amount);
    return { original, mask, before: blurred(0.4), after: blurred(0.15) };
  });
  return { experiment: of, seed: 0, source: "features", modalities: [{ input, samples }] };
}
