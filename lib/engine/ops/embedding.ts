/**
 * Looking up rows of a table by id, differentiable to any order with respect to the table.
 *
 * @module
 */

import { type Tensor, tf } from "../backend/tf.ts";
import { differentiable } from "./differentiable.ts";
import { oneHot } from "./one_hot.ts";
import { segmentSum } from "./segment_sum.ts";

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
