import { startEngine } from "../../lib/engine/backend/backend.ts";
import { disposeTree, upload, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { type TensorTree, tf } from "../../lib/engine/backend/tf.ts";
import { adamwScalars } from "../../lib/train/adamw.ts";
import { entryAt, flatLayout, packHost, unpackHost } from "../../lib/train/flat_layout.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { gradientsOf, isTrainable, prefixed, trainStep } from "../../lib/train/train_step.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { drawKey, normals } from "../../lib/util/random.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
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

function stepInputs(step = 0, lr = 0.01, wd = 0.5): TensorTree {
  const scalars = adamwScalars(step + 1, lr, wd);
  const draws = model.draw({ seed: 0, step, firstSample: 0, samples });
  return {
    p: upload(packHost(layout, start)),
    m: tf.zeros([layout.size]),
    v: tf.zeros([layout.size]),
    ...prefixed(
      "s/",
      uploadTree({
        table: start["table"]!,
        running_mean: start["running_mean"]!,
        batches_seen: start["batches_seen"]!,
      }),
    ),
    "x/0": upload(batch),
    ...prefixed("draw/", uploadTree(draws)),
    "hyper/decay": tf.scalar(scalars.decay),
    "hyper/stepSize": tf.scalar(scalars.stepSize),
    "hyper/rootCorrection": tf.scalar(scalars.rootCorrection),
  };
}

const named = (flat: Float32Array) => unpackHost(layout, float32([layout.size], flat));

Deno.test("trainStep skips tensors that the loss does not depend on, decay included", () => {
  const outputs = trainStep(model, layout)(stepInputs());
  const p = named(outputs["p"]!.dataSync() as Float32Array);
  assertEquals([...p["unused.weight"]!.data], [...start["unused.weight"]!.data]);
  for (const name of ["encoder.weight", "encoder.bias", "decoder.weight"]) {
    assert(p[name]!.data.every((value, i) => value !== start[name]!.data[i]), name);
  }
});

Deno.test("gradientsOf agrees with central differences of the loss", () => {
  const { gradients } = gradientsOf(model, layout, stepInputs());
  const loss = (name: string, i: number, delta: number) => {
    const shifted = start[name]!.data.slice();
    shifted[i]! += delta;
    const inputs = {
      ...stepInputs(),
      p: upload(packHost(layout, { ...start, [name]: float32(start[name]!.shape, shifted) })),
    };
    return gradientsOf(model, layout, inputs).objective.loss.dataSync()[0]!;
  };
  for (const name of ["encoder.weight", "encoder.bias", "decoder.weight"]) {
    const numeric = (loss(name, 1, 1e-2) - loss(name, 1, -1e-2)) / 2e-2;
    assertAlmostEquals(gradients[name]!.dataSync()[1]!, numeric, 1e-3);
  }
  assertEquals(gradients["unused.weight"], undefined);
});

Deno.test("trainStep reports the L2 norm over all gradients", () => {
  const { gradients } = gradientsOf(model, layout, stepInputs());
  let sum = 0;
  for (const gradient of Object.values(gradients)) {
    for (const g of gradient?.dataSync() ?? []) sum += g * g;
  }
  const outputs = trainStep(model, layout)(stepInputs());
  assertAlmostEquals(outputs["metric/gradientNorm"]!.dataSync()[0]!, Math.sqrt(sum), 1e-6);
  assert(Number.isFinite(outputs["metric/codeSize"]!.dataSync()[0]!));
});

Deno.test("trainStep returns the entries of the state that the step changed, and only those", () => {
  const outputs = trainStep(model, layout)(stepInputs());
  const states = Object.keys(outputs).filter((name) => name.startsWith("s/"));
  assertEquals(states.sort(), ["s/batches_seen", "s/running_mean"]);
  assertEquals(outputs["s/batches_seen"]!.dataSync()[0], 1);
});

Deno.test("trainStep lowers the loss of the fake model", () => {
  const step = trainStep(model, layout);
  let inputs = stepInputs(0, 0.05, 0);
  const losses: number[] = [];
  for (let i = 0; i < 30; i++) {
    const outputs = step(inputs);
    losses.push(outputs["metric/loss"]!.dataSync()[0]!);
    inputs = {
      ...stepInputs(i + 1, 0.05, 0),
      p: outputs["p"]!,
      m: outputs["m"]!,
      v: outputs["v"]!,
    };
  }
  assert(losses.at(-1)! < 0.5 * losses[0]!, `${losses}`);
});

Deno.test("trainStep leaves nothing behind but its outputs", () => {
  const step = trainStep(model, layout);
  const inputs = stepInputs();
  const count = () => {
    const before = tf.memory().numTensors;
    const outputs = tf.tidy(() => ({ ...step(inputs) }));
    disposeTree(outputs);
    return tf.memory().numTensors - before;
  };
  count();
  assertEquals(count(), 0);
});

Deno.test("flatLayout packs and unpacks without change and names elements", () => {
  const flat = packHost(layout, start);
  const back = unpackHost(layout, flat);
  for (const { name } of layout.entries) assertEquals(back[name]!.data, start[name]!.data);
  assertEquals(layout.size, 15 + 3 + 4 + 15);
  assertEquals(entryAt(layout, 0), "encoder.weight");
  assertEquals(entryAt(layout, 15), "encoder.bias");
  assertEquals(entryAt(layout, layout.size - 1), "decoder.weight");
});
