import { shed, shedDraws, shedOptions } from "../../lib/methods/shed.ts";
import { dropoutDraw } from "../../lib/nn/draws.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { inputCases, sampleBatch, tinyArchitecture } from "./method_cases.ts";
import { evaluate } from "./run_objective.ts";

const dropout = dropoutDraw({ seed: 0, step: 0, firstSample: 0, samples: 2 });

const architecture = { ...tinyArchitecture("dabs"), dropout: 0 };

Deno.test("shedDraws() rotates the positions of the largest draws in decreasing order", () => {
  const { rotation: { keep, restore }, moved } = shedDraws(
    float32([1, 5], [0.9, 0.1, 0.8, 0.2, 0.7]),
    3,
  );
  assertEquals([...moved!.data], [1, 0, 1, 0, 1]);
  assertEquals([...keep!.data], [4, 1, 0, 3, 2]);
  assertEquals([...restore!.data], [2, 1, 4, 3, 0]);
});

Deno.test("shed corrupts the share of tokens that was asked for, rounded up", () => {
  const build = (corruptionRate: number) =>
    shed.build(inputCases.image!, architecture, shedOptions.parse({ corruptionRate }));
  const moved = (rate: number) => {
    const draws = build(rate).draw({ seed: 0, step: 0, firstSample: 0, samples: 1 });
    return draws.moved.data.filter((value) => value === 1).length;
  };
  assertEquals([moved(0.15), moved(0.5), moved(1)], [3, 8, 16]);
});

testOnBackends("shed calls a single chosen position moved although it stays", async () => {
  const inputs = inputCases.tokens!;
  const model = shed.build(inputs, architecture, shedOptions.parse({}));
  const weights = initialParameters(model.parameters, 0);
  const batch = sampleBatch(inputs, 2);
  const noise = (largest: number) =>
    float32([2, 10], Array.from({ length: 20 }, (_, i) => i % 10 === largest ? 0.9 : 0.1));
  // With a predictor that says nothing but "moved", only the labels matter.
  const certain = {
    ...weights,
    "predictor.weight": float32([2, 16]),
    "predictor.bias": float32([2], [0, 20]),
  };
  const one = await evaluate(model, batch, { ...shedDraws(noise(3), 1), ...dropout }, certain);
  const all = await evaluate(model, batch, { ...shedDraws(noise(3), 10), ...dropout }, certain);
  assertAlmostEquals(one.metrics.accuracy!, 0.1, 1e-6);
  assertAlmostEquals(one.loss, 0.9 * 20, 1e-4);
  assertAlmostEquals(all.loss, 0, 1e-6);
  assertAlmostEquals(all.metrics.accuracy!, 1, 1e-6);
});

testOnBackends("shed adds positions after the rotation", async () => {
  const inputs = inputCases.tabular!;
  const model = shed.build(inputs, architecture, shedOptions.parse({}));
  const noise = float32([1, 9], [0.9, 0.8, 0.7, 0, 0, 0, 0, 0, 0]);
  const batch = sampleBatch(inputs, 1);
  const rotated = await evaluate(model, batch, { ...shedDraws(noise, 3), ...dropout });
  // The same values in rotated order, told apart from the original by nothing but positions.
  const [a, b, c, ...rest] = batch[0]!.data;
  const shifted = [float32([1, 9], [c!, a!, b!, ...rest])];
  const order = int32([1, 9], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  const still = { ...shedDraws(noise, 3), rotation: { keep: order, restore: order }, ...dropout };
  const direct = await evaluate(model, shifted, still);
  assertAlmostEquals(rotated.loss, direct.loss, 1e-5);
  assert(rotated.loss > 0);
});
