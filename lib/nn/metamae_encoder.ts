/**
 * The encoder of the MetaMAE repository: fixed sine-cosine positions, pre-norm blocks, a final
 * LayerNorm, features without CLS.
 *
 * Several modalities form one sequence behind one CLS: every one has its own embedding and position
 * table, the blocks are joint. With one modality names and layouts are those of the published
 * checkpoints; with several a number is appended.
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { type InputSpec, patchCount } from "../spec/mod.ts";
import { type Architecture, checkHeads } from "./architecture.ts";
import { block, blockSpecs } from "./block.ts";
import { type Dropout, noDropout } from "./draws.ts";
import { norm, parameter, projectionHead, projectionHeadSpecs } from "./linear.ts";
import { fixed, normSpecs, type ParameterSpec, trainable } from "./parameter_spec.ts";
import { embedPatches, patchEmbeddingSpecs, patchify } from "./patches.ts";
import { poolTokens } from "./pooling.ts";
import type { SequenceEncoder, SequenceEncoderOptions } from "./sequence_encoder.ts";

/** The encoder, with the pieces that a masked autoencoder needs of it. */
export interface MetamaeEncoder extends SequenceEncoder {
  /** Embeddings (N, K, D) of the patches of one modality, whole or a part, without positions. */
  embedPatches(parameters: StateDict, modality: number, patches: Tensor): Tensor;
  /** Position codes (L, D) of one modality. */
  positions(parameters: StateDict, modality: number): Tensor;
  /**
   * CLS, dropout, blocks and final LayerNorm.
   *
   * @param tokens Embeddings with positions, (N, any number, D) each.
   * @returns (N, 1 + all of them, D).
   */
  encodeTokens(parameters: StateDict, tokens: readonly Tensor[], dropout: Dropout): Tensor;
}

/**
 * Builds the encoder.
 *
 * @throws {UsageError} If the heads do not divide the width.
 */
export function metamaeEncoder(
  inputs: readonly InputSpec[],
  { encoderWidth: width, encoderHeads: heads, encoderLayers: layers }: Architecture,
  { headWidth }: SequenceEncoderOptions = {},
): MetamaeEncoder {
  checkHeads("encoder", width, heads);
  const counts = inputs.map(patchCount);
  const named = modalityNames(inputs);

  const embedOne = (parameters: StateDict, modality: number, patches: Tensor): Tensor =>
    embedPatches(parameters, named("patch_embed", modality), inputs[modality]!, patches);
  const positions = (parameters: StateDict, modality: number): Tensor =>
    positionRows(parameter(parameters, named("pos_embed", modality)));

  const encodeTokens: MetamaeEncoder["encodeTokens"] = (parameters, tokens, dropout) => {
    const [samples] = tokens[0]!.shape as [number];
    const cls = tf.add(parameter(parameters, "cls_token"), tf.zeros([samples, 1, 1]));
    let x = dropout(tf.concat([cls, ...tokens], 1), 0);
    for (let i = 0; i < layers; i++) {
      let place = 1 + 3 * i;
      x = block(parameters, `encoder.${i}`, x, heads, (y) => dropout(y, place++));
    }
    return norm(parameters, "norm_enc", x);
  };

  const embed: MetamaeEncoder["embed"] = (parameters, tensors) => {
    const parts = tensors.map((x, k) => embedOne(parameters, k, patchify(x, inputs[k]!)));
    return tf.concat(parts, 1);
  };
  const transform: MetamaeEncoder["transform"] = (parameters, embeddings, dropout = noDropout) => {
    const codes = tf.concat(inputs.map((_, k) => positions(parameters, k)), 0);
    return encodeTokens(parameters, [tf.add(embeddings, codes)], dropout);
  };

  return {
    inputs,
    counts,
    width,
    dropoutPlaces: 1 + 3 * layers,
    parameters: [
      trainable("cls_token", [1, 1, width], { kind: "normal", deviation: 0.02 }),
      ...positionSpecs("pos_embed", inputs, width),
      ...inputs.flatMap((input, k) => patchEmbeddingSpecs(named("patch_embed", k), input, width)),
      ...Array.from({ length: layers }, (_, i) => blockSpecs(`encoder.${i}`, width)).flat(),
      ...normSpecs("norm_enc", width),
      ...(headWidth === undefined ? [] : projectionHeadSpecs("mlp_head", headWidth, width)),
    ],
    embedPatches: embedOne,
    positions,
    encodeTokens,
    embed,
    transform,
    encode: (parameters, tensors, dropout) =>
      transform(parameters, embed(parameters, tensors), dropout),
    pool: poolTokens,
    head: (parameters, features) => projectionHead(parameters, "mlp_head", features),
    tokenTable: (parameters, modality) =>
      parameter(parameters, `${named("patch_embed", modality)}.proj.weight`),
  };
}

/**
 * Names of what every modality has of its own: as they are for one modality, numbered for several.
 */
export function modalityNames(
  inputs: readonly InputSpec[],
): (name: string, modality: number) => string {
  return (name, modality) => inputs.length === 1 ? name : `${name}.${modality}`;
}

/** Fixed position tables (1, L + 1, width) of every modality. */
export function positionSpecs(
  name: string,
  inputs: readonly InputSpec[],
  width: number,
): ParameterSpec[] {
  const named = modalityNames(inputs);
  return inputs.map((input, k) =>
    fixed(named(name, k), [1, patchCount(input) + 1, width], positionTable(input, width))
  );
}

/** The rows of the patches (L, width) of a table (1, L + 1, width), without that of CLS. */
export function positionRows(table: Tensor): Tensor {
  const [, rows, width] = table.shape as [number, number, number];
  return tf.reshape(tf.slice(table, [0, 1, 0], [1, rows - 1, width]), [rows - 1, width]);
}

/**
 * Position codes of kept tokens.
 *
 * @param rows Codes (L, width).
 * @param keep Positions, int32 (N, K).
 * @returns (N, K, width), without a gradient for the positions.
 */
export function positionsAt(rows: Tensor, keep: Tensor): Tensor {
  const flat = tf.gather(rows, tf.reshape(keep, [-1]) as tf.Tensor1D);
  return tf.reshape(flat, [...keep.shape, rows.shape[1]!]);
}

/** Code of one position, float64 (width); the width must be even. */
function code(position: number, width: number): Float64Array {
  const half = width / 2;
  const out = new Float64Array(width);
  for (let j = 0; j < half; j++) {
    const angle = position * 10000 ** (-j / half);
    out[j] = Math.sin(angle);
    out[half + j] = Math.cos(angle);
  }
  return out;
}

/**
 * Table for a sequence.
 *
 * @returns float64 of shape (length + 1, width), row-major, CLS first.
 * @throws {RangeError} If the width is odd.
 */
export function sequenceCodes(length: number, width: number): Float64Array<ArrayBuffer> {
  checkDivisible(width, 2);
  const table = new Float64Array((length + 1) * width);
  for (let i = 0; i < length; i++) table.set(code(i, width), (i + 1) * width);
  return table;
}

/**
 * Table for a grid of patches in row-major order: the first half of a code is that of the column,
 * the second half that of the row.
 *
 * @returns float64 of shape (rows * columns + 1, width), row-major, CLS first.
 * @throws {RangeError} If the width is no multiple of 4.
 */
export function gridCodes(rows: number, columns: number, width: number): Float64Array<ArrayBuffer> {
  checkDivisible(width, 4);
  const table = new Float64Array((rows * columns + 1) * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = (row * columns + column + 1) * width;
      table.set(code(column, width / 2), start);
      table.set(code(row, width / 2), start + width / 2);
    }
  }
  return table;
}

/** Table of an input, float32 of shape (L + 1, width). */
export function positionTable(input: InputSpec, width: number): Float32Array<ArrayBuffer> {
  if (input.kind === "image") {
    const rows = input.height / input.patch;
    return Float32Array.from(gridCodes(rows, input.width / input.patch, width));
  }
  return Float32Array.from(sequenceCodes(patchCount(input), width));
}

function checkDivisible(width: number, by: number): void {
  if (width % by !== 0) {
    throw new RangeError(
      `Cannot make position codes: the width ${width} is no multiple of ${by}`,
    );
  }
}
