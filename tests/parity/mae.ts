/**
 * MAE against recorded runs of the published implementation.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { mae, maeLoss } from "../../lib/methods/mae.ts";
import { type Dropout, noDropout } from "../../lib/nn/draws.ts";
import { maskedAutoencoder } from "../../lib/nn/masked_autoencoder.ts";
import { stripped, type TrainableModel } from "../../lib/train/train_step.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { architectureOf, batchOf, inputOf, masksOf, recordedOrder } from "./autoencoder_case.ts";
import { type CaseResult, type FixtureCase, float32Of, numbersOf } from "./fixture_case.ts";
import { compareGradients, compareSteps, runOnce, stateOf, stepInputs } from "./model_case.ts";
import { createTally } from "./tolerance.ts";

/** Runs a case of kind `mae`. */
export async function run(fixture: FixtureCase, mode: CompileMode = "off"): Promise<CaseResult> {
  const tally = createTally(fixture);
  const input = inputOf(fixture);
  const architecture = architectureOf(fixture);
  const maskRatio = Number(fixture.config.mask_ratio);
  const autoencoder = maskedAutoencoder([input], architecture, maskRatio);
  const built = mae.build([input], architecture, { maskRatio });
  // Recorded masks of the reference's own generator stand in for the keyed ones.
  const recordedDropout = architecture.dropout > 0;
  const dropout = (draws: Parameters<TrainableModel["objective"]>[2]): Dropout =>
    recordedDropout
      ? (x, place) => tf.mul(x, tf.mul(draws[`keep/${place}`]!, 1 / (1 - architecture.dropout)))
      : noDropout;
  const model: TrainableModel = {
    ...built,
    objective: (parameters, tensors, draws) => ({
      loss: maeLoss(autoencoder, parameters, tensors, draws, dropout(draws)),
      metrics: {},
      state: {},
    }),
  };
  const keeps = [...fixture.tensors.keys()].filter((name) => name.startsWith("rand/dropout_keep/"));
  const draws = {
    ...masksOf(fixture, tally),
    ...Object.fromEntries(keeps.map((name, place) => {
      const { shape, data } = float32Of(fixture, name);
      return [`keep/${place}`, float32(shape, data)];
    })),
  };
  const inputs = stepInputs(
    model,
    stateOf(fixture, model.parameters),
    [batchOf(fixture, input)],
    draws,
  );
  const full = { ...inputs, ...withPrefix("w/", stateOf(fixture, model.parameters)) };

  const host = await runOnce(
    (tensors) => {
      const weights = stripped("w/", tensors);
      const drawn = stripped("draw/", tensors);
      const batch = [tensors["x/0"]!];
      const z = autoencoder.encodeVisible(weights, batch, drawn, dropout(drawn));
      const latents = model.encode(weights, batch);
      const [samples, tokens, width] = latents.shape as [number, number, number];
      return {
        z,
        pred: autoencoder.decode(weights, z, drawn)[0]!,
        target: autoencoder.targets(batch)[0]!,
        loss: model.objective(weights, batch, drawn).loss,
        pooled: model.pool(latents),
        tokens: tf.slice(latents, [0, 1, 0], [samples, tokens - 1, width]),
      };
    },
    full,
    mode,
  );
  const check = (name: string, key: string, quantity: Parameters<typeof tally.compare>[3]) =>
    tally.compare(name, host[key]!.data as ArrayLike<number>, numbersOf(fixture, name), quantity);
  check("enc/z", "z", "latent");
  check("target", "target", "exact");
  check("loss/total", "loss", "loss");
  check("features/global_pool", "pooled", "latent");
  check("features/tokenize", "tokens", "latent");
  tally.compare("pred", recordedOrder(host.pred!, input), numbersOf(fixture, "pred"), "prediction");

  await compareGradients(tally, fixture, model, inputs, "grad", "maeGradient", mode);
  await compareSteps(tally, fixture, model, inputs, {
    after: (step) => `after${step}`,
    gradient: "grad",
    losses: "steps/loss",
  }, mode);
  return tally.result();
}

function withPrefix<T>(prefix: string, tree: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(tree).map(([name, value]) => [prefix + name, value]));
}
