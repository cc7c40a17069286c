/**
 * MAE against recorded runs of the published implementation.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import type { HostTree, StateDict } from "../../lib/engine/backend/tree.ts";
import { mae, type MaeDraws, maeLoss } from "../../lib/methods/mae.ts";
import { type Dropout, dropoutDraw, noDropout } from "../../lib/nn/draws.ts";
import { maskedAutoencoder } from "../../lib/nn/masked_autoencoder.ts";
import { withoutCls } from "../../lib/nn/pooling.ts";
import type { StepBatch, TrainableModel } from "../../lib/train/train_step.ts";
import { architectureOf, batchOf, inputOf, masksOf, recordedOrder } from "./autoencoder_case.ts";
import { type CaseResult, type FixtureCase, float32Of, numbersOf } from "./fixture_case.ts";
import { compareGradients, compareSteps, runOnce, stateOf } from "./model_case.ts";
import { createTally } from "./tolerance.ts";

/** Draws with recorded masks of dropout. */
type RecordedDraws = MaeDraws & { readonly keeps: readonly Tensor[] };

/** Runs a case of kind `mae`. */
export async function run(fixture: FixtureCase, mode: CompileMode = "off"): Promise<CaseResult> {
  const tally = createTally(fixture);
  const input = inputOf(fixture);
  const architecture = architectureOf(fixture);
  const maskRatio = Number(fixture.config.mask_ratio);
  const autoencoder = maskedAutoencoder([input], architecture, maskRatio);
  // Recorded masks of the reference's own generator stand in for the keyed ones.
  const recordedDropout = architecture.dropout > 0;
  const dropout = ({ keeps }: RecordedDraws): Dropout =>
    recordedDropout
      ? (x, place) => tf.mul(x, tf.mul(keeps[place]!, 1 / (1 - architecture.dropout)))
      : noDropout;
  const model: TrainableModel<RecordedDraws> = {
    ...mae.build([input], architecture, { maskRatio }),
    draw: () => draws,
    objective: (parameters, tensors, draws) => ({
      loss: maeLoss(autoencoder, parameters, tensors, draws, dropout(draws)),
      metrics: {},
      state: {},
    }),
  };
  const keeps = [...fixture.tensors.keys()].filter((name) => name.startsWith("rand/dropout_keep/"));
  const draws: HostTree<RecordedDraws> = {
    ...masksOf(fixture, tally),
    ...dropoutDraw({ seed: 0, step: 0, firstSample: 0, samples: Number(fixture.config.batch) }),
    keeps: keeps.map((name) => float32Of(fixture, name)),
  };
  const state = stateOf(fixture, model.parameters);
  const batch = { inputs: [batchOf(fixture, input)], draws };
  const step = { model, state, batch };

  const host = await runOnce(
    ({ weights, inputs, draws }: StepBatch<RecordedDraws> & { readonly weights: StateDict }) => {
      const z = autoencoder.encodeVisible(weights, inputs, draws.masks, dropout(draws));
      const latents = model.encode(weights, inputs);
      return {
        z,
        pred: autoencoder.decode(weights, z, draws.masks)[0]!,
        target: autoencoder.targets(inputs)[0]!,
        loss: model.objective(weights, inputs, draws).loss,
        pooled: model.pool(latents),
        tokens: withoutCls(latents),
      };
    },
    { ...batch, weights: state },
    mode,
  );
  const check = (
    name: string,
    key: keyof typeof host,
    quantity: Parameters<typeof tally.compare>[3],
  ) => tally.compare(name, host[key].data, numbersOf(fixture, name), quantity);
  check("enc/z", "z", "latent");
  check("target", "target", "exact");
  check("loss/total", "loss", "loss");
  check("features/global_pool", "pooled", "latent");
  check("features/tokenize", "tokens", "latent");
  tally.compare("pred", recordedOrder(host.pred, input), numbersOf(fixture, "pred"), "prediction");

  await compareGradients(tally, fixture, step, "grad", "maeGradient", mode);
  await compareSteps(tally, fixture, step, {
    after: (step) => `after${step}`,
    gradient: "grad",
    losses: "steps/loss",
  }, mode);
  return tally.result();
}
