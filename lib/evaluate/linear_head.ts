/**
 * The head of a linear probe, as the published checkpoints store it and as one matrix.
 *
 * @module
 */

import { drawKey, float32, type NdArray, uniform } from "../util/mod.ts";

/** Weight (outputs, D) and bias (outputs) of a linear head. */
export interface LinearHead {
  readonly weight: NdArray<"float32">;
  readonly bias: NdArray<"float32">;
}

/** The head that a fit starts from: uniform within 1/sqrt(D), keyed by the seed. */
export function initialHead(seed: number, outputs: number, width: number): LinearHead {
  const bound = 1 / Math.sqrt(width);
  const draw = (name: string, length: number) => {
    const key = drawKey(seed, name);
    return Float32Array.from({ length }, (_, i) => (2 * uniform(key, i) - 1) * bound);
  };
  return {
    weight: float32([outputs, width], draw("probe-weight", outputs * width)),
    bias: float32([outputs], draw("probe-bias", outputs)),
  };
}

/** The joint matrix (D + 1, outputs) of a head. */
export function joinHead({ weight, bias }: LinearHead): NdArray<"float32"> {
  const [outputs, width] = weight.shape as [number, number];
  const joined = new Float32Array((width + 1) * outputs);
  for (let o = 0; o < outputs; o++) {
    for (let d = 0; d < width; d++) joined[d * outputs + o] = weight.data[o * width + d]!;
    joined[width * outputs + o] = bias.data[o]!;
  }
  return float32([width + 1, outputs], joined);
}

/** Weight and bias of the joint matrix (D + 1, outputs). */
export function splitHead({ shape, data }: NdArray<"float32">): LinearHead {
  const [rows, outputs] = shape as [number, number];
  const width = rows - 1;
  const weight = new Float32Array(outputs * width);
  for (let o = 0; o < outputs; o++) {
    for (let d = 0; d < width; d++) weight[o * width + d] = data[d * outputs + o]!;
  }
  return {
    weight: float32([outputs, width], weight),
    bias: float32([outputs], data.slice(width * outputs)),
  };
}
