/**
 * The masked auto-encoding of DABS against recorded runs of the published implementation.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import {
  dabsMaeDraws,
  dabsMaeForward,
  dabsMaeModel,
  dabsMaeOptions,
} from "../../lib/methods/dabs_mae.ts";
import { patchify } from "../../lib/nn/patches.ts";
import { corruptedCount } from "../../lib/spec/lengths.ts";
import { compareDabsCase, dabsArchitectureOf, dabsEncoderOf, type Recorded } from "./dabs_case.ts";
import { type CaseResult, type FixtureCase, float32Of, numbersOf } from "./fixture_case.ts";
import { createTally } from "./tolerance.ts";

/** Runs a case of kind `dabs_mae`. */
export async function run(fixture: FixtureCase, mode: CompileMode = "off"): Promise<CaseResult> {
  const tally = createTally(fixture);
  const encoder = dabsEncoderOf(fixture);
  const options = dabsMaeOptions.parse({ corruptionRate: fixture.config.corruption_rate });
  const model = dabsMaeModel(encoder, dabsArchitectureOf(fixture), options);
  const noise = float32Of(fixture, "rand/0_uniform");
  const blanked = corruptedCount(noise.shape[1]!, options.corruptionRate);
  const draws = dabsMaeDraws(noise, blanked, encoder.counts);
  const masked = Array.from(draws.visible.data, (visible) => 1 - visible);
  tally.compare("is_masked", masked, numbersOf(fixture, "is_masked"), "exact");

  await compareDabsCase(tally, fixture, { encoder, model, draws }, (parameters, inputs, drawn) => {
    const forward = dabsMaeForward(encoder)(parameters, inputs, drawn);
    const targets = inputs.map((x, k): [string, Recorded[string]] => [
      `target/${k}`,
      { value: patchify(x, encoder.inputs[k]!), quantity: "exact" },
    ]);
    return {
      ...Object.fromEntries(targets),
      "masked_embeddings": { value: forward.blanked, quantity: "latent" },
      "final_embeddings": { value: forward.latents, quantity: "latent" },
      "loss": { value: forward.loss, quantity: "loss" },
    };
  }, mode);
  return tally.result();
}
