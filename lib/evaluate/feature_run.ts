/**
 * What feature extraction needs of a trained run.
 *
 * @module
 */

import { checkpointState, type RunSummary, type SourceDigests } from "../documents/mod.ts";
import type { Model } from "../methods/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import type { Store } from "../store/mod.ts";
import { canonicalJson, hashFile, join, type NdArray, sha256 } from "../util/mod.ts";

/** A run with the weights of a checkpoint; what `loadRun` of `lib/train` gives fits. */
export interface FeatureRun {
  /** Configuration of the run, as far as features depend on it. */
  readonly config: {
    readonly method: string;
    readonly preset: string;
    readonly methodOptions: Readonly<Record<string, unknown>>;
    readonly architecture: object;
    readonly inputs: readonly unknown[];
    /** Task that the run learned from with labels. */
    readonly task?: TaskSpec;
    readonly training: { readonly seed: number; readonly from?: string | undefined };
    readonly data: {
      readonly dataset: string;
      readonly variant: string;
      readonly split: string;
      readonly sha256: string;
    };
  };
  /** Model of the run's method. */
  readonly model: Model;
  /** Weights by name in the state dict. */
  readonly parameters: Readonly<Record<string, NdArray<"float32">>>;
  /** Step of the weights. */
  readonly step: number;
  /** Folder of the checkpoint. */
  readonly checkpoint: string;
}

/** As much of a run as belongs beside its numbers. */
export function summarizeRun({ config, step }: FeatureRun): RunSummary {
  const { seed, from: _place, ...training } = config.training;
  const { dataset, variant, split } = config.data;
  return {
    method: config.method,
    preset: config.preset,
    step,
    seed,
    pretrain: { dataset, variant, split },
    architecture: { ...config.architecture },
    methodOptions: config.methodOptions,
    training: config.task === undefined ? training : { ...training, labels: config.task.kind },
  };
}

/** SHA-256 of the settings that shape the numbers of a run, wherever its files lie. */
function configDigest({ config }: FeatureRun): string {
  const { method, methodOptions, architecture, inputs, task, data } = config;
  const { from: _place, ...training } = config.training;
  const settings = { method, methodOptions, architecture, inputs, task, training };
  return sha256(canonicalJson({ ...settings, data: data.sha256 }));
}

/** SHA-256 of what the numbers of a run on a store come from. */
export async function digestSources(
  run: FeatureRun,
  store: Pick<Store, "digest">,
): Promise<SourceDigests> {
  return {
    config: configDigest(run),
    checkpoint: await hashFile(join(run.checkpoint, checkpointState.file)),
    store: store.digest,
  };
}
