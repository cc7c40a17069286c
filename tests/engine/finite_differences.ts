/**
 * Checks first and second derivatives of a function of tensors against central differences.
 *
 * @module
 */

import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import { drawKey, normals } from "../../lib/util/random.ts";
import { assert } from "../assert.ts";

/** Step of the differences; the error is about step^2 plus rounding / step. */
const step = 1e-2;

/** A function under test and where it is evaluated. */
export interface DerivativeCase {
  readonly name: string;
  readonly f: (x: Tensor) => Tensor;
  readonly shape: readonly number[];
  /** Offset of the points, for functions that are not defined everywhere. */
  readonly at?: (x: Float32Array) => Float32Array;
}

/** Fails if a derivative differs from its central differences by more than `tolerance` (relative). */
export function checkDerivatives(test: DerivativeCase, tolerance = 3e-3): void {
  tf.tidy(() => {
    const size = test.shape.reduce((a, b) => a * b, 1);
    const drawn = normals(drawKey(1, test.name), size);
    const point = Float32Array.from(test.at?.(drawn) ?? drawn);
    const weight = (label: string, shape: readonly number[]) =>
      tf.tensor(normals(drawKey(2, label), shape.reduce((a, b) => a * b, 1)), [...shape]);
    const tensor = (values: Float32Array) => tf.tensor(values, [...test.shape]);

    const outputs = weight(`${test.name} out`, test.f(tensor(point)).shape);
    const inputs = weight(`${test.name} in`, test.shape);
    const value = (x: Tensor): Tensor => tf.sum(tf.mul(test.f(x), outputs));
    const gradient = tf.grad(value);
    // A weighted sum of the gradient, plus the value itself so that two paths reach the input.
    const second = (x: Tensor): Tensor =>
      tf.add(tf.sum(tf.mul(gradient(x), inputs)), tf.mul(0.1, value(x)));

    compare(
      `${test.name}, first order`,
      gradient(tensor(point)),
      point,
      (x) => value(tensor(x)),
      tolerance,
    );
    compare(
      `${test.name}, second order`,
      tf.grad(second)(tensor(point)),
      point,
      (x) => second(tensor(x)),
      tolerance,
    );
  });
}

function compare(
  name: string,
  computed: Tensor,
  point: Float32Array,
  f: (x: Float32Array) => Tensor,
  tolerance: number,
): void {
  const actual = computed.dataSync();
  const wanted = Float64Array.from(point, (_, i) => {
    const moved = (by: number) => {
      const x = Float32Array.from(point);
      x[i]! += by;
      return tf.tidy(() => f(x).dataSync()[0]!);
    };
    return (moved(step) - moved(-step)) / (2 * step);
  });
  const scale = Math.max(...wanted.map(Math.abs), 1e-3);
  const worst = Math.max(...wanted.map((value, i) => Math.abs(value - actual[i]!))) / scale;
  assert(worst <= tolerance, `${name}: off by ${worst} of the largest derivative`);
}
