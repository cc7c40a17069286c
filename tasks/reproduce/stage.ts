/**
 * The stages of the grid: what each does, and on which others it builds.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/mod.ts";
import type { BackboneName } from "../../lib/methods/mod.ts";
import type { PresetName } from "../../lib/spec/mod.ts";
import { canonicalJson, sha256 } from "../../lib/util/mod.ts";
import type { Protocol } from "./recipe.ts";

/** From raw files to a token store. */
export interface TokenizeSettings {
  readonly kind: "tokenize";
  readonly dataset: string;
  readonly variant: string;
  readonly limit?: number;
}

/** From a store to a run. */
export interface PretrainSettings {
  readonly kind: "pretrain";
  readonly method: string;
  readonly backbone: BackboneName;
  readonly preset: PresetName;
  readonly decoderLayers?: number;
  readonly dropout?: number;
  readonly methodOptions: Readonly<Record<string, number>>;
  readonly steps: number;
  readonly batchSize: number;
  /** Whether the batch shrinks to the samples that there are. */
  readonly smallBatches: boolean;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly seed: number;
  readonly compile: CompileMode | "auto";
}

/** From a run and a store to features. */
export interface AdaptSettings {
  readonly kind: "adapt";
  /** Samples whose reconstructions are kept for pictures. */
  readonly gallery: number;
  readonly compile: CompileMode | "auto";
}

/** From features, or a run and a store, to a result record. */
export interface ProbeSettings {
  readonly kind: "probe";
  readonly protocol: Protocol;
  /** Predictors on features; the DABS protocol has its own. */
  readonly probes: "linear" | "all";
  readonly epochs: number;
  readonly seed: number;
  readonly compile: CompileMode | "auto";
}

/** What a stage does. */
export type StageSettings = TokenizeSettings | PretrainSettings | AdaptSettings | ProbeSettings;

/** Kind of a stage. */
export type StageKind = StageSettings["kind"];

/** The kinds in the order in which they build on each other. */
export const stageKinds: readonly StageKind[] = ["tokenize", "pretrain", "adapt", "probe"];

/** A stage. */
export interface Stage {
  /** Name with a digest of the settings and of what it builds on: equal ids are one stage. */
  readonly id: string;
  /** Where it lies among its like, as a path that people can read. */
  readonly name: string;
  readonly settings: StageSettings;
  /** Ids of the stages whose outputs it reads. */
  readonly after: readonly string[];
}

/** Makes a stage. */
export function defineStage(name: string, settings: StageSettings, after: readonly Stage[]): Stage {
  const ids = after.map(({ id }) => id);
  const digest = sha256(canonicalJson({ settings, after: ids })).slice(0, 8);
  return { id: `${name}-${digest}`, name, settings, after: ids };
}
