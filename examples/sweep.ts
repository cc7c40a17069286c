/**
 * A sweep over learning rates and mask ratios; runs that are there already go on or are skipped:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-ffi --allow-sys=cpus \
 *       examples/sweep.ts STORE FOLDER
 *
 * @module
 */

import { pretrain } from "../mod.ts";

/** Trains one run for each pair of settings; gives the last loss of each. */
export async function main(data: string, folder: string, steps: number): Promise<[string, number][]> {
  const losses: [string, number][] = [];
  for (const lr of [3e-4, 1e-3]) {
    for (const maskRatio of [0.5, 0.75]) {
      const out = `${folder}/lr-${lr}-mask-${maskRatio}.run`;
      const choices = { data, out, lr, steps, methodOptions: { maskRatio }, resume: true } as const;
      const { metrics } = await pretrain({ ...choices, method: "mae", preset: "tiny" });
      losses.push([out, metrics.loss!]);
    }
  }
  return losses;
}

if (import.meta.main) {
  for (const [run, loss] of await main(Deno.args[0]!, Deno.args[1] ?? ".", 200)) {
    console.log(loss.toFixed(4), run);
  }
}
