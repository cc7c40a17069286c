/**
 * Measuring the weights of a run on samples that it is not trained on, while it trains.
 *
 * @module
 */

import type { CompileMode } from "../engine/mod.ts";
import type { Model } from "../methods/mod.ts";
import type { RunConfig } from "../documents/mod.ts";
import type { TrainState } from "./train_state.ts";

/** What a step is found to be worth. */
export interface Validated {
  /** For the log, by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Whether no earlier weights were better: then they are saved, and kept until others are. */
  readonly isBest: boolean;
}

/** Measures weights after certain steps; a pure function of the weights. */
export interface Validation extends AsyncDisposable {
  /**
   * Measures the weights of a step.
   *
   * @returns Nothing after steps that are not measured.
   */
  after(state: TrainState): Promise<Validated | undefined>;
  /** Step of the best weights so far; undefined if none were measured. */
  bestStep(): number | undefined;
}

/** A run that is about to train. */
export interface ValidatedRun {
  /** Run folder. */
  readonly path: string;
  readonly config: RunConfig;
  readonly model: Model;
  /** Steps that were taken before. */
  readonly step: number;
  readonly mode: CompileMode;
}
