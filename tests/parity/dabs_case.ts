/**
 * What the recorded cases of the DABS methods have in common: inputs, sizes, weights, gradients.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import type { Tensor } from "../../lib/engine/backend/tf.ts";
import type { HostTree, StateDict } from "../../lib/engine/backend/tree.ts";
import type { Architecture, Model } from "../../lib/methods/method.ts";
import { dropoutDraw, type DropoutDraws } from "../../lib/nn/draws.ts";
import { dabsEncoder } from "../../lib/nn/dabs_encoder.ts";
import type { SequenceEncoder } from "../../lib/nn/sequence_encoder.ts";
import { type InputSpec, sampleShape } from "../../lib/spec/input.ts";
import type { StepBatch, TrainableModel } from "../../lib/train/train_step.ts";
import { DataError } from "../../lib/util/errors.ts";
import { float32, int32, type NdArray } from "../../lib/util/ndarray.ts";
import { compareGradients, compareSteps, runOnce, stateOf } from "./model_case.ts";
import { type FixtureCase, float32Of, int32Of, numbersOf } from "./fixture_case.ts";
import type { Quantity, Tally } from "./tolerance.ts";

/** The modalities of a case; the reference calls them `1d`, `2d`, `tabular` and `tokens`. */
export function dabsInputsOf(fixture: FixtureCase): InputSpec[] {
  const specs = fixture.config.specs as readonly Record<string, unknown>[];
  return specs.map((spec): InputSpec => {
    const size = (name: string) => Number(spec[name]);
    switch (spec.type) {
      case "1d":
        return {
          kind: "series",
          channels: size("in_channels"),
          length: size("seq_len"),
          patch: size("segment_size"),
        };
      case "2d": {
        const [height, width] = spec.input_size as [number, number];
        const [patch] = spec.patch_size as [number];
        return { kind: "image", channels: size("in_channels"), height, width, patch };
      }
      case "tabular":
        return { kind: "tabular", features: size("num_features") };
      case "tokens":
        return { kind: "tokens", vocabulary: size("vocab_size"), length: size("seq_len") };
      default:
        throw new DataError(
          `Cannot check case "${fixture.name}": its input "${spec.type}" is not known`,
        );
    }
  });
}

/** The encoder of a case. */
export function dabsArchitectureOf(fixture: FixtureCase): Architecture {
  return {
    backbone: "dabs",
    encoderWidth: recordedSize(fixture, "dim"),
    encoderLayers: recordedSize(fixture, "depth"),
    encoderHeads: recordedSize(fixture, "heads"),
    encoderHeadWidth: recordedSize(fixture, "dim_head"),
    encoderMlpWidth: recordedSize(fixture, "mlp_dim"),
    decoderWidth: recordedSize(fixture, "dim"),
    decoderLayers: 0,
    decoderHeads: 1,
    dropout: recordedSize(fixture, "dropout"),
  };
}

/** The encoder of a case with the recorded width of its head. */
export function dabsEncoderOf(fixture: FixtureCase): SequenceEncoder {
  return dabsEncoder(dabsInputsOf(fixture), dabsArchitectureOf(fixture), {
    headWidth: recordedSize(fixture, "out_dim"),
  });
}

function recordedSize({ config }: FixtureCase, name: string): number {
  return Number((config.model as Readonly<Record<string, unknown>>)[name]);
}

/** The batch in this project's layout: recorded series are (N, time, channel). */
export function dabsBatchOf(fixture: FixtureCase): NdArray<"float32" | "int32">[] {
  const samples = Number(fixture.config.batch);
  return dabsInputsOf(fixture).map((input, k) => {
    const shape = [samples, ...sampleShape(input)];
    if (input.kind === "tokens") return int32(shape, int32Of(fixture, `input/${k}`).data);
    const { data } = float32Of(fixture, `input/${k}`);
    return float32(
      shape,
      input.kind === "series" ? channelsFirst(data, input.channels, input.length) : data,
    );
  });
}

function channelsFirst(data: Float32Array, channels: number, length: number): Float32Array {
  return data.map((_, i) => {
    const [sample, inside] = [Math.floor(i / (channels * length)), i % (channels * length)];
    const [channel, time] = [Math.floor(inside / length), inside % length];
    return data[(sample * length + time) * channels + channel]!;
  });
}

/** A model of the case that can be trained, and what its step is run on. */
export interface DabsCase<Draws extends DropoutDraws> {
  readonly encoder: SequenceEncoder;
  readonly model: Model<Draws>;
  /** All but the key of a dropout that the cases do not have. */
  readonly draws: HostTree<Omit<Draws, "dropout">>;
}

/** Tensors that a runner computes, and how each is compared. */
export type Recorded = Readonly<
  Record<string, { readonly value: Tensor; readonly quantity: Quantity }>
>;

/**
 * Runs a case: intermediate results, features in evaluation mode, gradients, three optimizer steps.
 *
 * @param compute Gives the intermediate results, under their recorded names.
 */
export async function compareDabsCase<Draws extends DropoutDraws>(
  tally: Tally,
  fixture: FixtureCase,
  { encoder, model, draws }: DabsCase<Draws>,
  compute: (parameters: StateDict, inputs: readonly Tensor[], draws: Draws) => Recorded,
  mode: CompileMode,
): Promise<void> {
  const state = stateOf(fixture, model.parameters);
  const key = { seed: 0, step: 0, firstSample: 0, samples: Number(fixture.config.batch) };
  const batch = {
    inputs: dabsBatchOf(fixture),
    draws: { ...draws, ...dropoutDraw(key) },
  } as unknown as HostTree<StepBatch<Draws>>;
  const quantities: Record<string, Quantity> = {};
  type Inputs = { readonly weights: StateDict; readonly batch: StepBatch<Draws> };
  const host = await runOnce(
    ({ weights, batch: { inputs, draws } }: Inputs) => {
      const latents = model.encode(weights, inputs);
      const pooled = model.pool(latents);
      const all: Recorded = {
        "embeddings": { value: encoder.embed(weights, inputs), quantity: "latent" },
        "features/tokens": { value: latents, quantity: "latent" },
        "features/mean": { value: pooled, quantity: "latent" },
        "features/head": { value: encoder.head(weights, pooled), quantity: "latent" },
        ...compute(weights, inputs, draws),
      };
      const named = Object.entries(all);
      for (const [name, { quantity }] of named) quantities[name] = quantity;
      return Object.fromEntries(named.map(([name, { value }]) => [name, value]));
    },
    { weights: state, batch } as HostTree<Inputs>,
    mode,
  );
  for (const [name, { data }] of Object.entries(host)) {
    const recorded = name in fixture.scalars
      ? [Number(fixture.scalars[name])]
      : numbersOf(fixture, name);
    tally.compare(name, data, recorded, quantities[name]!);
  }
  const step = { model: model as TrainableModel<Draws>, state, batch };
  await compareGradients(tally, fixture, step, "grad", "dabsGradient", mode);
  await compareSteps(tally, fixture, step, {
    after: (step) => `after${step}`,
    recorded: [3],
    gradient: "grad",
    losses: "steps/loss",
  }, mode);
}
