/**
 * Sums of rows that share an id, as a kernel on every backend.
 *
 * @module
 */

import type { TensorInfo } from "@tensorflow/tfjs";
import { type Tensor, tf } from "../backend/tf.ts";
import { onHost, registerKernels } from "./kernels.ts";

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
