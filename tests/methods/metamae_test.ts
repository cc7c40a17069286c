import {
  metamae,
  type MetamaeDraws,
  type MetamaeOptions,
  metamaeOptions,
} from "../../lib/methods/metamae.ts";
import type { HostTree } from "../../lib/engine/backend/tree.ts";
import { tokenSet } from "../../lib/nn/token_set.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inputCases, sampleBatch, tinyArchitecture } from "./method_cases.ts";
import { evaluate } from "./run_objective.ts";

const architecture = { ...tinyArchitecture("metamae"), dropout: 0 };
const key = { seed: 0, step: 0, firstSample: 0, samples: 4 };
const inputs = inputCases.series!;

function build(options: Partial<MetamaeOptions>, given = inputs, sizes = architecture) {
  const parsed = metamaeOptions.parse({ innerLr: 2, supportRatio: 0.5, ...options });
  return metamae.build(given, sizes, parsed);
}

function run(options: Partial<MetamaeOptions>, given = inputs) {
  const model = build(options, given);
  return evaluate(model, sampleBatch(given, 4), model.draw(key));
}

/** 1 where a token of modality k belongs to the support. */
function supportOf({ masks, support: set }: HostTree<MetamaeDraws>, k: number): Float32Array {
  const [samples, length] = masks[k]!.mask.shape as [number, number];
  const support = new Float32Array(samples * length);
  const { keep: { shape, data }, weights } = set.modalities[k]!;
  weights.data.forEach((value, i) => {
    support[Math.floor(i / shape[1]!) * length + data[i]!] = value;
  });
  return support;
}

/** Largest difference of two gradients relative to the larger of them. */
function distance(a: Float32Array, b: Float32Array): number {
  const size = Math.max(...a.map(Math.abs), ...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / size;
}

testOnBackends("metamae has the same loss and other gradients at first order", async () => {
  const [second, first] = [await run({}), await run({ firstOrder: true })];
  assertAlmostEquals(second.loss, first.loss, 1e-5 * second.loss);
  for (const name of ["encoder.0.attn.qkv.weight", "decoder.0.mlp.fc1.weight"]) {
    assert(distance(second.gradients[name]!, first.gradients[name]!) > 1e-3, name);
  }
});

testOnBackends("metamae's second-order gradient is the derivative of its loss", async () => {
  const model = build({});
  const [batch, draws] = [sampleBatch(inputs, 4), model.draw(key)];
  const values = initialParameters(model.parameters, 0);
  const { gradients } = await evaluate(model, batch, draws, values);
  for (const name of ["encoder.1.mlp.fc2.weight", "decoder.0.attn.qkv.weight", "norm_enc.weight"]) {
    const gradient = gradients[name]!;
    const length = Math.hypot(...gradient);
    const moved = async (by: number) => {
      const { shape, data } = values[name]!;
      const array = float32(shape, data.map((value, i) => value + by * gradient[i]! / length));
      return (await evaluate(model, batch, draws, { ...values, [name]: array })).loss;
    };
    const step = 0.02;
    const slope = (await moved(step) - await moved(-step)) / (2 * step);
    assertAlmostEquals(slope, length, 0.02 * length + 1e-4, name);
  }
});

testOnBackends("metamae without inner steps is mae plus the contrast", async () => {
  const [none, zero] = [await run({ innerSteps: 0 }), await run({ innerLr: 0 })];
  assertAlmostEquals(none.loss, zero.loss, 1e-5 * none.loss);
  assertAlmostEquals(
    none.loss,
    none.metrics.reconstruction! + 0.1 * none.metrics.contrast!,
    1e-5 * none.loss,
  );
  const plain = await run({ innerSteps: 0, contrastWeight: 0 });
  assertAlmostEquals(plain.loss, none.metrics.reconstruction!, 1e-6);
  assert(plain.gradients["projector.0.weight"]!.every((value) => value === 0));
});

testOnBackends(
  "metamae reconstructs masked tokens of the support better with every inner step",
  async () => {
    const losses: number[] = [];
    for (const innerSteps of [0, 1, 3]) {
      const { metrics } = await run({ innerSteps, supportRatio: 1, innerLr: 0.5 });
      losses.push(metrics.reconstruction!);
    }
    assert(losses[0]! > losses[1]! && losses[1]! > losses[2]!, String(losses));
  },
);

testOnBackends("metamae learns its inner step size where asked to", async () => {
  const learned = await run({ learnInnerLr: true });
  assertEquals(learned.gradients["inner_lr"]!.length, 1);
  assert(learned.gradients["inner_lr"]![0] !== 0);
  assertEquals((await run({})).gradients["inner_lr"], undefined);
  const spec = build({ innerLr: 0.25 }).parameters.find(({ name }) => name === "inner_lr")!;
  assertEquals([spec.trainable, spec.initializer], [false, { kind: "constant", value: 0.25 }]);
});

Deno.test("metamae's support holds every visible token and no more without a ratio", () => {
  for (const [kind, given] of Object.entries(inputCases)) {
    const none = build({ supportRatio: 0 }, given).draw(key);
    const all = build({ supportRatio: 1 }, given).draw(key);
    given.forEach((_, k) => {
      const mask = [...none.masks[k]!.mask.data];
      assertEquals([...supportOf(none, k)], mask.map((masked) => 1 - masked), kind);
      const support = supportOf(all, k);
      assert(mask.every((masked, i) => masked === 1 || support[i] === 1));
      assert(support.filter((value) => value === 1).length > mask.filter((m) => m === 0).length);
    });
  }
});

testOnBackends("metamae runs on image and text at once, with masks of each", async () => {
  const given = inputCases["image + text"]!;
  const { loss, metrics, gradients } = await run({}, given);
  assert(loss > 0 && Object.values(metrics).every(Number.isFinite));
  for (const name of ["mask_token.0", "mask_token.1", "decoder_head.1.weight"]) {
    assert(gradients[name]!.some((value) => value !== 0), name);
  }
  const draws = build({}, given).draw(key);
  assertEquals(draws.masks.map(({ keep }) => keep.shape), [[4, 4], [4, 4]]);
});

testOnBackends(
  "metamae's loss does not depend on the rows that its support is written in",
  async () => {
    const model = build({ supportRatio: 0 });
    const draws = model.draw(key);
    const { shape } = draws.masks[0]!.mask;
    const support = float32(shape, supportOf(draws, 0));
    const [fewest, all] = [draws.support.modalities[0]!.weights.shape[1]!, shape[1]!];
    assert(fewest < all);
    const losses = await Promise.all([draws, { ...draws, support: tokenSet([support], [all]) }]
      .map(async (draws) => (await evaluate(model, sampleBatch(inputs, 4), draws)).loss));
    assertAlmostEquals(losses[0]!, losses[1]!, 1e-5 * losses[0]!);
  },
);
