/**
 * How large the grid is run: as published, small enough for a laptop, or just large enough to show
 * that every part works.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/mod.ts";
import type { PresetName } from "../../lib/spec/mod.ts";

/** Names of the scales. */
export const scaleNames = ["paper", "small", "smoke"] as const;

/** Name of a scale. */
export type ScaleName = (typeof scaleNames)[number];

/** What a scale changes of the recipes; what it leaves undefined stays as published. */
export interface Scale {
  readonly preset: PresetName;
  readonly steps: number | undefined;
  /** Largest batch of pretraining. */
  readonly batchSize: number | undefined;
  readonly learningRate: number | undefined;
  readonly dropout: number | undefined;
  /** Epochs of the linear probe and of the DABS protocol. */
  readonly epochs: { readonly metamae: number; readonly dabs: number } | undefined;
  /** Predictors on features. */
  readonly probes: "linear" | "all";
  /** Upper bound on the samples of every split. */
  readonly limit: number | undefined;
  /** Whether a data set with fewer samples than a batch is trained on in smaller ones. */
  readonly smallBatches: boolean;
  readonly compile: CompileMode | "auto";
  /** Seeds, unless the user asks for another number. */
  readonly seeds: number;
  /** Whether stages run in this process, one after another, unless several are to run at once. */
  readonly inProcess: boolean;
}

/** The scales by name. */
export const scales: Readonly<Record<ScaleName, Scale>> = {
  paper: {
    preset: "paper",
    steps: undefined,
    batchSize: undefined,
    learningRate: undefined,
    dropout: undefined,
    epochs: undefined,
    probes: "linear",
    limit: undefined,
    smallBatches: false,
    compile: "auto",
    seeds: 3,
    inProcess: false,
  },
  // The settings of the quickstart: without dropout and with larger steps, 1,000 of them show
  // something.
  small: {
    preset: "small",
    steps: 1000,
    batchSize: 64,
    learningRate: 1e-3,
    dropout: 0,
    epochs: { metamae: 100, dabs: 10 },
    probes: "all",
    limit: 20_000,
    smallBatches: true,
    compile: "auto",
    seeds: 3,
    inProcess: false,
  },
  smoke: {
    preset: "tiny",
    steps: 2,
    batchSize: 4,
    learningRate: 1e-3,
    dropout: undefined,
    epochs: { metamae: 2, dabs: 1 },
    probes: "linear",
    limit: 8,
    smallBatches: true,
    compile: "off",
    seeds: 2,
    inProcess: true,
  },
};
