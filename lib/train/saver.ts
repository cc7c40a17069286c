/**
 * Saving a run while it trains.
 *
 * @module
 */

import type { Model } from "../methods/mod.ts";
import { saveCheckpoint } from "./checkpoint.ts";
import { pruneCheckpoints } from "./checkpoint_list.ts";
import { checkFinite } from "./health.ts";
import type { RunConfig } from "../documents/mod.ts";
import type { RunLog } from "./run_log.ts";
import { downloadState, type TrainState } from "./train_state.ts";
import { isTrainable } from "./train_step.ts";

/** Saves checkpoints of one run. */
export interface Saver {
  /** Step of the newest checkpoint; undefined if there is none. */
  readonly savedStep: () => number | undefined;
  /** Whether a checkpoint should be made after a step: by its number, or because of the time. */
  due(step: number): boolean;
  /**
   * Makes a checkpoint complete, then removes those that are no longer kept.
   *
   * @throws {NumericError} If a weight is not finite.
   * @throws {StorageError} If it cannot be written.
   */
  save(metrics: Readonly<Record<string, number>>): Promise<void>;
}

/** The saver of a worker that is not the chief: it saves nothing. */
export const noSaver: Saver = {
  savedStep: () => undefined,
  due: () => false,
  save: () => Promise.resolve(),
};

/** What is saved, and where. */
export interface SaverOptions {
  /** Run folder. */
  readonly run: string;
  readonly config: RunConfig;
  readonly model: Model;
  /** State of training, which moves on. */
  readonly state: TrainState;
  readonly log: RunLog;
  /** Step of the checkpoint that the session started from. */
  readonly savedStep: number | undefined;
  /** Step whose checkpoint is kept in any case: the best one by validation. */
  readonly bestStep?: (() => number | undefined) | undefined;
}

/** Prepares to save a run. */
export function createSaver(options: SaverOptions): Saver {
  const { run, config, model, state, log } = options;
  const { logging, training } = config;
  let { savedStep } = options;
  let savedAt = performance.now();
  return {
    savedStep: () => savedStep,
    due: (step) =>
      step % logging.checkpointEvery === 0 ||
      performance.now() - savedAt > logging.checkpointMinutes * 60_000,
    save: async (metrics) => {
      const { step } = state;
      const { parameters, moments } = await downloadState(model.parameters, state);
      checkFinite(parameters, step);
      // The lines of these steps must not be lost to a crash that the checkpoint survives.
      await log.sync();
      const { batchSize, seed } = training;
      await saveCheckpoint(run, {
        state: {
          method: config.method,
          step,
          samples: step * batchSize,
          seed,
          metrics: { ...metrics },
        },
        parameters,
        moments: isTrainable(model) ? moments : undefined,
      }, model.parameters);
      [savedStep, savedAt] = [step, performance.now()];
      await pruneCheckpoints(run, {
        last: logging.keepLast,
        every: logging.checkpointEvery,
        best: logging.keepBest,
        step: options.bestStep?.(),
      });
    },
  };
}
