import { startEngine } from "../../lib/engine/backend/backend.ts";
import { disposeTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { adamw } from "../../lib/train/optimizer.ts";
import { flatLayout, packHost, unpackHost } from "../../lib/train/flat_layout.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { uploadState } from "../../lib/train/train_state.ts";
import { gradientsOf, isTrainable, trainStep } from "../../lib/train/train_step.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { drawKey, normals } from "../../lib/util/random.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { tidied } from "../methods/run_objective.ts";
import { fakeMethod } from "./fake_method.ts";
import { architectureOf } from "../../lib/train/presets.ts";

await startEngine({ backend: "cpu" });

const model = fakeMethod.build(
  [{ kind: "tabular", features: 5 }],
  architectureOf("tiny", "metamae"),
  { width: 3, noise: 0.1 },
);
if (!isTrainable(model)) throw new Error("The fake method must be trainable");
const layout = flatLayout(model.parameters);
const start = initialParameters(model.parameters, 0);
const samples = 4;
const batch = float32([samples, 5], normals(drawKey(1, "batch"), samples * 5));

const optimizer = adamw({ weightDecay: 0.5 });
const step = trainStep(model, layout, { optimizer });
const startState = () => uploadState(model.parameters, 0, start).tensors;

function stepInputs(t = 0, learningRate = 0.01) {
  return uploadTree({
    inputs: [batch],
    draws: model.draw({ seed: 0, step: t, firstSample: 0, samples }),
    scalars: optimizer.scalars(t + 1, learningRate),
  });
}

const named = (flat: Float32Array) => unpackHost(layout, float32([layout.size], flat));

Deno.test("trainStep skips tensors that the loss does not depend on, decay included", () => {
  const { state } = step(startState(), stepInputs());
  const p = named(state!.weights.dataSync() as Float32Array);
  assertEquals([...p["unused.weight"]!.data], [...start["unused.weight"]!.data]);
  for (const name of ["encoder.weight", "encoder.bias", "decoder.weight"]) {
    assert(p[name]!.data.every((value, i) => value !== start[name]!.data[i]), name);
  }
});

Deno.test("gradientsOf agrees with central differences of the loss", () => {
  const { gradients } = gradientsOf(model, layout, startState(), stepInputs());
  const loss = (name: string, i: number, delta: number) => {
    const shifted = start[name]!.data.slice();
    shifted[i]! += delta;
    const moved = { ...start, [name]: float32(start[name]!.shape, shifted) };
    const { tensors } = uploadState(model.parameters, 0, moved);
    return gradientsOf(model, layout, tensors, stepInputs()).objective.loss.dataSync()[0]!;
  };
  for (const name of ["encoder.weight", "encoder.bias", "decoder.weight"]) {
    const numeric = (loss(name, 1, 1e-2) - loss(name, 1, -1e-2)) / 2e-2;
    assertAlmostEquals(gradients[name]!.dataSync()[1]!, numeric, 1e-3);
  }
  assertEquals(gradients["unused.weight"], undefined);
});

Deno.test("trainStep reports the L2 norm over all gradients", () => {
  const { gradients } = gradientsOf(model, layout, startState(), stepInputs());
  let sum = 0;
  for (const gradient of Object.values(gradients)) {
    for (const g of gradient?.dataSync() ?? []) sum += g * g;
  }
  const { results } = step(startState(), stepInputs());
  assertAlmostEquals(results.metrics["gradientNorm"]!.dataSync()[0]!, Math.sqrt(sum), 1e-6);
  assert(Number.isFinite(results.metrics["codeSize"]!.dataSync()[0]!));
});

Deno.test("trainStep changes the buffers that the objective changes, and only those", () => {
  const before = startState();
  const { state } = step(before, stepInputs());
  const changed = Object.entries(state!.buffers)
    .filter(([name, tensor]) => tensor !== before.buffers[name]).map(([name]) => name);
  assertEquals(changed.sort(), ["batches_seen", "running_mean"]);
  assertEquals(Object.keys(state!.buffers), Object.keys(before.buffers));
  assertEquals(state!.buffers["batches_seen"]!.dataSync()[0], 1);
});

Deno.test("trainStep lowers the loss of the fake model", () => {
  const optimizer = adamw({ weightDecay: 0 });
  const step = trainStep(model, layout, { optimizer });
  let state = startState();
  const losses: number[] = [];
  for (let i = 0; i < 30; i++) {
    const scalars = uploadTree(optimizer.scalars(i + 1, 0.05));
    const next = step(state, { ...stepInputs(i), scalars });
    losses.push(next.results.metrics["loss"]!.dataSync()[0]!);
    state = next.state!;
  }
  assert(losses.at(-1)! < 0.5 * losses[0]!, `${losses}`);
});

Deno.test("trainStep leaves nothing behind but its outputs", () => {
  const [state, inputs] = [startState(), stepInputs()];
  const count = () => {
    const before = tf.memory().numTensors;
    const { state: next, results } = tidied(() => {
      const { state: next, results } = step(state, inputs);
      const kept = { ...next!, buffers: {} };
      return { state: kept, results };
    });
    disposeTree(next, results);
    return tf.memory().numTensors - before;
  };
  count();
  assertEquals(count(), 2, "the two running statistics");
});

Deno.test("flatLayout packs and unpacks without change", () => {
  const flat = packHost(layout, start);
  const back = unpackHost(layout, flat);
  for (const { name } of layout.entries) assertEquals(back[name]!.data, start[name]!.data);
  assertEquals(layout.size, 15 + 3 + 4 + 15);
});
