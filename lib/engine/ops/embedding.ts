/**
 * Looking up rows of a table by id, differentiable to any order with respect to the table; one-hot
 * rows and sums of rows that share an id, which it is made of.
 *
 * @module
 */

import { type Tensor, tf } from "../backend/tf.ts";
import { differentiable } from "./differentiable.ts";
import type { TensorInfo } from "@tensorflow/tfjs";
import { onHost, registerKernels } from "./kernels.ts";

/**
 * 1 where a class is the id, 0 elsewhere, float32 (...ids, classes).
 *
 * Written as a comparison: the wasm backend's own kernel writes integers into a float tensor.
 *
 * @param ids int32 of any shape.
 */
export function oneHot(ids: Tensor, classes: number): Tensor {
  const range = tf.tensor1d(Int32Array.from({ length: classes }, (_, i) => i), "int32");
  return tf.cast(tf.equal(tf.expandDims(ids, -1), range), "float32");
}

/** Largest table whose look-up is a product with one-hot rows: deterministic, and fast compiled. */
const oneHotRows = 512;

/**
 * Rows of a table.
 *
 * @param table (V, D).
 * @param ids int32 of any shape, values in 0..V-1.
 * @returns (...ids, D).
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  const [rows, width] = table.shape as [number, number];
  const flat = tf.reshape(ids, [-1]) as tf.Tensor1D;
  const found = rows <= oneHotRows
    ? tf.matMul(oneHot(flat, rows) as tf.Tensor2D, table as tf.Tensor2D)
    : lookUp(table, flat, rows);
  return tf.reshape(found, [...ids.shape, width]);
}

function lookUp(table: Tensor, ids: Tensor, rows: number): Tensor {
  return differentiable(
    [table],
    ([table], [ids]) => tf.gather(table!, ids as tf.Tensor1D),
    (dy, _, [ids]) => [addUp(dy, ids!, rows)],
    [ids],
  );
}

function addUp(x: Tensor, ids: Tensor, rows: number): Tensor {
  return differentiable(
    [x],
    ([x], [ids]) => segmentSum(x!, ids!, rows),
    (dy, _, [ids]) => [lookUp(dy, ids!, rows)],
    [ids],
  );
}

const kernelName = "MetamaeSegmentSum";

/**
 * Adds rows into segments, in order of the rows.
 *
 * @param x (M, D).
 * @param ids int32 (M), values in 0..segments-1.
 * @returns (segments, D).
 */
export function segmentSum(x: Tensor, ids: Tensor, segments: number): Tensor {
  return tf.engine().runKernel(kernelName, { x, ids }, { segments }) as Tensor;
}

registerKernels(kernelName, {
  native: ({ x, ids }, { segments }, native) => {
    const count = tf.scalar(Number(segments), "int32");
    const attributes = [
      { name: "T", type: 4, value: native.dataType("float32") },
      { name: "Tindices", type: 4, value: native.dataType("int32") },
      { name: "Tnumsegments", type: 4, value: native.dataType("int32") },
    ];
    const inputs = native.ids([x!, ids!, count]);
    const [sum] = native.binding.executeOp("UnsortedSegmentSum", attributes, inputs, 1);
    count.dispose();
    return native.wrap(sum!);
  },
  host: ({ x, ids }, { segments }) => {
    const width = x!.shape[1]!;
    const [rows, places] = [onHost(x as TensorInfo), onHost(ids as TensorInfo)];
    const out = new Float32Array(Number(segments) * width);
    places.forEach((place, row) => {
      for (let i = 0; i < width; i++) out[place * width + i]! += rows[row * width + i]!;
    });
    return tf.tensor(out, [Number(segments), width]);
  },
});
