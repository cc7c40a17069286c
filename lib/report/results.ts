/**
 * What a report is made of, after reading and before grouping: scores, runs, adaptations,
 * galleries.
 *
 * @module
 */

import type { DocumentOf, gridCells } from "../documents/mod.ts";
import type { ImageLook, InputSpec } from "../spec/mod.ts";
import type { GallerySample } from "./gallery.ts";
import type { Interval } from "./statistics.ts";

/** What was trained on what, and how: equal for results that differ only in the seed. */
export interface Experiment {
  /** Data set that was evaluated, by registry id. */
  readonly dataset: string;
  /** Variant of the evaluated data set. */
  readonly variant: string;
  /** Data set that was pretrained on. */
  readonly pretrain: string;
  /** Method id. */
  readonly method: string;
  /** Settings that shape the numbers, by name, such as `learningRate`; the seed is not one. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
}

/** A metric of a probe, or why it is undefined. */
export type MetricResult =
  | {
    /** A fraction in 0..1, or a correlation. */
    readonly value: number;
    readonly interval?: Interval;
    /** Values in bootstrap resamples; those of two results pair up if their keys are equal. */
    readonly replicates?: { readonly key: string; readonly values: readonly number[] };
    /** A remark, such as that a class was left out. */
    readonly note?: string;
  }
  | { readonly value: null; readonly reason: string };

/** Metrics of one probe on one kind of latents. */
export interface ProbeScore {
  /** `linear`, `knn`, `ridge`. */
  readonly probe: string;
  /** `z` as encoded, `zstar` after adaptation. */
  readonly latent: string;
  /** Results by name of the metric. */
  readonly metrics: Readonly<Record<string, MetricResult>>;
  /** How the probe was set, by name. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/** Scores of one run on one data set. */
export interface ScoreRecord {
  /** What was trained and evaluated. */
  readonly experiment: Experiment;
  /** Seed of the run. */
  readonly seed: number;
  /** File that it was read from. */
  readonly source: string;
  /** Metric that the benchmark reports. */
  readonly metric: string;
  /** Size of the test split. */
  readonly testSamples: number;
  /** How the reported numbers were chosen. */
  readonly selection?: string;
  /** One entry a probe and kind of latents. */
  readonly scores: readonly ProbeScore[];
  /** Remarks of the store that belong beside every number. */
  readonly notes: readonly string[];
  /** Facts that make the number traceable, in display order, such as `configuration`. */
  readonly provenance: Readonly<Record<string, string>>;
}

/** Reconstruction losses of held-out samples around test-time adaptation. */
export interface AdaptationRecord {
  /** What was trained and adapted. */
  readonly experiment: Experiment;
  /** Seed of the run. */
  readonly seed: number;
  /** File that it was read from. */
  readonly source: string;
  /** Means over samples; null with the reason for methods that cannot adapt. */
  readonly losses:
    | { readonly before: number; readonly after: number }
    | null;
  /** Why there are no losses. */
  readonly reason?: string;
  /** Gradient steps on the latents. */
  readonly steps?: number;
  /** Learning rate of these steps. */
  readonly learningRate?: number;
}

/** Metrics that say whether a run is healthy; see lib/train/health_metrics.ts. */
export const healthMetrics = [
  "gradientNorm",
  "featureDeviation",
  "effectiveRank",
  "maskedReconstruction",
  "visibleReconstruction",
] as const;

/** Name of a metric of health. */
export type HealthMetric = typeof healthMetrics[number];

/** A training run: its logged values, and what it ran on. */
export interface CurveRecord {
  /** What was trained. */
  readonly experiment: Experiment;
  /** Seed of the run. */
  readonly seed: number;
  /** File or folder that it was read from. */
  readonly source: string;
  /** Logged losses, in order of steps. */
  readonly points: readonly { readonly step: number; readonly loss: number }[];
  /**
   * Gradient norm, deviation and rank of features and the like, by name, where they were logged.
   */
  readonly health?: Readonly<
    Record<string, readonly { readonly step: number; readonly value: number }[]>
  >;
  /** Engine, platform and class of machine, where they are recorded. */
  readonly machine?: string;
}

/** Samples with reconstructions, one entry a modality. */
export interface GalleryRecord {
  /** What was trained. */
  readonly experiment: Experiment;
  /** Seed of the run. */
  readonly seed: number;
  /** File or folder that it was read from. */
  readonly source: string;
  /** One entry a modality, with its samples. */
  readonly modalities: readonly {
    readonly input: InputSpec;
    /** How images are drawn, where their channels do not say it. */
    readonly look?: ImageLook | undefined;
    readonly samples: readonly GallerySample[];
  }[];
}

/** A cell of a planned grid: one method on one data set with one seed. */
export type PlannedCell = DocumentOf<typeof gridCells>["cells"][number];

/** A path that gave no result, and why. */
export interface Skipped {
  /** Path of the input. */
  readonly source: string;
  /** Why it gave no result, in one line. */
  readonly reason: string;
}

/** Everything that was read. */
export interface Results {
  /** Scores of probes and of fine-tuned heads. */
  readonly scores: readonly ScoreRecord[];
  /** Losses around test-time adaptation. */
  readonly adaptations: readonly AdaptationRecord[];
  /** Training curves of runs. */
  readonly curves: readonly CurveRecord[];
  /** Saved reconstructions. */
  readonly galleries: readonly GalleryRecord[];
  /** Cells of the grids that the results belong to. */
  readonly cells?: readonly PlannedCell[];
  /** Inputs that gave no result. */
  readonly skipped: readonly Skipped[];
}
