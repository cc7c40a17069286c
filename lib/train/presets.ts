/**
 * Sizes of encoder and decoder by name.
 *
 * @module
 */

import type { Architecture, BackboneName } from "../methods/mod.ts";
import type { PresetName } from "../spec/mod.ts";

/** Encoder and decoder as width, layers and heads; head width of the DABS backbone's attention. */
const sizes = {
  paper: { encoder: [256, 12, 8], decoder: [128, 4, 4], dabsHeadWidth: 64 },
  small: { encoder: [128, 4, 4], decoder: [64, 2, 2], dabsHeadWidth: 32 },
  tiny: { encoder: [64, 2, 2], decoder: [32, 1, 1], dabsHeadWidth: 16 },
} as const;

/** Departures from a preset. */
export interface ArchitectureOptions {
  /** Blocks of the decoder; the preset's by default. */
  readonly decoderLayers?: number | undefined;
  /** Rate of the dropout in the encoder; 0.1 by default. */
  readonly dropout?: number | undefined;
}

/**
 * The architecture of a preset on a backbone.
 *
 * MetaMAE's backbone divides its width among the heads; the one of DABS has heads of a width of
 * their own, twice as wide at the published size.
 */
export function architectureOf(
  preset: PresetName,
  backbone: BackboneName,
  options: ArchitectureOptions = {},
): Architecture {
  const { encoder, decoder, dabsHeadWidth } = sizes[preset];
  const [encoderWidth, encoderLayers, encoderHeads] = encoder;
  return {
    backbone,
    encoderWidth,
    encoderLayers,
    encoderHeads,
    encoderHeadWidth: backbone === "dabs" ? dabsHeadWidth : encoderWidth / encoderHeads,
    decoderWidth: decoder[0],
    decoderLayers: options.decoderLayers ?? decoder[1],
    decoderHeads: decoder[2],
    dropout: options.dropout ?? 0.1,
  };
}
