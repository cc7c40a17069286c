/**
 * A method to copy: MAE whose mask ratio is drawn anew each step.
 *
 * In the tree it is the file `lib/methods/variable_mae.ts`, which imports `./mae.ts`.
 *
 * @module
 */

import { z } from "zod";
import { mae, type MaeDraws } from "../lib/methods/mae.ts";
import type { Method, Model } from "../lib/methods/mod.ts";
import { drawKey, integer } from "../lib/util/mod.ts";

/** Options of {@linkcode variableMae}; they become flags, help, environment and saved settings. */
export const variableMaeOptions = z.strictObject({
  leastMask: z.number().min(0.05).max(0.95).default(0.25).describe("Smallest mask ratio"),
  mostMask: z.number().min(0.05).max(0.95).default(0.75).describe("Largest mask ratio"),
  maskRatios: z.number().int().min(1).max(16).default(3)
    .describe("Number of mask ratios that are drawn from, each compiled once"),
});

/** Options of {@linkcode variableMae}. */
export type VariableMaeOptions = z.infer<typeof variableMaeOptions>;

// A method without numbers in the published tables has no published backbone.
const { publishedBackbone: _, ...shared } = mae;

/** MAE that masks another share of the tokens in every step: one draw more, nothing else. */
export const variableMae: Method<VariableMaeOptions, MaeDraws> = {
  ...shared,
  id: "variable-mae",
  title: "MAE, variable mask",
  paper: "Not published; MAE with another draw",
  summary: "Reconstructs masked tokens; their share is drawn anew each step",
  options: variableMaeOptions,

  build(inputs, architecture, { leastMask, mostMask, maskRatios }): Model<MaeDraws> {
    const models = Array.from({ length: maskRatios }, (_, i) => {
      const share = maskRatios === 1 ? 0 : i / (maskRatios - 1);
      return mae.build(inputs, architecture, {
        maskRatio: leastMask + share * (mostMask - leastMask),
      });
    });
    return {
      ...models[0]!,
      // Every ratio has masks of another shape, which is all that the objective knows of it.
      draw: (key) => {
        const chosen = integer(drawKey(key.seed, "mask ratio", key.step), 0, maskRatios);
        return models[chosen]!.draw(key);
      },
    };
  },
};
