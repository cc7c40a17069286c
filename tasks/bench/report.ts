/**
 * What was measured, as one document: the output of `--json`, and what the tables show.
 *
 * @module
 */

import type { PresetName } from "../../lib/spec/mod.ts";
import type { ComparisonName } from "./options.ts";
import type { PytorchCase } from "./processes.ts";
import type { PytorchPython } from "./pytorch_environment.ts";
import type { BaseRatio, Result } from "./ratios.ts";
import type { BenchSetting } from "./settings.ts";
import type { ProductShape } from "./work.ts";

/** Speeds of matrix products on both sides, measured beside the steps. */
export interface Products {
  readonly shapes: readonly ProductShape[];
  /** By side, in GFLOP/s, one entry a shape. */
  readonly gigaflops: Readonly<Record<string, readonly number[]>>;
}

/** Everything about one group of contestants. */
export interface GroupReport {
  readonly setting: BenchSetting;
  readonly method: string;
  readonly batchSize: number;
  readonly base: string | undefined;
  readonly results: readonly Result[];
  readonly ratios: readonly BaseRatio[];
  readonly products: Products | undefined;
}

/** The document of `deno task bench --json`. */
export interface BenchReport {
  readonly schema: "metamae/bench";
  readonly version: 2;
  readonly comparison: ComparisonName;
  readonly preset: PresetName;
  readonly threads: number;
  readonly rounds: number;
  readonly pytorch: PytorchPython | undefined;
  /** Recorded cases that the PyTorch side met before anything was compared. */
  readonly cases: readonly PytorchCase[] | undefined;
  readonly groups: readonly GroupReport[];
}
