/**
 * TF.js's wasm backend, with a faster matrix product.
 *
 * @module
 */

import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";
import { type Tensor, tf } from "./tf.ts";

let replaced = false;

/** Makes the packaged wasm backend the active one. */
export async function startWasmBackend(): Promise<void> {
  await import("@tensorflow/tfjs-backend-wasm");
  if (!replaced) replaceMatMul(tf.getKernel("BatchMatMul", "wasm"));
  replaced = true;
  await tf.setBackend("wasm");
}

/**
 * The packaged product takes its fast path only if neither factor is transposed, and is ten times
 * slower else: transposing first is cheap beside that.
 */
function replaceMatMul(packaged: KernelConfig): void {
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({
    ...packaged,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = attrs as unknown as Record<string, boolean>;
      const left = transposeA ? transposed(a) : a;
      const right = transposeB ? transposed(b) : b;
      const product = packaged.kernelFunc({
        inputs: { a: left, b: right },
        backend,
        attrs: { transposeA: false, transposeB: false },
      });
      if (left !== a) (left as Tensor).dispose();
      if (right !== b) (right as Tensor).dispose();
      return product;
    },
  });
}

/** Swaps the last two axes. */
function transposed(x: TensorInfo): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  const order = [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!];
  return tf.transpose(x as Tensor, order);
}
