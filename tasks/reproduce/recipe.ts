/**
 * What a recipe is: a row of a published table and how it was made.
 *
 * A recipe says what the sources say, and of every setting what it rests on. How large a run is
 * made of it is the matter of a scale; the published scores are those of `lib/report`.
 *
 * @module
 */

import type { BackboneName } from "../../lib/methods/mod.ts";

/**
 * The tables that recipes belong to; `packaged` holds what needs no download and has no published
 * row.
 */
export const tableNames = [
  "in-domain",
  "cross-domain",
  "vision-language",
  "decoder-ablation",
  "dabs",
  "packaged",
] as const;

/** Name of a table. */
export type TableName = (typeof tableNames)[number];

/** How a score is measured: a linear probe on fixed features, or the transfer protocol of DABS. */
export type Protocol = "metamae" | "dabs";

/**
 * What a setting rests on: the published code or its instructions, their default, or our own
 * choice.
 */
export type Basis = "published code" | "default of the published code" | "own choice";

/** A number, what it rests on, and the place that states it. */
export interface Setting {
  readonly value: number;
  readonly basis: Basis;
  readonly source: string;
}

/** A data set to evaluate on, with the samples of its splits. */
export interface Evaluated {
  readonly dataset: string;
  readonly variant: string;
  readonly train: number;
  readonly test: number;
}

/** One score of a row: a method on a backbone, with its settings. */
export interface RecipeColumn {
  readonly method: string;
  readonly backbone: BackboneName;
  /** Protocol of the published score. */
  readonly protocol: Protocol;
  /** Options of the method, depth of the decoder and dropout. */
  readonly settings?: Readonly<Record<string, Setting>>;
  /** Whether a report shows reconstructions of it. */
  readonly isPictured?: boolean;
}

/** A published row. */
export interface Recipe {
  readonly table: TableName;
  /** Row label as printed. */
  readonly row: string;
  readonly metric: string;
  readonly pretrain: {
    readonly dataset: string;
    readonly variant: string;
    /** Samples of the pretraining split, where the sources tell. */
    readonly samples?: number;
    readonly steps: Setting;
    readonly batchSize: Setting;
    readonly learningRate: Setting;
    readonly weightDecay: Setting;
  };
  /** Data sets that the row evaluates; of several the row is the mean. */
  readonly evaluate: readonly Evaluated[];
  /** Epochs of the evaluation. */
  readonly epochs: Setting;
  /** What stands beside the published protocol, because that leaks or counts padding. */
  readonly beside?: readonly (
    | { readonly variant: string; readonly reason: string }
    | { readonly metric: string; readonly reason: string }
  )[];
  readonly columns: readonly RecipeColumn[];
  /** Methods of the table that puts all on MetaMAE's backbone and protocol. */
  readonly likeForLike?: readonly Omit<RecipeColumn, "backbone" | "protocol">[];
  readonly notes?: readonly string[];
}
