/**
 * Cutting a tensor out of the gradient.
 *
 * @module
 */

import { type Tensor, tf } from "../backend/tf.ts";

/**
 * The same values as a constant: no gradient flows through, and none is computed.
 *
 * A zero gradient would be carried through the whole backward pass; a new name for the same data that
 * no tape has seen costs nothing.
 */
export function detach(x: Tensor): Tensor {
  const engine = tf.engine();
  engine.backend.incRef(x.dataId);
  return engine.makeTensorFromTensorInfo({ dataId: x.dataId, shape: x.shape, dtype: x.dtype });
}
