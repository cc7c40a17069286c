import { compile } from "../../lib/engine/backend/compile.ts";
import { disposeTree, downloadTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import type { Tensor } from "../../lib/engine/backend/tf.ts";
import type { StateDict } from "../../lib/engine/backend/tree.ts";
import { findMethod } from "../../lib/methods/registry.ts";
import { createHealthMeter, effectiveRank } from "../../lib/train/health.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { uploadState } from "../../lib/train/train_state.ts";
import type { StepBatch } from "../../lib/train/train_step.ts";
import type { NdArray } from "../../lib/util/ndarray.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inputCases, sampleBatch, tinyArchitecture } from "../methods/method_cases.ts";

const samples = 6;

/** Health and the plain computations that it must agree with. */
async function measured(id: string, inputs: keyof typeof inputCases, backend: string) {
  const method = findMethod(id);
  const model = method.build(
    inputCases[inputs]!,
    tinyArchitecture(method.backbones[0]!),
    method.options.parse({}),
  );
  const parameters = initialParameters(model.parameters, 0);
  const state = uploadState(model.parameters, 0, parameters);
  const batch = {
    inputs: uploadTree(sampleBatch(model.inputs, samples)) as readonly Tensor[],
    draws: uploadTree(model.draw({ seed: 0, step: 0, firstSample: 0, samples })),
  };
  const mode = backend === "tensorflow" ? "graph" : "off";
  const meter = createHealthMeter(model, mode);
  const first = await meter.measure(state.tensors, batch);
  const again = await meter.measure(state.tensors, batch);
  assertEquals(first, again, "the same inputs give the same bits");

  const weights = uploadTree(parameters);
  type Inputs = StepBatch & { readonly weights: StateDict };
  const run = compile(({ weights, inputs, draws }: Inputs) => {
    const latents = model.encode(weights, inputs);
    const pictures = (model.reconstruct?.(weights, inputs, draws) ?? []).map((
      { target, mask, after },
      k,
    ) => [[`target.${k}`, target], [`mask.${k}`, mask], [`after.${k}`, after]] as const);
    return { features: model.pool(latents), ...Object.fromEntries(pictures.flat()) };
  }, { name: "check", mode });
  const outputs = await run({ ...batch, weights });
  const arrays = await downloadTree(outputs);
  disposeTree(outputs, weights, batch, state.tensors);
  meter.dispose();
  run.dispose();
  return { health: first, arrays, modalities: model.inputs.length };
}

/** Mean squared error over the tokens whose mask has a value, by plain loops. */
function errorOf(arrays: Record<string, NdArray>, k: number, value: number): number {
  const [target, mask, after] = ["target", "mask", "after"].map((name) => arrays[`${name}.${k}`]!);
  const width = target!.shape.at(-1)!;
  let [sum, count] = [0, 0];
  mask!.data.forEach((hidden: number | bigint, token: number) => {
    if (hidden !== value) return;
    count++;
    for (let p = 0; p < width; p++) {
      const at = token * width + p;
      sum += (Number(after!.data[at]) - Number(target!.data[at])) ** 2 / width;
    }
  });
  return sum / count;
}

for (const id of ["mae", "metamae"]) {
  testOnBackends(
    `the health of ${id} has features, masked and visible reconstruction`,
    async (backend) => {
      const { health, arrays } = await measured(id, "series", backend);
      assertEquals(Object.keys(health), [
        "featureDeviation",
        "effectiveRank",
        "maskedReconstruction",
        "visibleReconstruction",
      ]);
      const features = arrays.features as NdArray<"float32">;
      assertAlmostEquals(health.effectiveRank!, effectiveRank(features), 1e-4);
      assert(health.effectiveRank! >= 1 && health.effectiveRank! <= samples);
      assertAlmostEquals(health.maskedReconstruction!, errorOf(arrays, 0, 1), 1e-4);
      assertAlmostEquals(health.visibleReconstruction!, errorOf(arrays, 0, 0), 1e-4);
    },
  );
}

testOnBackends("the health of several modalities is the mean over them", async (backend) => {
  const { health, modalities } = await measured("metamae", "image + text", backend);
  assertEquals(modalities, 2);
  // Half of it is the cross-entropy of 7 ids that nothing was learned about.
  const text = Math.log(7) / 2;
  assert(health.maskedReconstruction! > text / 2 && health.maskedReconstruction! < 4 * text);
  assert(Number.isFinite(health.visibleReconstruction!));
});

testOnBackends(
  "the health of a method without a decoder is that of its features",
  async (backend) => {
    const { health } = await measured("emix", "tabular", backend);
    assertEquals(Object.keys(health), ["featureDeviation", "effectiveRank"]);
    assert(health.featureDeviation! > 0);
  },
);
