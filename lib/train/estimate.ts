/**
 * What a step costs, before it is run: floating-point operations and memory.
 *
 * Matrix products only, counted as two operations a multiplication. The counts of a decoder that is
 * differentiated twice follow from its passes: forward, gradient with respect to the latents,
 * forward again, and the backward pass through all three.
 *
 * @module
 */

import type { Model, StepProfile } from "../methods/mod.ts";
import { patchCount, patchWidth } from "../spec/mod.ts";
import { MissingError } from "../util/mod.ts";
import { countParameters } from "./parameters.ts";

/**
 * How much more activations take operation by operation than compiled: every intermediate value is
 * kept for the backward pass. Measured with MAE and MetaMAE at the presets `tiny` and `small`: 5 to
 * 6.5.
 */
const eagerFactor = 6;

/** Estimated cost of one step. */
export interface StepCost {
  /** Floating-point operations. */
  readonly flops: number;
  /** Peak memory in bytes of a compiled step, within a factor of about two. */
  readonly bytes: number;
  /** The same for a step that runs operation by operation. */
  readonly eagerBytes: number;
}

/** A step in which the encoder sees everything. */
const plainProfile: StepProfile = { visible: 1, innerSteps: 0, secondOrder: false };

/** Estimates one training step of a batch. */
export function stepCost(model: Model, batchSize: number): StepCost {
  const profile = model.profile ?? plainProfile;
  const a = model.architecture;
  const patches = model.inputs.reduce((sum, input) => sum + patchCount(input), 0);
  const embedding = model.inputs.reduce(
    (sum, input) => sum + (input.kind === "tokens" ? 0 : patchCount(input) * patchWidth(input)),
    0,
  );
  const seen = 1 + Math.trunc(patches * profile.visible);
  const attention = a.encoderHeads * a.encoderHeadWidth;
  const encoder = tower(seen, a.encoderWidth, attention, a.encoderHeads, a.encoderLayers);
  const hasDecoder = model.reconstruct !== undefined && a.decoderLayers > 0;
  const decoder = tower(
    1 + patches,
    a.decoderWidth,
    a.decoderWidth,
    a.decoderHeads,
    hasDecoder ? a.decoderLayers : 0,
  );
  const heads = model.inputs.reduce(
    (sum, input) => sum + 2 * patchCount(input) * a.decoderWidth * patchWidth(input),
    2 * seen * a.encoderWidth * a.decoderWidth,
  );
  // Passes in units of one forward pass: 3 without inner steps; each inner step adds a forward and
  // a
  // gradient for the latents (2), and the backward pass through both (4) at second order.
  const passes = 3 + profile.innerSteps * (profile.secondOrder ? 6 : 2);
  const flops = 3 * (encoder.flops + 2 * embedding * a.encoderWidth) +
    (hasDecoder ? passes * (decoder.flops + heads) : 0);
  const saved = encoder.values +
    decoder.values * (1 + profile.innerSteps * (profile.secondOrder ? 4 : 1));
  const { trainable, fixed } = countParameters(model.parameters);
  const weights = 4 * (6 * trainable + fixed);
  const activations = 4 * saved * batchSize;
  return {
    flops: flops * batchSize,
    bytes: weights + activations,
    eagerBytes: weights + eagerFactor * activations,
  };
}

/** Forward operations and values kept for the backward pass of a row of blocks, for one sample. */
function tower(tokens: number, width: number, attention: number, heads: number, layers: number) {
  const linear = 2 * tokens * (4 * width * attention + 4 * width * width);
  const products = 4 * tokens * tokens * attention;
  const values = tokens * (10 * width + 6 * attention + 3 * heads * tokens);
  return { flops: layers * (linear + products), values: layers * values };
}

/** Memory that WebAssembly can address, less what the program and the runtime take. */
const wasmBytes = 3.5 * 2 ** 30;

/**
 * Checks that a step fits into the memory that a backend can use.
 *
 * @throws {MissingError} If it does not; the hint names a batch size that does.
 */
export function checkMemory(
  backend: string,
  batchSize: number,
  cost: (batchSize: number) => StepCost,
): void {
  const bytes = (samples: number) => cost(samples).eagerBytes;
  if (backend !== "wasm" || bytes(batchSize) <= wasmBytes) return;
  const fitting = Math.floor((wasmBytes - bytes(0)) / (bytes(1) - bytes(0)));
  const gibibytes = (bytes(batchSize) / 2 ** 30).toFixed(1);
  throw new MissingError(
    `Cannot train with batches of ${batchSize} on the backend "wasm": ` +
      `a step takes about ${gibibytes} GiB, WebAssembly can use 3.5`,
    {
      hint: 'Install the fast engine with "metamae engine install"' +
        (fitting > 0 ? `, or pass --batch-size ${fitting}` : ", or choose a smaller preset"),
    },
  );
}
