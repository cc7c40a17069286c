/**
 * The transformer of the DABS benchmark.
 *
 * It differs from the MetaMAE repository's encoder in that
 * - attention heads have a width of their own (64 at the published size), so that the attention is
 *   wider than the latents;
 * - one position table is trained for the whole sequence, CLS and all modalities included;
 * - no LayerNorm stands at the end;
 * - features are the mean over all positions, CLS included;
 * - weights start at the defaults of the reference's library, tables at the standard normal.
 *
 * Names are those of the published checkpoints (specification section 6).
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { embedding, gelu } from "../engine/ops/mod.ts";
import { type InputSpec, patchCount, patchWidth } from "../spec/mod.ts";
import type { Architecture } from "./architecture.ts";
import { selfAttention } from "./attention.ts";
import type { Drop } from "./block.ts";
import { noDropout } from "./draws.ts";
import { linear, norm, parameter, project, projectionHead, projectionHeadSpecs } from "./linear.ts";
import {
  defaultLinearSpecs,
  fanIn,
  type Initializer,
  normSpecs,
  type ParameterSpec,
  trainable,
} from "./parameter_spec.ts";
import { patchify } from "./patches.ts";
import { poolPositions } from "./pooling.ts";
import {
  publishedHeadWidth,
  type SequenceEncoder,
  type SequenceEncoderOptions,
} from "./sequence_encoder.ts";

const standardNormal: Initializer = { kind: "normal", deviation: 1 };

/** Builds the encoder; its head is part of the state dict whether a method uses it or not. */
export function dabsEncoder(
  inputs: readonly InputSpec[],
  architecture: Architecture,
  { headWidth = publishedHeadWidth }: SequenceEncoderOptions = {},
): SequenceEncoder {
  const { encoderWidth: width, encoderHeads: heads, encoderLayers: layers } = architecture;
  const counts = inputs.map(patchCount);
  const length = counts.reduce((sum, count) => sum + count, 0);

  const embed: SequenceEncoder["embed"] = (parameters, tensors) => {
    const parts = tensors.map((x, k) => {
      const input = inputs[k]!;
      const patches = patchify(x, input);
      return input.kind === "tokens"
        ? embedding(parameter(parameters, tableName(k)), patches)
        : linear(parameters, embeddingName(input, k), patches);
    });
    return tf.concat(parts, 1);
  };
  const transform: SequenceEncoder["transform"] = (parameters, embeddings, dropout = noDropout) => {
    const [samples] = embeddings.shape as [number];
    const cls = tf.add(parameter(parameters, "model.cls_token"), tf.zeros([samples, 1, 1]));
    const positions = parameter(parameters, "model.pos_embedding");
    let x = dropout(tf.add(tf.concat([cls, embeddings], 1), positions), 0);
    for (let i = 0; i < layers; i++) {
      let place = 1 + 3 * i;
      x = layer(parameters, i, x, heads, (y) => dropout(y, place++));
    }
    return x;
  };

  return {
    inputs,
    counts,
    width,
    dropoutPlaces: 1 + 3 * layers,
    parameters: [
      trainable("model.pos_embedding", [1, length + 1, width], standardNormal),
      trainable("model.cls_token", [1, 1, width], standardNormal),
      ...inputs.flatMap((input, k) => embeddingSpecs(input, k, width)),
      ...Array.from({ length: layers }, (_, i) => layerSpecs(i, architecture)).flat(),
      ...projectionHeadSpecs("model.mlp_head", headWidth, width),
    ],

    embed,
    transform,
    encode: (parameters, tensors, dropout) =>
      transform(parameters, embed(parameters, tensors), dropout),
    pool: poolPositions,
    head: (parameters, features) => projectionHead(parameters, "model.mlp_head", features),
    tokenTable: (parameters, modality) => parameter(parameters, tableName(modality)),
  };
}

function tableName(modality: number): string {
  return `model.embed_modules.${modality}.embed.weight`;
}

/** The reference cuts series and images inside the embedding, which puts its map at index 1. */
function embeddingName({ kind }: InputSpec, modality: number): string {
  const name = `model.embed_modules.${modality}.embed`;
  return kind === "tabular" ? name : `${name}.1`;
}

function embeddingSpecs(input: InputSpec, modality: number, width: number): ParameterSpec[] {
  return input.kind === "tokens"
    ? [trainable(tableName(modality), [input.vocabulary, width], standardNormal)]
    : defaultLinearSpecs(embeddingName(input, modality), width, patchWidth(input));
}

function layerSpecs(index: number, architecture: Architecture): ParameterSpec[] {
  const { encoderWidth: width, encoderHeads, encoderHeadWidth } = architecture;
  const { encoderMlpWidth: hidden = 2 * width } = architecture;
  const attention = encoderHeads * encoderHeadWidth;
  const name = layerName(index);
  return [
    ...normSpecs(`${name}.0.norm`, width),
    trainable(`${name}.0.fn.to_qkv.weight`, [3 * attention, width], fanIn(width)),
    ...defaultLinearSpecs(`${name}.0.fn.to_out.0`, width, attention),
    ...normSpecs(`${name}.1.norm`, width),
    ...defaultLinearSpecs(`${name}.1.fn.net.0`, hidden, width),
    ...defaultLinearSpecs(`${name}.1.fn.net.3`, width, hidden),
  ];
}

/**
 * x <- x + Drop(Out(Attn(LN(x)))); x <- x + Drop(FC2(Drop(GELU(FC1(LN(x)))))).
 *
 * @param x (N, T, D).
 */
function layer(parameters: StateDict, index: number, x: Tensor, heads: number, drop: Drop): Tensor {
  const name = layerName(index);
  const qkv = parameter(parameters, `${name}.0.fn.to_qkv.weight`);
  const mixed = selfAttention(project(norm(parameters, `${name}.0.norm`, x), qkv), heads);
  const attended = tf.add(x, drop(linear(parameters, `${name}.0.fn.to_out.0`, mixed)));
  const narrow = norm(parameters, `${name}.1.norm`, attended);
  const hidden = linear(parameters, `${name}.1.fn.net.0`, narrow);
  return tf.add(attended, drop(linear(parameters, `${name}.1.fn.net.3`, drop(gelu(hidden)))));
}

function layerName(index: number): string {
  return `model.transformer.layers.${index}`;
}
