/**
 * Frozen features of batches: z as encoded, and z* after gradient steps on the latents.
 *
 * @module
 */

import {
  type CompileMode,
  createStepper,
  disposeTree,
  type StateDict,
  type Tensor,
  uploadTree,
} from "../engine/mod.ts";
import type { AdaptationOptions, Model } from "../methods/mod.ts";
import { withoutCls } from "../nn/mod.ts";
import type { LatentAdaptation } from "../documents/mod.ts";
import { type NdArray, UsageError } from "../util/mod.ts";
import type { FeatureRun } from "./feature_run.ts";

/** Features of one batch. */
type Encoded<Leaf> = {
  /** (N, D), or (N, L, D) where tokens are kept. */
  readonly z: Leaf;
  /** Features after adaptation, in the shape of z. */
  readonly zstar?: Leaf;
  /** Reconstruction loss of every sample before (N). */
  readonly before?: Leaf;
  /** Reconstruction loss of every sample after (N). */
  readonly after?: Leaf;
};

/** Features of one batch on the host. */
export type EncodedBatch = Encoded<NdArray<"float32">>;

/** Encodes batches with fixed weights. */
export interface Encoder {
  /**
   * Encodes a batch; every batch should have the same shape, as each new one is compiled.
   *
   * @param inputs One array a modality: (N, ...sample shape).
   */
  encode(inputs: readonly NdArray<"float32" | "int32">[]): Promise<EncodedBatch>;
  /** Frees the weights and the compiled program. */
  dispose(): void;
}

/** Options of {@linkcode createEncoder}. */
export interface EncoderOptions {
  /** Steps on the latents; null to leave them as encoded. */
  readonly adaptation: AdaptationOptions | null;
  /** Whether the features of all tokens are kept instead of their pooled ones. */
  readonly perToken: boolean;
  readonly compile?: CompileMode;
}

/** Step size and number of steps where the run states none; the published defaults. */
const defaultAdaptation: AdaptationOptions = { innerSteps: 1, innerLr: 0.5 };

/**
 * How latents of a run are adapted: as asked for, else with the run's own (or learned) inner step,
 * else with the published defaults.
 *
 * @throws {UsageError} If a number is out of range.
 */
export function resolveAdaptation(
  { config, model, parameters }: FeatureRun,
  asked: { readonly innerSteps?: number | undefined; readonly innerLr?: number | undefined } = {},
): LatentAdaptation {
  if (model.adapt === undefined) {
    const reason = `the method "${config.method}" has no decoder to adapt latents with`;
    return { innerSteps: null, reason };
  }
  const option = (name: "innerSteps" | "innerLr") => {
    const value = config.methodOptions[name];
    return typeof value === "number" ? value : undefined;
  };
  const isLearned = config.methodOptions.learnInnerLr === true;
  const learned = isLearned ? parameters["inner_lr"]?.data[0] : undefined;
  const innerLr = asked.innerLr ?? learned ?? option("innerLr") ?? defaultAdaptation.innerLr;
  const innerSteps = asked.innerSteps ?? option("innerSteps") ?? defaultAdaptation.innerSteps;
  if (!(Number.isInteger(innerSteps) && innerSteps >= 0)) {
    throw new UsageError(
      `Cannot adapt latents: the number of inner steps is ${innerSteps}, 0 or more are wanted`,
    );
  }
  if (!(Number.isFinite(innerLr) && innerLr >= 0)) {
    throw new UsageError(
      `Cannot adapt latents: the inner step size is ${innerLr}, a number from 0 on is wanted`,
    );
  }
  return { innerSteps, innerLr };
}

/** Uploads the weights of a run and prepares the function that encodes. */
export function createEncoder(run: FeatureRun, options: EncoderOptions): Encoder {
  const { model } = run;
  const { adaptation, perToken } = options;
  const parameters = uploadTree(run.parameters);
  const reduce = (latents: Tensor) => perToken ? withoutCls(latents) : model.pool(latents);
  const encode = (parameters: StateDict, inputs: readonly Tensor[]): Encoded<Tensor> => {
    if (adaptation === null || model.adapt === undefined) {
      return { z: reduce(model.encode(parameters, inputs)) };
    }
    const { z, zStar, before, after } = model.adapt(parameters, inputs, adaptation);
    return { z: reduce(z), zstar: reduce(zStar), before, after };
  };
  const stepper = createStepper(
    (parameters: StateDict, inputs: readonly Tensor[]) => ({ results: encode(parameters, inputs) }),
    { name: "features", mode: options.compile ?? "off" },
  );
  return {
    encode: async (inputs) => (await stepper.run(parameters, inputs)).results as EncodedBatch,
    dispose() {
      disposeTree(parameters);
      stepper.dispose();
    },
  };
}

/** Whether the latents of a model can be adapted. */
export function adapts(model: Model): boolean {
  return model.adapt !== undefined;
}
