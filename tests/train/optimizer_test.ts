import { uploadTree } from "../../lib/engine/backend/tensors.ts";
import { adam, adamw } from "../../lib/train/optimizer.ts";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import { startEngine } from "../../lib/engine/backend/backend.ts";
import { assertAlmostEquals, assertEquals } from "../assert.ts";

await startEngine({ backend: "cpu" });

/** The published formula, element by element in double precision. */
function reference(p: number, gradients: number[], lr: number, wd: number) {
  let m = 0, v = 0;
  gradients.forEach((g, i) => {
    const t = i + 1;
    p *= 1 - lr * wd;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    p -= lr * (m / (1 - 0.9 ** t)) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
  });
  return { p, m, v };
}

function run(start: number[], gradients: number[][], lr: number, wd: number) {
  const { init, scalars, update } = adamw({ weightDecay: wd });
  let parameters: Tensor = tf.tensor1d(start);
  let moments = uploadTree(init(parameters));
  gradients.forEach((gradient, i) => {
    const numbers = uploadTree(scalars(i + 1, lr));
    ({ parameters, moments } = update(tf.tensor1d(gradient), moments, parameters, numbers));
  });
  return { parameters, ...moments };
}

Deno.test("adamw follows the published formula over three steps", () => {
  const start = [1, -2, 0.5, 3];
  const gradients = [[0.1, -3, 1e-3, 0], [0.2, 2, -1e-3, 0], [-0.3, 1, 2e-3, 0]];
  const state = run(start, gradients, 0.02, 0.05);
  const [p, m, v] = [state.parameters, state.first, state.second].map((t) => t.dataSync());
  for (let i = 0; i < start.length; i++) {
    const want = reference(start[i]!, gradients.map((g) => g[i]!), 0.02, 0.05);
    assertAlmostEquals(p![i]!, want.p, 1e-6);
    assertAlmostEquals(m![i]!, want.m, 1e-7);
    assertAlmostEquals(v![i]!, want.v, 1e-7);
  }
});

Deno.test("adamw decays a weight whose gradient is zero", () => {
  const p = run([4], [[0]], 0.1, 0.5).parameters.dataSync()[0]!;
  assertAlmostEquals(p, 4 * (1 - 0.05), 1e-6);
});

Deno.test("adamw adds epsilon after the root of the corrected second moment", () => {
  const gradient = 1e-8;
  const p = run([0], [[gradient]], 1, 0).parameters.dataSync()[0]!;
  assertAlmostEquals(p, -0.5, 1e-4);
});

Deno.test("adamw runs in 15 operations on a flat vector", () => {
  const zeros = tf.zeros([3]), one = tf.scalar(1);
  const scalars = { decay: one, stepSize: one, rootCorrection: one };
  const profile = tf.engine().state;
  const before = profile.numTensors;
  adamw({ weightDecay: 0 }).update(zeros, { first: zeros, second: zeros }, zeros, scalars);
  // Outside of a tidy, each operation leaves one tensor.
  assertEquals(profile.numTensors - before, 15);
});

Deno.test("scalars() gives the bias corrections of the first steps", () => {
  const { scalars } = adamw({ weightDecay: 1e-2 });
  const { decay, stepSize, rootCorrection } = scalars(1, 1e-4);
  assertAlmostEquals(decay.data[0]!, 1e-6, 1e-12);
  assertAlmostEquals(stepSize.data[0]!, 1e-3, 1e-9);
  assertAlmostEquals(rootCorrection.data[0]!, 1 / Math.sqrt(1e-3), 1e-5);
  const second = adam({ weightDecay: 1e-2 }).scalars(2, 1e-4);
  assertAlmostEquals(second.stepSize.data[0]!, 1e-4 / (1 - 0.81), 1e-9);
  assertEquals(second, {
    stepSize: scalars(2, 1e-4).stepSize,
    rootCorrection: scalars(2, 1).rootCorrection,
  });
});
