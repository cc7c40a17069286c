/**
 * ShED against recorded runs of the published implementation.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { shedDraws, shedForward, shedModel, shedOptions } from "../../lib/methods/shed.ts";
import { corruptedCount } from "../../lib/spec/lengths.ts";
import { compareDabsCase, dabsArchitectureOf, dabsEncoderOf } from "./dabs_case.ts";
import { type CaseResult, type FixtureCase, float32Of, numbersOf } from "./fixture_case.ts";
import { createTally } from "./tolerance.ts";

/** Runs a case of kind `shed`. */
export async function run(fixture: FixtureCase, mode: CompileMode = "off"): Promise<CaseResult> {
  const tally = createTally(fixture);
  const encoder = dabsEncoderOf(fixture);
  const options = shedOptions.parse({ corruptionRate: fixture.config.corruption_rate });
  const model = shedModel(encoder, dabsArchitectureOf(fixture), options);
  const noise = float32Of(fixture, "rand/0_uniform");
  const draws = shedDraws(noise, corruptedCount(noise.shape[1]!, options.corruptionRate));
  tally.compare("is_permuted", draws.moved.data, numbersOf(fixture, "is_permuted"), "exact");

  await compareDabsCase(tally, fixture, { encoder, model, draws }, (parameters, inputs, drawn) => {
    const forward = shedForward(encoder)(parameters, inputs, drawn);
    const { accuracy } = model.objective!(parameters, inputs, drawn).metrics;
    return {
      "permuted_embeddings": { value: forward.shuffled, quantity: "latent" },
      "final_embeddings": { value: forward.latents, quantity: "latent" },
      "logits": { value: forward.logits, quantity: "prediction" },
      "acc": { value: accuracy!, quantity: "metric" },
      "loss": { value: forward.loss, quantity: "loss" },
    };
  }, mode);
  return tally.result();
}
