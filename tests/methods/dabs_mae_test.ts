import { disposeTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import {
  dabsMae,
  dabsMaeDraws,
  dabsMaeForward,
  dabsMaeOptions,
} from "../../lib/methods/dabs_mae.ts";
import { createSequenceEncoder } from "../../lib/nn/create_sequence_encoder.ts";
import { dropoutDraw } from "../../lib/nn/draws.ts";
import { patchify } from "../../lib/nn/patches.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { drawKey, uniforms } from "../../lib/util/random.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inputCases, sampleBatch, tinyArchitecture, tokenCount } from "./method_cases.ts";
import { evaluate } from "./run_objective.ts";

const architecture = { ...tinyArchitecture("dabs"), dropout: 0 };
const options = dabsMaeOptions.parse({});
const samples = 3;
const dropout = dropoutDraw({ seed: 0, step: 0, firstSample: 0, samples });

function noise(inputs: readonly InputSpec[]) {
  const shape = [samples, tokenCount(inputs)];
  return float32(shape, uniforms(drawKey(1, "noise"), shape[0]! * shape[1]!));
}

/** Latents, patches and weights in plain arrays, and the model's own loss. */
async function parts(inputs: readonly InputSpec[], count: number) {
  const model = dabsMae.build(inputs, architecture, options);
  const encoder = createSequenceEncoder(inputs, architecture);
  const draws = { ...dabsMaeDraws(noise(inputs), count, encoder.counts), ...dropout };
  const values = initialParameters(model.parameters, 0);
  const batch = sampleBatch(inputs, samples);
  const [weights, tensors, drawn] = [uploadTree(values), uploadTree(batch), uploadTree(draws)];
  const result = tf.tidy(() => {
    const { latents } = dabsMaeForward(encoder)(weights, tensors, drawn);
    return {
      latents: latents.arraySync() as number[][][],
      patches: tensors.map((x, k) =>
        patchify(x, inputs[k]!).arraySync() as number[][][] & number[][]
      ),
    };
  });
  disposeTree(weights, tensors, drawn);
  const { loss } = await evaluate(model, batch, draws, values);
  const masked = (n: number, i: number) => draws.visible.data[n * tokenCount(inputs) + i] === 0;
  return { ...result, values, loss, masked };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

for (const kind of ["series", "tabular", "image"] as const) {
  testOnBackends(
    `dabsMae averages the length of the error over the blanked patches, ${kind}`,
    async () => {
      const { latents, patches, values, loss, masked } = await parts(inputCases[kind]!, 3);
      const [weight, bias] = ["weight", "bias"].map((name) => values[`predictor.1.${name}`]!);
      const lengths: number[] = [];
      patches[0]!.forEach((rows, n) =>
        (rows as number[][]).forEach((target, i) => {
          if (!masked(n, i)) return;
          const latent = latents[n]![i + 1]!.map((value) => Math.max(0, value));
          const errors = target.map((wanted, p) => {
            const row = weight!.data.subarray(p * 16, p * 16 + 16);
            return bias!.data[p]! + latent.reduce((sum, x, d) => sum + x * row[d]!, 0) - wanted;
          });
          lengths.push(Math.hypot(...errors));
        })
      );
      assertEquals(lengths.length, 3 * samples);
      assertAlmostEquals(loss, mean(lengths), 1e-5 * loss);
    },
  );
}

testOnBackends("dabsMae predicts blanked ids through the embedding table", async () => {
  const { latents, patches, values, loss, masked } = await parts(inputCases.tokens!, 2);
  const table = values["model.embed_modules.0.embed.weight"]!;
  const losses: number[] = [];
  patches[0]!.forEach((ids, n) =>
    (ids as unknown as number[]).forEach((id, i) => {
      if (!masked(n, i)) return;
      const logits = [0, 1, 2, 3, 4].map((v) =>
        latents[n]![i + 1]!.reduce((sum, x, d) => sum + x * table.data[v * 16 + d]!, 0)
      );
      losses.push(Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0)) - logits[id]!);
    })
  );
  assertEquals(losses.length, 2 * samples);
  assertAlmostEquals(loss, mean(losses), 1e-5);
});

testOnBackends(
  "dabsMae stays finite where a modality has no blanked token or no error",
  async () => {
    const inputs = inputCases["image + text"]!;
    const model = dabsMae.build(inputs, architecture, options);
    // The image takes all the blanks.
    const largest = float32([1, 17], Array.from({ length: 17 }, (_, i) => i < 9 ? 0.9 : 0.1));
    const draws = { ...dabsMaeDraws(largest, 3, [9, 8]), ...dropout };
    const values = initialParameters(model.parameters, 0);
    const zero = [float32([1, 2, 6, 6]), ...sampleBatch(inputs, 1).slice(1)];
    const exact = { ...values, "predictor.1.weight": float32([8, 16]) };
    const { loss, gradients } = await evaluate(model, zero, draws, {
      ...exact,
      "predictor.1.bias": float32([8]),
    });
    assert(loss < 1e-6, String(loss));
    for (const [name, gradient] of Object.entries(gradients)) {
      assert(gradient.every(Number.isFinite), name);
    }
  },
);

Deno.test("dabsMae names its predictor as the reference does for one continuous modality", () => {
  const predictors = (inputs: readonly InputSpec[]) =>
    dabsMae.build(inputs, architecture, options).parameters
      .map(({ name }) => name).filter((name) => name.startsWith("predictor"));
  assertEquals(predictors(inputCases.tokens!), []);
  const single = ["predictor.1.weight", "predictor.1.bias"];
  assertEquals(predictors(inputCases.image!), single);
  assertEquals(predictors(inputCases["image + text"]!), single);
  assertEquals(predictors([...inputCases.tabular!, ...inputCases.series!]), [
    ...["predictor.0.1.weight", "predictor.0.1.bias"],
    ...["predictor.1.1.weight", "predictor.1.1.bias"],
  ]);
});
