/**
 * A sweep over learning rates and mask ratios; a run that is there already goes on, or is skipped:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-ffi --allow-sys=cpus \
 *       examples/sweep.ts STORE FOLDER
 *
 * @module
 */

import { pretrain, type PretrainOptions } from "../mod.ts";

/** Trains one run for each pair of settings; gives the last loss of each. */
export async function main(choices: PretrainOptions): Promise<readonly [string, number][]> {
  const losses: [string, number][] = [];
  for (const lr of [3e-4, 1e-3]) {
    for (const maskRatio of [0.5, 0.75]) {
      const out = `${choices.out}/lr-${lr}-mask-${maskRatio}.run`;
      const { loss } = await pretrain({ ...choices, out, lr, methodOptions: { maskRatio } });
      losses.push([out, loss!]);
    }
  }
  return losses;
}

if (import.meta.main) {
  const [data, out = "."] = Deno.args;
  const choices = { data, out, method: "mae", preset: "small", steps: 200, resume: true } as const;
  for (const [run, loss] of await main(choices)) console.log(loss.toFixed(4), run);
}
