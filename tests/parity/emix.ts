/**
 * e-Mix against recorded runs of the published implementation.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { emixDraws, emixForward, emixModel, emixOptions } from "../../lib/methods/emix.ts";
import { compareDabsCase, dabsArchitectureOf, dabsEncoderOf } from "./dabs_case.ts";
import { type CaseResult, type FixtureCase, numbersOf } from "./fixture_case.ts";
import { createTally } from "./tolerance.ts";

/** Scalar with the loss that the reference meant to compute. */
const pairedName = "info/loss_if_each_coefficient_were_paired_with_its_own_example";

/** Runs a case of kind `emix`. */
export async function run(fixture: FixtureCase, mode: CompileMode = "off"): Promise<CaseResult> {
  const tally = createTally(fixture);
  const encoder = dabsEncoderOf(fixture);
  const options = emixOptions.parse({});
  const model = emixModel(encoder, dabsArchitectureOf(fixture), options);
  const partners = numbersOf(fixture, "rand/1_permutation");
  const draws = emixDraws(numbersOf(fixture, "rand/0_beta"), partners);
  tally.compare("mix_coeff", draws.share.data, numbersOf(fixture, "mix_coeff"), "exact");
  tally.compare("randidx", draws.partner.data, numbersOf(fixture, "randidx"), "exact");

  await compareDabsCase(tally, fixture, { encoder, model, draws }, (parameters, inputs, drawn) => {
    const forward = emixForward(encoder, options)(parameters, inputs, drawn);
    const paired = { ...options, pairedLoss: true };
    return {
      "mixed_embeddings": { value: forward.mixed, quantity: "latent" },
      "out_mixed": { value: forward.ofMixed, quantity: "prediction" },
      "out_plain": { value: forward.ofPlain, quantity: "prediction" },
      "logits": { value: forward.logits, quantity: "prediction" },
      "ce_self": { value: forward.ownLoss, quantity: "loss" },
      "ce_partner": { value: forward.partnerLoss, quantity: "loss" },
      "acc": {
        value: model.objective!(parameters, inputs, drawn).metrics.accuracy!,
        quantity: "metric",
      },
      "loss": { value: forward.loss, quantity: "loss" },
      [pairedName]: {
        value: emixForward(encoder, paired)(parameters, inputs, drawn).loss,
        quantity: "loss",
      },
    };
  }, mode);
  return tally.result();
}
