/**
 * The probes behind one call: fitting one by name, with the settings that belong beside its numbers.
 *
 * @module
 */

import type { ProbeName } from "../documents/mod.ts";
import type { CompileMode } from "../engine/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import { knnNeighbours, knnProbe, knnTemperature } from "./knn_probe.ts";
import { fitLinearProbe, type ProbeEpoch } from "./linear_probe.ts";
import type { ProbeData } from "./probe_data.ts";
import { probeLearningRate, probeWeightDecay } from "./probe_step.ts";
import { ridgePenalty, ridgeProbe } from "./ridge_probe.ts";
import type { Scores } from "./scores.ts";

/** Options of {@linkcode fitProbe}. */
export interface FitProbeOptions {
  readonly task: TaskSpec;
  /** Epochs of the linear probe. */
  readonly epochs: number;
  /** Samples a step of the linear probe. */
  readonly batchSize: number;
  /** Seed of the linear probe. */
  readonly seed: number;
  /** Samples that choose the epoch of the linear probe. */
  readonly validation?: ProbeData | undefined;
  readonly compile: CompileMode;
  readonly onEpoch: (epoch: ProbeEpoch) => void;
}

/** What a probe predicts for the test split. */
export interface ProbeFit {
  readonly scores: Scores;
  readonly settings: Readonly<Record<string, number | string | boolean>>;
  /** The task's metric on the test split after each epoch, for the linear probe. */
  readonly history?: (number | null)[];
  /** The same on the validation split, where there is one. */
  readonly validation?: (number | null)[];
}

/**
 * Fits a probe on the training split and predicts the test split.
 *
 * @returns Why it was left out, if it does not suit the task.
 */
export async function fitProbe(
  probe: ProbeName,
  train: ProbeData,
  test: ProbeData,
  options: FitProbeOptions,
): Promise<ProbeFit | { readonly skipped: string }> {
  const { task, compile } = options;
  switch (probe) {
    case "linear": {
      const fit = await fitLinearProbe(train, test, options);
      return {
        scores: fit.scores,
        history: fit.history.map(({ metric }) => metric),
        ...(options.validation === undefined
          ? {}
          : { validation: fit.history.map(({ validation }) => validation ?? null) }),
        settings: {
          optimizer: "adam, coupled L2",
          learningRate: probeLearningRate,
          weightDecay: probeWeightDecay,
          epochs: options.epochs,
          batchSize: fit.batchSize,
          steps: fit.steps,
          ...(options.validation === undefined ? {} : { chosenEpoch: fit.epoch + 1 }),
        },
      };
    }
    case "knn": {
      if (task.kind === "per-token") {
        return {
          skipped: "a nearest-neighbour search over single tokens is not part of any protocol",
        };
      }
      const { scores, neighbours } = await knnProbe(train, test, {
        task,
        neighbours: knnNeighbours,
        compile,
      });
      return { scores, settings: { neighbours, temperature: knnTemperature, distance: "cosine" } };
    }
    case "ridge": {
      const { scores } = ridgeProbe(train, test, task);
      return { scores, settings: { penalty: ridgePenalty, penaltyUnit: "mean feature scatter" } };
    }
  }
}
