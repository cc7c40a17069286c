/**
 * The one way in which the engine defines a function together with its vector-Jacobian product, and
 * the way to cut a tensor out of the gradient.
 *
 * @module
 */

import { type Tensor, tf } from "../backend/tf.ts";

/** Value of a function of tensors. */
export type Forward = (inputs: readonly Tensor[], constants: readonly Tensor[]) => Tensor;

/** Vector-Jacobian products: for the gradient of the value, one gradient an input. */
type Backward = (
  dy: Tensor,
  inputs: readonly Tensor[],
  constants: readonly Tensor[],
) => readonly Tensor[];

/**
 * Applies a function with a gradient of its own. Only the inputs are saved, never the output, so
 * that `backward`, written in differentiable operations, can itself be differentiated to any order.
 *
 * @param inputs Float tensors that gradients flow to.
 * @param constants Tensors without a gradient, such as indices; TF.js would dispose of them before
 * the gradient runs if they were merely captured.
 */
export function differentiable(
  inputs: readonly Tensor[],
  forward: Forward,
  backward: Backward,
  constants: readonly Tensor[] = [],
): Tensor {
  const f = tf.customGrad((...given) => {
    const save = given.pop() as unknown as (tensors: Tensor[]) => void;
    const tensors = given as Tensor[];
    save([...tensors, ...constants]);
    return {
      value: forward(tensors, constants),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [
        ...backward(dy, saved.slice(0, tensors.length), saved.slice(tensors.length)),
      ],
    };
  });
  return f(...inputs);
}

/**
 * The same values as a constant: no gradient flows through, and none is computed.
 *
 * A zero gradient would be carried through the whole backward pass; a new name for the same data
 * that no tape has seen costs nothing.
 */
export function detach(x: Tensor): Tensor {
  const engine = tf.engine();
  engine.backend.incRef(x.dataId);
  return engine.makeTensorFromTensorInfo({ dataId: x.dataId, shape: x.shape, dtype: x.dtype });
}
