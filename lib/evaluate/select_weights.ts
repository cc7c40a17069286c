/**
 * Choosing the weights of a fine-tuning run on the validation split.
 *
 * @module
 */

import { stepsPerEpoch, type Store } from "../store/mod.ts";
import {
  type FinetuneModel,
  readMetricsLog,
  type Validated,
  type ValidatedRun,
  type Validation,
} from "../train/mod.ts";
import { join } from "../util/mod.ts";
import { openSplitScorer } from "./score_split.ts";
import { primaryMetric } from "./scores.ts";

/** Name of the task's metric on the validation split in the log of a run. */
export const validationMetric = "validation";

/** The metric after a step. */
export interface MeasuredStep {
  readonly step: number;
  readonly value: number;
}

/**
 * Measures the metric of the task on the validation split after every epoch, and remembers the step at
 * which it was highest, the first of equal ones. What was measured before a stop is read from the log.
 *
 * @param onEpoch Called with the number of epochs done.
 */
export async function openWeightSelection(
  { path, config, model, mode }: ValidatedRun,
  store: Store,
  onEpoch: (epochs: number, metric: number | null) => void = () => {},
): Promise<Validation> {
  const { batchSize } = config.training;
  const { task } = model as FinetuneModel;
  const perEpoch = stepsPerEpoch(await store.split("train"), batchSize);
  const scorer = await openSplitScorer(model as FinetuneModel, await store.split("validation"), {
    batchSize,
    mode: mode === "off" ? "off" : "graph",
  });
  let best = await selectedStep(path);
  return {
    async after({ step, tensors }): Promise<Validated | undefined> {
      if (step % perEpoch !== 0) return undefined;
      const value = primaryMetric(await scorer.score(tensors), task);
      onEpoch(step / perEpoch, value);
      if (value === null) return undefined;
      const measured = { step, value };
      best = better(best, measured);
      return { metrics: { [validationMetric]: value }, isBest: best === measured };
    },
    bestStep: () => best?.step,
    [Symbol.asyncDispose]() {
      scorer.dispose();
      return Promise.resolve();
    },
  };
}

/**
 * The step whose weights a run is judged by, from its log.
 *
 * @returns Nothing where no validation metric was recorded: the last weights count.
 */
export async function selectedStep(run: string): Promise<MeasuredStep | undefined> {
  let best: MeasuredStep | undefined;
  for (const { step, ...metrics } of await readMetricsLog(join(run, "metrics.jsonl"))) {
    const value = metrics[validationMetric];
    if (value !== undefined) best = better(best, { step, value });
  }
  return best;
}

function better(best: MeasuredStep | undefined, measured: MeasuredStep): MeasuredStep {
  return best === undefined || measured.value > best.value ? measured : best;
}
