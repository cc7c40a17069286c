/**
 * The door to TensorFlow.js: the tensor API under one name, and the type that models use.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs";

export { tf };

/** A tensor of the active backend; dispose of it, or create it inside `tf.tidy`. */
export type Tensor = tf.Tensor;
