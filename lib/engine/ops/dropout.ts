/**
 * Dropout whose masks are a pure function of (key, layer, sample, element).
 *
 * A 32-bit counter hash (xor, shift, multiply) written in plain operations: graph mode, XLA and the
 * version in TypeScript give the same bits, and a batch that is split over workers drops the same
 * elements as the whole one.
 *
 * @module
 */

import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs";
import { type DrawKey, mix32 } from "../../util/mod.ts";
import type { NativeBackend } from "../backend/native_backend.ts";
import { type Tensor, tf } from "../backend/tf.ts";
import { onHost, registerKernels } from "./kernels.ts";

const kernelName = "MetamaeDropoutMask";

/** Dropout of one place in the model. */
export interface DropoutOptions {
  /** Key of the step as made by {@linkcode dropoutKey}, int32 (3). */
  readonly key: Tensor;
  /** Number of this place in the model. */
  readonly layer: number;
  /** Share of elements that become 0; the others are divided by 1 - rate. */
  readonly rate: number;
}

/** The words that a step's dropout needs, to be uploaded as int32 (3). */
export function dropoutKey(key: DrawKey, firstSample: number): Int32Array<ArrayBuffer> {
  return Int32Array.of(key[0], key[1], firstSample);
}

/**
 * Drops elements.
 *
 * @param x (N, ...): the first axis counts samples.
 */
export function dropout(x: Tensor, options: DropoutOptions): Tensor {
  const { key, layer, rate } = options;
  if (rate === 0) return x;
  const kept = tf.engine().runKernel(kernelName, { key }, {
    shape: x.shape,
    layer,
    rate,
  }) as Tensor;
  return tf.mul(x, kept);
}

/** Whether one element is kept: the hash's upper 24 bits against the rate. */
function keeps(key0: number, key1: number, counter: number, threshold: number): boolean {
  let h = mix32(counter ^ key0) ^ key1;
  h = Math.imul(h, multiplier);
  h ^= h >>> 16;
  return (h >>> 8) >= threshold;
}

const multiplier = 0x21f0aaad;

registerKernels(kernelName, {
  host: ({ key }, attributes) => {
    const { shape, layerKey, threshold, scale } = read(attributes);
    const [key0, key1, firstSample] = onHost(key as TensorInfo);
    const perSample = shape.slice(1).reduce((product, size) => product * size, 1);
    const first = Math.imul(firstSample!, perSample);
    const mask = new Float32Array(perSample * shape[0]!);
    for (let i = 0; i < mask.length; i++) {
      mask[i] = keeps(key0! ^ layerKey, key1!, (first + i) | 0, threshold) ? scale : 0;
    }
    return tf.tensor(mask, shape);
  },
  native: ({ key }, attributes, native) =>
    tf.tidy(() => nativeMask(key!, read(attributes), native)),
});

interface MaskAttributes {
  readonly shape: number[];
  readonly layerKey: number;
  /** Smallest 24-bit number that keeps an element. */
  readonly threshold: number;
  readonly scale: number;
}

function read(attributes: NamedAttrMap): MaskAttributes {
  const rate = Number(attributes.rate);
  return {
    shape: attributes.shape as number[],
    layerKey: mix32(Number(attributes.layer) + 1) | 0,
    threshold: Math.round(rate * 0x1000000),
    scale: 1 / (1 - rate),
  };
}

function nativeMask(
  keyInfo: TensorInfo,
  { shape, layerKey, threshold, scale }: MaskAttributes,
  native: NativeBackend,
): Tensor {
  const type = [{ name: "T", type: 4, value: native.dataType("int32") }];
  const binary = (name: string, a: TensorInfo, b: TensorInfo): Tensor =>
    native.wrap(native.binding.executeOp(name, type, native.ids([a, b]), 1)[0]!);
  const int = (value: number): Tensor => tf.scalar(value | 0, "int32");
  const multiply = (x: Tensor, factor: number) => binary("Mul", x, int(factor));
  const shift = (x: Tensor, bits: number) =>
    binary("BitwiseAnd", binary("RightShift", x, int(bits)), int(0xffffffff >>> bits));
  const foldDown = (x: Tensor, bits: number) => binary("BitwiseXor", x, shift(x, bits));

  const key = keyInfo as Tensor;
  const word = (index: number) => tf.reshape(tf.slice(key, [index], [1]), []);
  // Counters as a sum over the axes: no constant of the size of the activations.
  let counter: Tensor = binary("Mul", word(2), int(product(shape.slice(1))));
  shape.forEach((size, axis) => {
    const stride = product(shape.slice(axis + 1));
    const along = Int32Array.from({ length: size }, (_, i) => Math.imul(i, stride));
    const place = shape.map((_, i) => i === axis ? size : 1);
    counter = binary("Add", counter, tf.tensor(along, place, "int32"));
  });

  let h = binary("BitwiseXor", counter, binary("BitwiseXor", word(0), int(layerKey)));
  h = multiply(foldDown(h, 17), 0xed5ad4bb);
  h = multiply(foldDown(h, 11), 0xac4c1b51);
  h = multiply(foldDown(h, 15), 0x31848bab);
  h = foldDown(h, 14);
  h = foldDown(multiply(binary("BitwiseXor", h, word(1)), multiplier), 16);
  const kept = tf.greaterEqual(shift(h, 8), int(threshold));
  return tf.mul(tf.cast(kept, "float32"), scale);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}
