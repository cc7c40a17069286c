import { disposeTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { emix, emixDraws, emixForward, emixOptions } from "../../lib/methods/emix.ts";
import { createSequenceEncoder } from "../../lib/nn/create_sequence_encoder.ts";
import { dropoutDraw, keyedDropout } from "../../lib/nn/draws.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inputCases, sampleBatch, tinyArchitecture } from "./method_cases.ts";
import { evaluate } from "./run_objective.ts";

const inputs = inputCases.tabular!;
const architecture = { ...tinyArchitecture("dabs"), dropout: 0 };
const coefficients = [0.9, 0.2, 0.5, 0.7];
const partners = [2, 0, 1, 3];
const key = { seed: 0, step: 0, firstSample: 0, samples: 4 };
const draws = { ...emixDraws(coefficients, partners), ...dropoutDraw(key) };

/** Logits in plain numbers, with both losses of every row. */
function forward() {
  const encoder = createSequenceEncoder(inputs, architecture, { headWidth: 128 });
  const weights = uploadTree(initialParameters(encoder.parameters, 0));
  const [batch, drawn] = [uploadTree(sampleBatch(inputs, 4)), uploadTree(draws)];
  const result = tf.tidy(() => {
    const out = emixForward(encoder, emixOptions.parse({}))(weights, batch, drawn);
    return {
      logits: out.logits.arraySync() as number[][],
      embeddings: out.embeddings.arraySync() as number[][][],
      mixed: out.mixed.arraySync() as number[][][],
    };
  });
  disposeTree(weights, batch, drawn);
  const crossEntropy = (row: number[], label: number) =>
    Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - row[label]!;
  return {
    ...result,
    own: result.logits.map((row, n) => crossEntropy(row, n)),
    partner: result.logits.map((row, n) => crossEntropy(row, partners[n]!)),
  };
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;
const shares = coefficients.map((c) => Math.max(c, 1 - c));

Deno.test("emixDraws() gives the sample itself at least half of its mixture", () => {
  assertEquals([...draws.share.data], shares.map(Math.fround));
  [...draws.rest.data].forEach((rest, n) => assertAlmostEquals(rest, 1 - shares[n]!, 1e-7));
  assertEquals([...draws.partner.data], partners);
});

Deno.test("emix draws coefficients and partners anew in every step", () => {
  const model = emix.build(inputs, architecture, emixOptions.parse({}));
  const draw = (step: number) => model.draw({ seed: 0, step, firstSample: 0, samples: 64 });
  const [first, second] = [draw(0), draw(1)];
  assertNotEquals(first.partner, second.partner);
  assertNotEquals(first.share, second.share);
  assert([...first.share.data].every((share) => share >= 0.5 && share <= 1));
  assertAlmostEquals(mean([...first.share.data]), 0.75, 0.06);
});

testOnBackends("emix mixes every sample with its partner by its own share", () => {
  const { embeddings, mixed } = forward();
  for (const n of [0, 1, 2, 3]) {
    const wanted = shares[n]! * embeddings[n]![4]![3]! +
      (1 - shares[n]!) * embeddings[partners[n]!]![4]![3]!;
    assertAlmostEquals(mixed[n]![4]![3]!, wanted, 1e-5);
  }
});

testOnBackends("emix weighs mean losses by mean shares, as the reference computes it", async () => {
  const { own, partner, logits } = forward();
  const options = emixOptions.parse({});
  const { loss, metrics } = await evaluate(
    emix.build(inputs, architecture, options),
    sampleBatch(inputs, 4),
    draws,
  );
  const share = mean(shares);
  assertAlmostEquals(loss, share * mean(own) + (1 - share) * mean(partner), 1e-5);
  const right = logits.filter((row, n) => row[n] === Math.max(...row)).length;
  assertAlmostEquals(metrics.accuracy!, right / 4, 1e-6);
});

testOnBackends("emix weighs every mixture by its own share where pairedLoss is on", async () => {
  const { own, partner } = forward();
  const options = emixOptions.parse({ pairedLoss: true });
  const { loss } = await evaluate(
    emix.build(inputs, architecture, options),
    sampleBatch(inputs, 4),
    draws,
  );
  const wanted = mean(shares.map((share, n) => share * own[n]! + (1 - share) * partner[n]!));
  assertAlmostEquals(loss, wanted, 1e-5);
});

testOnBackends("emix drops other elements in its second pass than in its first", () => {
  const encoder = createSequenceEncoder(inputs, architecture, { headWidth: 128 });
  const weights = uploadTree(initialParameters(encoder.parameters, 0));
  // Mixtures of the samples alone: their projections differ by nothing but dropout.
  const unmixed = emixDraws([1, 1, 1, 1], partners);
  const [batch, drawn] = [uploadTree(sampleBatch(inputs, 4)), uploadTree({ ...draws, ...unmixed })];
  const differences = [0, 0.5].map((rate) =>
    tf.tidy(() => {
      const dropout = keyedDropout(drawn, rate);
      const options = emixOptions.parse({});
      const out = emixForward(encoder, options)(weights, batch, drawn, dropout);
      return tf.max(tf.abs(tf.sub(out.ofMixed, out.ofPlain))).dataSync()[0]!;
    })
  );
  disposeTree(weights, batch, drawn);
  assertEquals(differences[0], 0);
  assert(differences[1]! > 0.01);
});
