/**
 * The contract of a self-supervised method.
 *
 * A method turns input descriptions, an architecture and its own options into a {@linkcode Model}: a
 * record of pure functions over named tensors. It never names a data set and draws no random number:
 * draws are made on the host from keys and enter as inputs, so that a step can be compiled whole and
 * repeated anywhere.
 *
 * @module
 */

import type { z } from "zod";
import type { Tensor, TensorTree } from "../engine/tf.ts";
import type { InputKind, InputSpec } from "../spec/input.ts";
import type { NdArray } from "../util/ndarray.ts";

/** Names of the transformer families: MetaMAE's own and the one of the DABS benchmark. */
export type BackboneName = "metamae" | "dabs";

/** Sizes of encoder and decoder. */
export interface Architecture {
  readonly backbone: BackboneName;
  readonly encoderWidth: number;
  readonly encoderLayers: number;
  readonly encoderHeads: number;
  /** Width of one attention head: width / heads for MetaMAE's backbone, free for the DABS one. */
  readonly encoderHeadWidth: number;
  readonly decoderWidth: number;
  readonly decoderLayers: number;
  readonly decoderHeads: number;
  /** Rate of the dropout in the encoder during training. */
  readonly dropout: number;
}

/** How a parameter starts. Uniform and normal draws are keyed by the seed and the name. */
export type Initializer =
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "normal"; readonly deviation: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "fixed"; readonly values: Float32Array<ArrayBuffer> };

/** Name, shape and start of one entry of the state dict. */
export interface ParameterSpec {
  /** Name in the published checkpoints, such as `encoder.0.attn.qkv.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Whether the optimizer updates it; position tables and running statistics are not trainable. */
  readonly trainable: boolean;
  readonly initializer: Initializer;
  /** Element type in checkpoints; float32 inside the engine. */
  readonly dtype?: "float32" | "int64";
}

/** Identifies the draws of one training step. */
export interface StepKey {
  readonly seed: number;
  /** Zero-based step. */
  readonly step: number;
  /** Position of the first sample of this batch in the global batch. */
  readonly firstSample: number;
  /** Number of samples in this batch. */
  readonly samples: number;
}

/** Host arrays that a step needs beside the batch: masks, orders, keys of dropout. */
export type HostDraws = Readonly<Record<string, NdArray<"float32" | "int32">>>;

/** What one evaluation of the training objective gives. */
export interface Objective {
  /** Scalar that is minimised. */
  readonly loss: Tensor;
  /** Scalars for the log, by name; the loss itself is added by the caller. */
  readonly metrics: TensorTree;
  /** New values of the non-trainable state that a step changes (running statistics). */
  readonly state: TensorTree;
}

/** Latents of full inputs, before and after test-time adaptation. */
export interface Adapted {
  /** Token latents (N, 1 + L, D), CLS first. */
  readonly z: Tensor;
  /** Token latents after the gradient steps (N, 1 + L, D). */
  readonly zStar: Tensor;
  /** Reconstruction loss of every sample before (N). */
  readonly before: Tensor;
  /** Reconstruction loss of every sample after (N). */
  readonly after: Tensor;
}

/** Originals and reconstructions of a masked batch, for pictures. */
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

/** Steps of test-time adaptation. */
export interface AdaptationOptions {
  readonly innerSteps: number;
  readonly innerLr: number;
}

/** A method bound to inputs, sizes and options. All functions are pure; tensors are the caller's. */
export interface Model {
  readonly inputs: readonly InputSpec[];
  readonly architecture: Architecture;
  /** The state dict in checkpoint order. */
  readonly parameters: readonly ParameterSpec[];

  /** Draws of one step, a pure function of the key. */
  draw(key: StepKey): HostDraws;

  /**
   * The training objective; absent for methods that are not trained.
   *
   * @param parameters State dict by name.
   * @param inputs One tensor a modality: (N, ...sample shape), float32 or int32 ids.
   * @param draws Tensors of {@linkcode Model.draw}.
   */
  readonly objective?: (
    parameters: TensorTree,
    inputs: readonly Tensor[],
    draws: TensorTree,
  ) => Objective;

  /** Token latents (N, 1 + L, D) of full inputs, CLS first, evaluation mode (no dropout). */
  encode(parameters: TensorTree, inputs: readonly Tensor[]): Tensor;

  /** Pools token latents (N, 1 + L, D) to features (N, D) the way the method's protocol does. */
  pool(latents: Tensor): Tensor;

  /** Gradient steps on the latents of full inputs; absent for methods without a decoder. */
  readonly adapt?: (
    parameters: TensorTree,
    inputs: readonly Tensor[],
    options: AdaptationOptions,
  ) => Adapted;

  /** Reconstruction of a masked batch; absent for methods without a decoder. */
  readonly reconstruct?: (
    parameters: TensorTree,
    inputs: readonly Tensor[],
    draws: TensorTree,
  ) => Reconstruction;
}

/** A self-supervised method: one file in this folder and one line in the registry. */
export interface Method<Options = Record<string, unknown>> {
  /** Name on the command line. */
  readonly id: string;
  readonly title: string;
  /** Citation of the paper that defines it. */
  readonly paper: string;
  /** One sentence on what it does. */
  readonly summary: string;
  /** Backbones it runs on, the default first. */
  readonly backbones: readonly BackboneName[];
  readonly kinds: readonly InputKind[];
  /** Largest number of modalities in one sample. */
  readonly modalities: number;
  /** Whether {@linkcode Model.objective} exists. */
  readonly trainable: boolean;
  /** Options beyond the architecture, with published defaults; makes flags, help and validation. */
  readonly options: z.ZodType<Options>;

  /**
   * Binds the method to inputs, sizes and options.
   *
   * @throws {UsageError} If sizes and inputs do not fit, such as a width no multiple of the heads.
   */
  build(inputs: readonly InputSpec[], architecture: Architecture, options: Options): Model;
}
