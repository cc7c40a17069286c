import { mae, maeOptions } from "../../lib/methods/mae.ts";
import { scratch } from "../../lib/methods/scratch.ts";
import { dabsMae } from "../../lib/methods/dabs_mae.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inputCases, sampleBatch, tinyArchitecture } from "./method_cases.ts";
import { evaluate } from "./run_objective.ts";

const architecture = { ...tinyArchitecture("metamae"), dropout: 0 };
const options = maeOptions.parse({});
const key = { seed: 0, step: 0, firstSample: 0, samples: 4 };

testOnBackends("mae averages the losses of several modalities", async () => {
  const inputs = inputCases["image + text"]!;
  const model = mae.build(inputs, architecture, options);
  const draws = model.draw(key);
  const weights = initialParameters(model.parameters, 0);
  const lossWithout = async (k: number) => {
    const modalities = draws.masked.modalities.map((part, i) =>
      i === k ? { ...part, weights: float32(part.weights.shape) } : part
    );
    const none = { ...draws, masked: { ...draws.masked, modalities } };
    return (await evaluate(model, sampleBatch(inputs, 4), none, weights)).loss;
  };
  const { loss } = await evaluate(model, sampleBatch(inputs, 4), draws, weights);
  const halves = [await lossWithout(0), await lossWithout(1)];
  assert(halves.every((half) => half > 0));
  assertAlmostEquals(halves[0]! + halves[1]!, loss, 1e-5 * loss);
});

testOnBackends("mae trains a model without decoder layers", async () => {
  const inputs = inputCases.series!;
  const model = mae.build(inputs, { ...architecture, decoderLayers: 0 }, options);
  const { loss, gradients } = await evaluate(model, sampleBatch(inputs, 4), model.draw(key));
  assert(loss > 0 && gradients["decoder_head.weight"]!.some((value) => value !== 0));
});

Deno.test("mae keeps more tokens at a smaller mask ratio", () => {
  const kept = (maskRatio: number) =>
    mae.build(inputCases.tokens!, architecture, { maskRatio }).draw(key).masks[0]!.keep.shape[1];
  assertEquals([kept(0.5), kept(0.8), kept(0.15)], [5, 1, 8]);
});

Deno.test("scratch starts from the weights that trained methods start from", () => {
  for (const [backbone, method] of [["metamae", mae], ["dabs", dabsMae]] as const) {
    const inputs = inputCases.image!;
    const sizes = tinyArchitecture(backbone);
    const untrained = initialParameters(scratch.build(inputs, sizes, {}).parameters, 5);
    const defaults = method.options.parse({}) as never;
    const trained = initialParameters(method.build(inputs, sizes, defaults).parameters, 5);
    for (const [name, array] of Object.entries(untrained)) assertEquals(array, trained[name]);
    assert(Object.keys(trained).length > Object.keys(untrained).length);
  }
});
