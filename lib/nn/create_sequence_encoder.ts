/**
 * The encoder of full sequences on the backbone that an architecture names.
 *
 * @module
 */

import type { InputSpec } from "../spec/mod.ts";
import type { Architecture } from "./architecture.ts";
import { dabsEncoder } from "./dabs_encoder.ts";
import { metamaeEncoder } from "./metamae_encoder.ts";
import type { SequenceEncoder, SequenceEncoderOptions } from "./sequence_encoder.ts";

/**
 * Builds the encoder.
 *
 * @throws {UsageError} If MetaMAE's backbone is named and the heads do not divide its width.
 */
export function createSequenceEncoder(
  inputs: readonly InputSpec[],
  architecture: Architecture,
  options: SequenceEncoderOptions = {},
): SequenceEncoder {
  return architecture.backbone === "dabs"
    ? dabsEncoder(inputs, architecture, options)
    : metamaeEncoder(inputs, architecture, options);
}
