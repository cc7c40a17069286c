/**
 * Masked autoencoder, as the MetaMAE repository trains it.
 *
 * @module
 */

import { z } from "zod";
import type { StateDict, Tensor } from "../engine/mod.ts";
import {
  adaptLatents,
  type Dropout,
  dropoutDraw,
  type DropoutDraws,
  keyedDropout,
  type MaskDraws,
  type MaskedAutoencoder,
  maskedAutoencoder,
  meanOver,
  poolTokens,
} from "../nn/mod.ts";
import { anyInput, maskRatio, type Method, type Model } from "./method.ts";

/** Options of {@linkcode mae}. */
export const maeOptions = z.strictObject({ maskRatio });

/** Options of {@linkcode mae}. */
export type MaeOptions = z.infer<typeof maeOptions>;

/** Draws of {@linkcode mae}. */
export type MaeDraws = MaskDraws & DropoutDraws;

/**
 * Encodes the visible tokens, reconstructs the masked ones: squared error on patches, cross-entropy
 * on ids, averaged over the masked tokens of the batch.
 */
export const mae: Method<MaeOptions, MaeDraws> = {
  id: "mae",
  title: "MAE",
  paper:
    'He et al., "Masked Autoencoders Are Scalable Vision Learners", CVPR 2022; the variant of ' +
    'Jang et al., "Modality-Agnostic Self-Supervised Learning with Meta-Learned Masked Auto-Encoder", ' +
    "NeurIPS 2023",
  summary: "Reconstructs masked tokens from the visible ones",
  backbones: ["metamae"],
  publishedBackbone: "metamae",
  ...anyInput,
  trainable: true,
  options: maeOptions,

  build(inputs, architecture, { maskRatio }): Model<MaeDraws> {
    const autoencoder = maskedAutoencoder(inputs, architecture, maskRatio);
    return {
      inputs,
      architecture,
      parameters: autoencoder.parameters,
      profile: { visible: 1 - maskRatio, innerSteps: 0, secondOrder: false },
      draw: (key) => ({ ...autoencoder.drawMasks(key), ...dropoutDraw(key) }),
      objective(parameters, tensors, draws) {
        const dropout = keyedDropout(draws, architecture.dropout);
        const loss = maeLoss(autoencoder, parameters, tensors, draws, dropout);
        return { loss, metrics: {}, state: {} };
      },
      encode: autoencoder.encode,
      pool: poolTokens,
      adapt: (parameters, tensors, options) =>
        adaptLatents(autoencoder, parameters, tensors, options),
      reconstruct(parameters, tensors, { masks }) {
        const latents = autoencoder.encodeVisible(parameters, tensors, masks);
        const predictions = autoencoder.decode(parameters, latents, masks);
        return autoencoder.targets(tensors).map((target, k) => {
          const before = predictions[k]!;
          return { target, mask: masks[k]!.mask, before, after: before };
        });
      },
    };
  },
};

/** Loss of a batch under given masks and dropout. */
export function maeLoss(
  autoencoder: MaskedAutoencoder,
  parameters: StateDict,
  inputs: readonly Tensor[],
  { masks, masked }: MaskDraws,
  dropout: Dropout,
): Tensor {
  const latents = autoencoder.encodeVisible(parameters, inputs, masks, dropout);
  const losses = autoencoder.lossesOf(masked, parameters, latents, inputs, masks);
  return meanOver(losses, masked.modalities);
}
