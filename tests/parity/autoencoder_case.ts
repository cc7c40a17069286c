/**
 * What the recorded cases of MAE and MetaMAE have in common: inputs, sizes, masks.
 *
 * @module
 */

import type { Architecture } from "../../lib/nn/architecture.ts";
import type { MaskedAutoencoder } from "../../lib/nn/masked_autoencoder.ts";
import { maskingFromNoise } from "../../lib/nn/masking.ts";
import { tokenSet } from "../../lib/nn/token_set.ts";
import { type InputSpec, sampleShape } from "../../lib/spec/input.ts";
import { float32, int32, type NdArray } from "../../lib/util/ndarray.ts";
import { type FixtureCase, float32Of, int32Of, numbersOf, tensorOf } from "./fixture_case.ts";
import type { Tally } from "./tolerance.ts";

/** The modality of a case. */
export function inputOf({ config }: FixtureCase): InputSpec {
  const [patch] = config.patch_size as [number];
  return inputOfShape(config.input_shape as (number | number[])[], patch);
}

/** The modality of a recorded shape: `[C, T]`, `[[V], T]` or `[C, H, W]`. */
export function inputOfShape(
  [first, second, third]: readonly (number | readonly number[])[],
  patch: number,
): InputSpec {
  if (Array.isArray(first)) {
    return { kind: "tokens", vocabulary: first[0]!, length: Number(second) };
  }
  const channels = Number(first);
  if (third !== undefined) {
    return { kind: "image", channels, height: Number(second), width: Number(third), patch };
  }
  return channels === 1 && patch === 1
    ? { kind: "tabular", features: Number(second) }
    : { kind: "series", channels, length: Number(second), patch };
}

/** Encoder and decoder of a case. */
export function architectureOf({ config }: FixtureCase): Architecture {
  const size = (name: string) => Number(config[name]);
  return {
    backbone: "metamae",
    encoderWidth: size("embed_dim_enc"),
    encoderLayers: size("num_layer_enc"),
    encoderHeads: size("num_head_enc"),
    encoderHeadWidth: size("embed_dim_enc") / size("num_head_enc"),
    decoderWidth: size("embed_dim_dec"),
    decoderLayers: size("num_layer_dec"),
    decoderHeads: size("num_head_dec"),
    dropout: size("dropout"),
  };
}

/** The batch in this project's layout. */
export function batchOf(fixture: FixtureCase, input: InputSpec): NdArray<"float32" | "int32"> {
  const samples = Number(fixture.config.batch);
  const shape = [samples, ...sampleShape(input)];
  return input.kind === "tokens"
    ? int32(shape, int32Of(fixture, "input/x").data)
    : float32(shape, float32Of(fixture, "input/x").data);
}

/** Masks on the host. */
type DrawnMasks = ReturnType<MaskedAutoencoder["drawMasks"]>;

/** Masks from the recorded draw, compared with the recorded ones. */
export function masksOf(fixture: FixtureCase, tally: Tally): DrawnMasks {
  const kept = tensorOf(fixture, "mask/ids_keep").shape[1]!;
  const masking = maskingFromNoise(float32Of(fixture, "rand/mask_noise"), kept);
  tally.compare("mask/ids_keep", masking.keep.data, numbersOf(fixture, "mask/ids_keep"), "exact");
  const restore = numbersOf(fixture, "mask/ids_restore");
  tally.compare("mask/ids_restore", masking.restore.data, restore, "exact");
  tally.compare("mask/mask", masking.mask.data, numbersOf(fixture, "mask/mask"), "exact");
  const masked = masking.mask.shape[1]! - kept;
  return { masks: [masking], masked: tokenSet([masking.mask], [masked]) };
}

/** Reorders logits (N, L, V) to the recorded order (N, V, L); other predictions stay. */
export function recordedOrder(array: NdArray, input: InputSpec): ArrayLike<number> {
  const values = Float64Array.from(array.data as ArrayLike<number>);
  if (input.kind !== "tokens") return values;
  const [samples, length, classes] = array.shape as [number, number, number];
  const out = new Float64Array(values.length);
  for (let n = 0; n < samples; n++) {
    for (let i = 0; i < length; i++) {
      for (let v = 0; v < classes; v++) {
        out[(n * classes + v) * length + i] = values[(n * length + i) * classes + v]!;
      }
    }
  }
  return out;
}
