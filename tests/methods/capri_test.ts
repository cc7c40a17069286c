import { disposeTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { capri, capriForward, capriOptions } from "../../lib/methods/capri.ts";
import { createSequenceEncoder } from "../../lib/nn/create_sequence_encoder.ts";
import { dropoutDraw } from "../../lib/nn/draws.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inputCases, sampleBatch, tinyArchitecture } from "./method_cases.ts";
import { evaluate } from "./run_objective.ts";

const inputs = inputCases.series!;
const architecture = { ...tinyArchitecture("dabs"), dropout: 0 };
const batch = sampleBatch(inputs, 2);
const visible = float32([2, 8], [1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 0, 1]);
const key = { seed: 0, step: 0, firstSample: 0, samples: 2 };
const draws = { visible, ...dropoutDraw(key) };

/** Similarities of targets (rows) and predictions (columns) of both samples. */
function similarities(options = capriOptions.parse({})) {
  const model = capri.build(inputs, architecture, options);
  const encoder = createSequenceEncoder(inputs, architecture);
  const weights = uploadTree(initialParameters(model.parameters, 0));
  const tensors = uploadTree({ batch, visible });
  const result = tf.tidy(() => {
    const forward = capriForward(encoder, options)(weights, tensors.batch, tensors);
    return {
      logits: forward.logits.arraySync() as number[][][],
      blanked: forward.blanked.arraySync() as number[][][],
    };
  });
  disposeTree(weights, tensors);
  return { model, ...result };
}

testOnBackends("capri blanks embeddings with zeros before positions are added", () => {
  const { blanked } = similarities();
  blanked.forEach((rows, n) =>
    rows.forEach((row, i) =>
      assertEquals(row.every((value) => value === 0), visible.data[n * 8 + i] === 0)
    )
  );
});

testOnBackends(
  "capri's softmax runs over the predictions of a target, at all positions",
  async () => {
    const { model, logits } = similarities();
    const { loss, metrics } = await evaluate(model, batch, draws);
    const losses = logits.flatMap((rows) =>
      rows.map((row, j) => {
        const most = Math.max(...row);
        const total = row.reduce((sum, x) => sum + Math.exp(x - most), 0);
        return most + Math.log(total) - row[j]!;
      })
    );
    assertAlmostEquals(loss, losses.reduce((a, b) => a + b) / 16, 1e-4 * loss);
    // The accuracy goes by the other axis: the nearest target of a prediction.
    const right = logits.flatMap((rows) =>
      rows.map((_, i) => {
        const column = rows.map((row) => row[i]!);
        return Number(column[i] === Math.max(...column));
      })
    );
    assertAlmostEquals(metrics.accuracy!, right.reduce((a, b) => a + b) / 16, 1e-6);
  },
);

testOnBackends("capri has no gradient in what shifts all predictions alike", async () => {
  const { model } = similarities();
  const { gradients } = await evaluate(model, batch, draws);
  const largest = (name: string) => Math.max(...gradients[name]!.map(Math.abs));
  assert(largest("predictor.bias") < 1e-4 * largest("predictor.weight"));
  assert(gradients["model.mlp_head.1.weight"] === undefined);
});

testOnBackends("capri compares by the cosine where normalize is on", () => {
  const options = capriOptions.parse({ normalize: true, temperature: 0.5 });
  const { logits } = similarities(options);
  const values = logits.flat(2);
  assert(values.every((value) => Math.abs(value) <= 1 / 0.5 + 1e-5));
  assert(Math.max(...similarities().logits.flat(2)) > 1 / 0.07);
});
