import { createStepper, type NoInputs } from "../../../lib/engine/step/stepper.ts";
import { disposeTree, upload, uploadTree } from "../../../lib/engine/backend/tensors.ts";
import { type Tensor, tf } from "../../../lib/engine/backend/tf.ts";
import { float32 } from "../../../lib/util/ndarray.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { testOnBackends } from "../backends.ts";

type State = { readonly sum: Tensor; readonly fixed: { readonly factor: Tensor } };
type Inputs = { readonly add: readonly Tensor[] };

/** Adds the products of its inputs with a factor that stays. */
const step = ({ sum, fixed }: State, { add }: Inputs) => {
  const total = tf.add(sum, tf.mul(tf.addN([...add]), fixed.factor));
  return { state: { sum: total, fixed }, results: { total, again: [total, sum] } };
};

const start = () => uploadTree({ sum: float32([2]), fixed: { factor: float32([], [10]) } });

testOnBackends("createStepper() takes new tensors over, frees the old ones", async (backend) => {
  const mode = backend === "tensorflow" ? "graph" : "off";
  const stepper = createStepper(step, { name: "sum", mode });
  let state: State = start();
  const before = tf.memory().numTensors;
  for (const wanted of [30, 60]) {
    const old = state;
    const next = await stepper.run(state, { add: [float32([2], [1, 2]), float32([2], [2, 2])] });
    assert(old.sum.isDisposed && old.fixed.factor.isDisposed);
    const { total, again } = next.results;
    assertEquals([[...total.data], [...again[0]!.data]], [[wanted, wanted / 3 * 4], [
      ...total.data,
    ]]);
    assertEquals([...again[1]!.data], [wanted - 30, (wanted - 30) / 3 * 4]);
    state = next.state;
    assertEquals(tf.memory().numTensors, before);
  }
  disposeTree(state);
  stepper.dispose();
});

testOnBackends("createStepper() keeps the state of a step whose results are refused", async () => {
  const stepper = createStepper(step, { name: "sum", mode: "off" });
  const state = start();
  const before = tf.memory().numTensors;
  const add = [float32([2]), float32([2])];
  await assertRejects(() => stepper.run(state, { add }, () => Promise.reject(new Error("no"))));
  assertEquals([state.sum.isDisposed, tf.memory().numTensors], [false, before]);
  disposeTree(state);
  stepper.dispose();
});

testOnBackends("createStepper() leaves a state alone that a function only reads", async () => {
  const square = (x: Tensor, _: NoInputs) => ({ results: tf.square(x) as Tensor });
  const stepper = createStepper(square, { name: "square", mode: "off" });
  const x = upload(float32([2], [3, 4]));
  const { state, results } = await stepper.run(x, {});
  assertEquals([state === x, [...results.data]], [true, [9, 16]]);
  x.dispose();
  stepper.dispose();
});
