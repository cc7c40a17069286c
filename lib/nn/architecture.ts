/**
 * Sizes of the transformer.
 *
 * @module
 */

import { UsageError } from "../util/mod.ts";

/** Names of the transformer families: MetaMAE's own and the one of the DABS benchmark. */
export type BackboneName = "metamae" | "dabs";

/** Sizes of encoder and decoder. */
export interface Architecture {
  /** Kind of the encoder's blocks. */
  readonly backbone: BackboneName;
  /** Width of a token in the encoder. */
  readonly encoderWidth: number;
  /** Number of blocks of the encoder. */
  readonly encoderLayers: number;
  /** Attention heads of a block of the encoder. */
  readonly encoderHeads: number;
  /** Width of one attention head: width / heads for MetaMAE's backbone, free for the DABS one. */
  readonly encoderHeadWidth: number;
  /** Width of a token in the decoder. */
  readonly decoderWidth: number;
  /** Number of blocks of the decoder. */
  readonly decoderLayers: number;
  /** Attention heads of a block of the decoder. */
  readonly decoderHeads: number;
  /** Rate of the dropout in the encoder during training. */
  readonly dropout: number;
  /** Hidden width of the encoder's MLPs; twice the width if it is not given. */
  readonly encoderMlpWidth?: number;
}

/**
 * Checks that heads divide widths.
 *
 * @throws {UsageError} If they do not, naming both.
 */
export function checkHeads(part: "encoder" | "decoder", width: number, heads: number): void {
  if (width % heads !== 0) {
    throw new UsageError(
      `Cannot build the ${part}: its width ${width} is no multiple of its ${heads} heads`,
    );
  }
}
