/**
 * Capri against recorded runs of the published implementation.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { capriForward, capriModel, capriOptions } from "../../lib/methods/capri.ts";
import { visiblePositions } from "../../lib/nn/corruption.ts";
import { corruptedCount } from "../../lib/spec/lengths.ts";
import { compareDabsCase, dabsArchitectureOf, dabsEncoderOf } from "./dabs_case.ts";
import { type CaseResult, type FixtureCase, float32Of, numbersOf } from "./fixture_case.ts";
import { createTally } from "./tolerance.ts";

/** Runs a case of kind `capri`. */
export async function run(fixture: FixtureCase, mode: CompileMode = "off"): Promise<CaseResult> {
  const tally = createTally(fixture);
  const encoder = dabsEncoderOf(fixture);
  const options = capriOptions.parse({
    corruptionRate: fixture.config.corruption_rate,
    normalize: fixture.config.contpred_normalize === 1,
  });
  const model = capriModel(encoder, dabsArchitectureOf(fixture), options);
  const noise = float32Of(fixture, "rand/0_uniform");
  const blanked = corruptedCount(noise.shape[1]!, options.corruptionRate);
  const draws = { visible: visiblePositions(noise, blanked) };
  const masked = draws.visible.data.map((visible) => 1 - visible);
  tally.compare("is_masked", masked, numbersOf(fixture, "is_masked"), "exact");

  await compareDabsCase(tally, fixture, { encoder, model, draws }, (parameters, inputs, drawn) => {
    const forward = capriForward(encoder, options)(parameters, inputs, drawn);
    const { accuracy } = model.objective!(parameters, inputs, drawn).metrics;
    return {
      "masked_embeddings": { value: forward.blanked, quantity: "latent" },
      "final_embeddings": { value: forward.latents, quantity: "latent" },
      // Recorded with a row a prediction.
      "logits": { value: tf.transpose(forward.logits, [0, 2, 1]), quantity: "prediction" },
      "acc": { value: accuracy!, quantity: "metric" },
      "loss": { value: forward.loss, quantity: "loss" },
    };
  }, mode);
  return tally.result();
}
