/**
 * MetaMAE against recorded runs of the published implementation: latents, inner step, contrast,
 * first- and second-order gradients, three optimizer steps, adapted features.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import {
  innerSteps,
  metamae,
  type MetamaeDraws,
  metamaeObjective,
  type MetamaeOptions,
  metamaeOptions,
} from "../../lib/methods/metamae.ts";
import type { StateDict } from "../../lib/engine/backend/tree.ts";
import { dropoutDraw } from "../../lib/nn/draws.ts";
import { maskedAutoencoder } from "../../lib/nn/masked_autoencoder.ts";
import { supportFromNoise, supportRows } from "../../lib/nn/masking.ts";
import { wholeBatch } from "../../lib/nn/batch_share.ts";
import { poolTokens, withoutCls } from "../../lib/nn/pooling.ts";
import { projector } from "../../lib/nn/projector.ts";
import { tokenSet } from "../../lib/nn/token_set.ts";
import type { StepBatch, TrainableModel } from "../../lib/train/train_step.ts";
import { architectureOf, batchOf, inputOf, masksOf, recordedOrder } from "./autoencoder_case.ts";
import { type CaseResult, type FixtureCase, float32Of, numbersOf } from "./fixture_case.ts";
import { compareGradients, compareSteps, runOnce, stateOf } from "./model_case.ts";
import { createTally, type Quantity } from "./tolerance.ts";

/** Runs a case of kind `metamae`. */
export async function run(fixture: FixtureCase, mode: CompileMode = "off"): Promise<CaseResult> {
  const tally = createTally(fixture);
  const input = inputOf(fixture);
  const architecture = architectureOf(fixture);
  const options = optionsOf(fixture);
  const autoencoder = maskedAutoencoder([input], architecture, options.maskRatio);
  const build = (firstOrder: boolean) =>
    metamae.build([input], architecture, { ...options, firstOrder }) as TrainableModel<
      MetamaeDraws
    >;
  const [second, first] = [build(false), build(true)];

  const masks = masksOf(fixture, tally);
  const noise = float32Of(fixture, "rand/support_noise");
  const support = supportFromNoise(masks.masks[0]!.mask, noise, options.supportRatio, input);
  tally.compare("mask/support", support.data, numbersOf(fixture, "mask/support"), "exact");
  const state = stateOf(fixture, second.parameters);
  const rows = supportRows(autoencoder.kept[0]!, options.supportRatio, input);
  const samples = Number(fixture.config.batch);
  const draws = {
    ...masks,
    support: tokenSet([support], [rows]),
    ...dropoutDraw({ seed: 0, step: 0, firstSample: 0, samples }),
  };
  const batch = { inputs: [batchOf(fixture, input)], draws };

  const host = await runOnce(
    ({ weights, inputs, draws }: StepBatch<MetamaeDraws> & { readonly weights: StateDict }) => {
      const z = autoencoder.encodeVisible(weights, inputs, draws.masks);
      const inner = innerSteps(autoencoder, weights, z, inputs, draws, options);
      const before = projector(weights, weights, poolTokens(z));
      const after = projector(weights, weights, poolTokens(inner.zStar));
      const objective = second.objective(weights, inputs, draws);
      const totalOf = (firstOrder: boolean) => (latents: Tensor) =>
        metamaeObjective(autoencoder, weights, latents, inputs, draws, wholeBatch, {
          ...options,
          firstOrder,
        }).loss;
      const latents = second.encode(weights, inputs);
      const adapted = second.adapt!(weights, inputs, { innerSteps: 1, innerLr: options.innerLr });
      return {
        "target": autoencoder.targets(inputs)[0]!,
        "enc/z": z,
        "inner/pred": autoencoder.decode(weights, z, draws.masks)[0]!,
        "inner/loss": inner.loss,
        "inner/grad": inner.gradient,
        "inner/z_star": inner.zStar,
        "outer/pred": autoencoder.decode(weights, inner.zStar, draws.masks)[0]!,
        "outer/recon_loss": objective.metrics.reconstruction!,
        "contrast/unit_z": before.unit,
        "contrast/unit_zstar": after.unit,
        "contrast/loss": objective.metrics.contrast!,
        "loss/total": objective.loss,
        // The recorder's hook on z saw the inner gradient too, so the recorded sums hold both.
        "enc/z_grad_total": tf.add(tf.grad(totalOf(false))(z), inner.gradient),
        "enc/z_grad_total_first": tf.add(tf.grad(totalOf(true))(z), inner.gradient),
        "features/global_pool": second.pool(latents),
        "features/tokenize": withoutCls(latents),
        "adapt/z": adapted.z,
        "adapt/inner_loss": tf.mean(adapted.before),
        "adapt/z_star": adapted.zStar,
        "adapt/global_pool": second.pool(adapted.zStar),
      };
    },
    { ...batch, weights: state },
    mode,
  );
  for (const [name, array] of Object.entries(host)) {
    const values = /\/pred$/.test(name)
      ? recordedOrder(array, input)
      : array.data as ArrayLike<number>;
    tally.compare(name, values, numbersOf(fixture, name), quantityOf(name));
  }

  for (const [order, model] of [["second", second], ["first", first]] as const) {
    const group = `grad/${order}`;
    await compareGradients(tally, fixture, { model, state, batch }, group, "metamaeGradient", mode);
  }
  await compareSteps(tally, fixture, { model: second, state, batch }, {
    after: (step) => `after${step}/second`,
    gradient: "grad/second",
    losses: "steps/loss_second",
  }, mode);
  return tally.result();
}

function optionsOf({ config }: FixtureCase): MetamaeOptions {
  return metamaeOptions.parse({
    maskRatio: config.mask_ratio,
    innerLr: config.inner_lr,
    contrastWeight: config.reg_weight,
    supportRatio: config.s_ratio,
  });
}

function quantityOf(name: string): Quantity {
  if (name === "target") return "exact";
  if (/grad_total/.test(name)) return "latentGradient";
  if (/loss/.test(name)) return "loss";
  if (/^(enc|features)\//.test(name)) return "latent";
  return /^adapt\//.test(name) ? "adapted" : "prediction";
}
