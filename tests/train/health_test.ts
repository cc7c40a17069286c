import { startEngine } from "../../lib/engine/backend/backend.ts";
import { upload, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { flatLayout } from "../../lib/train/flat_layout.ts";
import { checkFinite, firstBadTensor } from "../../lib/train/health.ts";
import { type HostParameters, initialParameters } from "../../lib/train/parameters.ts";
import { architectureOf } from "../../lib/train/presets.ts";
import { isTrainable, type Weights } from "../../lib/train/train_step.ts";
import { NumericError } from "../../lib/util/errors.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { assertEquals, assertThrows } from "../assert.ts";
import { weightsOf } from "../methods/run_objective.ts";
import { features } from "./fake_data.ts";
import { fakeMethod, type FakeOptions } from "./fake_method.ts";

await startEngine({ backend: "cpu" });

function modelOf(options: Partial<FakeOptions> = {}) {
  const model = fakeMethod.build(
    [{ kind: "tabular", features }],
    architectureOf("tiny", "metamae"),
    fakeMethod.options.parse(options),
  );
  if (!isTrainable(model)) throw new Error("The fake method must be trainable");
  return model;
}

/** What is found bad in a step with one value replaced by NaN. */
async function found(
  options: Partial<FakeOptions>,
  poison: (parameters: HostParameters, batch: Float32Array) => void = () => {},
) {
  const model = modelOf(options);
  const layout = flatLayout(model.parameters);
  const parameters = initialParameters(model.parameters, 0);
  const batch = new Float32Array(2 * features).fill(0.5);
  poison(parameters, batch);
  const weights = uploadTree(weightsOf(model, parameters)) as Weights;
  const draws = uploadTree(model.draw({ seed: 0, step: 3, firstSample: 0, samples: 2 }));
  const inputs = [upload(float32([2, features], batch))];
  const before = tf.memory().numTensors;
  const bad = await firstBadTensor(model, layout, weights, { inputs, draws });
  assertEquals(tf.memory().numTensors, before);
  return bad;
}

Deno.test("firstBadTensor names batch, draws, state and weights before what follows from them", async () => {
  assertEquals(await found({}), undefined);
  assertEquals(await found({ poisonStep: 3 }), 'the draw "poison"');
  assertEquals(await found({}, (_, batch) => batch[3] = Infinity), "input 0 of the batch");
  assertEquals(await found({}, (p) => p["running_mean"]!.data[0] = NaN), '"running_mean"');
  assertEquals(await found({}, (p) => p["encoder.bias"]!.data[0] = NaN), '"encoder.bias"');
});

Deno.test("firstBadTensor names the loss when it overflows, and a gradient that is bad alone", async () => {
  assertEquals(await found({}, (p) => p["encoder.bias"]!.data.fill(1e30)), "the loss");
  assertEquals(await found({ poisonGradient: true }), 'the gradient of "decoder.weight"');
});

Deno.test("checkFinite names the weight that must not be saved", () => {
  const parameters = { a: float32([2], [1, 2]), "b.weight": float32([2], [1, -Infinity]) };
  checkFinite({ a: parameters.a }, 7);
  const error = assertThrows(() => checkFinite(parameters, 7), NumericError);
  assertEquals(error.message, 'Cannot save step 7: "b.weight" holds -Infinity');
});
