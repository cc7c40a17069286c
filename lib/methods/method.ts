/**
 * The contract of a self-supervised method.
 *
 * A method turns input descriptions, an architecture and its own options into a {@linkcode Model}:
 * a record of pure functions over named tensors. It never names a data set and draws no random
 * number: draws are made on the host from keys and enter as inputs, so that a step can be compiled
 * whole and repeated anywhere.
 *
 * @module
 */

import { z } from "zod";
import type { HostTree, StateDict, Tensor, TensorTree } from "../engine/mod.ts";
import {
  type AdaptationOptions,
  type AdaptedLatents,
  type Architecture,
  type BackboneName,
  createSequenceEncoder,
  type Dropout,
  type Gather,
  type ParameterSpec,
  type SequenceEncoder,
  type StepKey,
} from "../nn/mod.ts";
import type { InputKind, InputSpec, ValueSchema } from "../spec/mod.ts";

export type {
  AdaptationOptions,
  Architecture,
  BackboneName,
  Dropout,
  Initializer,
  ParameterSpec,
} from "../nn/mod.ts";

/** What one evaluation of the training objective gives. */
export interface Objective {
  /** Scalar that is minimised. */
  readonly loss: Tensor;
  /** Scalars for the log, by name; the loss itself is added by the caller. */
  readonly metrics: StateDict;
  /** New values of the non-trainable state that a step changes (running statistics). */
  readonly state: StateDict;
}

/** Originals and reconstructions of one modality of a masked batch. */
export interface Reconstruction {
  /** Patches of the input (N, L, P), or token ids (N, L). */
  readonly target: Tensor;
  /** 1 where the decoder had to fill in (N, L). */
  readonly mask: Tensor;
  /** Prediction from the latents as encoded (N, L, P), or logits (N, L, V). */
  readonly before: Tensor;
  /** Prediction after the latents were adapted; equal to `before` for methods that do not adapt. */
  readonly after: Tensor;
}

/** What a method computes from a batch, under given draws and dropout; see {@linkcode Model}. */
export type Forward<Draws, Result> = (
  parameters: StateDict,
  inputs: readonly Tensor[],
  draws: Draws,
  dropout?: Dropout,
  gather?: Gather,
) => Result;

/** How a method uses encoder and decoder in a step; what its cost depends on beside the sizes. */
export interface StepProfile {
  /** Share of the patches that the encoder sees. */
  readonly visible: number;
  /** Gradient steps inside of the objective. */
  readonly innerSteps: number;
  /** Whether the objective is differentiated through the inner steps. */
  readonly secondOrder: boolean;
}

/** What an objective may take from around the model. */
export interface ObjectiveContext {
  /**
   * Brings the rows of all workers together where samples meet each other; by default the batch is
   * whole.
   */
  readonly gather?: Gather | undefined;
  /** Labels of the samples, for an objective that learns from them. */
  readonly targets?: Tensor | undefined;
}

/**
 * A method bound to inputs, sizes and options. All functions are pure; tensors are the caller's.
 *
 * @template Draws Type of the draws of a step, which only the method looks into.
 */
export interface Model<Draws extends TensorTree = TensorTree> {
  /** Modalities that it was built for. */
  readonly inputs: readonly InputSpec[];
  /** Sizes that it was built with. */
  readonly architecture: Architecture;
  /** The state dict in checkpoint order. */
  readonly parameters: readonly ParameterSpec[];
  /** What a step costs; absent if the encoder sees every patch and there are no inner steps. */
  readonly profile?: StepProfile;

  /** Draws of one step, a pure function of the key. */
  draw(key: StepKey): HostTree<Draws>;

  /**
   * The training objective; absent for methods that are not trained.
   *
   * Where a batch is split over workers, each one evaluates it on its own samples, and what is
   * minimised is the mean over the workers; so are metrics and state.
   *
   * @param parameters State dict by name.
   * @param inputs One tensor a modality: (N, ...sample shape), float32 or int32 ids.
   * @param draws Tensors of {@linkcode Model.draw}.
   */
  objective?(
    parameters: StateDict,
    inputs: readonly Tensor[],
    draws: Draws,
    context?: ObjectiveContext,
  ): Objective;

  /**
   * Token latents (N, 1 + L, D) of full inputs, CLS first.
   *
   * @param dropout Dropout of the encoder; none by default, which is evaluation mode.
   */
  encode(parameters: StateDict, inputs: readonly Tensor[], dropout?: Dropout): Tensor;

  /** Pools token latents (N, 1 + L, D) to features (N, D) the way the method's protocol does. */
  pool(latents: Tensor): Tensor;

  /** Gradient steps on the latents of full inputs; absent for methods without a decoder. */
  adapt?(
    parameters: StateDict,
    inputs: readonly Tensor[],
    options: AdaptationOptions,
  ): AdaptedLatents;

  /**
   * Reconstruction of a masked batch, one entry a modality, without dropout; absent for methods
   * without a decoder.
   */
  reconstruct?(
    parameters: StateDict,
    inputs: readonly Tensor[],
    draws: Draws,
  ): readonly Reconstruction[];
}

/** A self-supervised method: one file in this folder and one line in the registry. */
export interface Method<
  Options = Record<string, unknown>,
  Draws extends TensorTree = TensorTree,
> {
  /** Name on the command line. */
  readonly id: string;
  /** Further names it is known by; none by default. */
  readonly aliases?: readonly string[];
  /** Name for people, as tables and listings print it. */
  readonly title: string;
  /** Citation of the paper that defines it. */
  readonly paper: string;
  /** One sentence on what it does. */
  readonly summary: string;
  /** Backbones it runs on, the default first. */
  readonly backbones: readonly BackboneName[];
  /** Backbone of its numbers in the published tables; absent if it has none there. */
  readonly publishedBackbone?: BackboneName;
  /** Kinds of input that it takes. */
  readonly kinds: readonly InputKind[];
  /** Largest number of modalities in one sample. */
  readonly modalities: number;
  /**
   * Whether {@linkcode Model.objective} exists; a method without is what others are compared with.
   */
  readonly trainable: boolean;
  /** Options beyond the architecture, with published defaults; makes flags, help and validation. */
  readonly options: ValueSchema<Options>;

  /**
   * Binds the method to inputs, sizes and options.
   *
   * @throws {UsageError} If sizes and inputs do not fit, such as a width no multiple of the heads.
   */
  build(inputs: readonly InputSpec[], architecture: Architecture, options: Options): Model<Draws>;
}

/** Paper of the first methods of the DABS benchmark. */
export const dabsPaper =
  'Tamkin et al., "DABS: A Domain-Agnostic Benchmark for Self-Supervised Learning", ' +
  "NeurIPS Datasets and Benchmarks 2021";

/** Paper of the later ones. */
export const dabs2Paper =
  'Tamkin et al., "DABS 2.0: Improved Datasets and Algorithms for Universal Self-Supervision", ' +
  "NeurIPS Datasets and Benchmarks 2022";

/** Inputs of a method that takes all kinds, and any number of modalities at once. */
export const anyInput: Pick<Method, "kinds" | "modalities"> = {
  kinds: ["series", "tabular", "image", "tokens"],
  modalities: Infinity,
};

/** Option of the methods of the DABS benchmark that corrupt tokens. */
export const corruptionRate: z.ZodDefault<z.ZodNumber> = z.number().positive().max(1).default(0.15)
  .describe("Share of tokens that are corrupted");

/** Option of the masked autoencoders. */
export const maskRatio: z.ZodDefault<z.ZodNumber> = z.number().min(0).max(1).default(0.5)
  .describe("Share of tokens that are masked and reconstructed");

/** The part of a model that its encoder makes. */
export function modelOf(
  { inputs, parameters, encode, pool }: SequenceEncoder,
  architecture: Architecture,
): Pick<Model, "inputs" | "architecture" | "parameters" | "encode" | "pool"> {
  return { inputs, architecture, parameters, encode, pool };
}

/** A method on the embeddings of full sequences, as {@linkcode sequenceMethod} takes it. */
export interface SequenceRecord<Options, Draws extends TensorTree>
  extends
    Pick<Method<Options, Draws>, "id" | "aliases" | "title" | "paper" | "summary" | "options"> {
  /** Outputs of the encoder's head, if the method needs one on every backbone. */
  readonly headWidth?: number;
  /** The method on a given encoder. */
  model(encoder: SequenceEncoder, architecture: Architecture, options: Options): Model<Draws>;
}

/** A method of the DABS benchmark: on any input and either backbone, published on its own one. */
export function sequenceMethod<Options, Draws extends TensorTree>(
  { headWidth, model, ...record }: SequenceRecord<Options, Draws>,
): Method<Options, Draws> {
  return {
    ...record,
    backbones: ["dabs", "metamae"],
    publishedBackbone: "dabs",
    ...anyInput,
    trainable: true,
    build(inputs, architecture, options) {
      const encoder = createSequenceEncoder(
        inputs,
        architecture,
        headWidth === undefined ? {} : { headWidth },
      );
      return model(encoder, architecture, options);
    },
  };
}

/** A method as everyone else sees it: only its own functions look into its options and draws. */
export function anyMethod<Options, Draws extends TensorTree>(
  method: Method<Options, Draws>,
): Method {
  return method as unknown as Method;
}
