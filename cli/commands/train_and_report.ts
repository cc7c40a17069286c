/**
 * Running a training from the command line: progress while it runs, the result at its end.
 *
 * @module
 */

import {
  formatCount,
  formatDuration,
  formatFacts,
  formatLoss,
  type Output,
} from "../../lib/terminal/mod.ts";
import { shellLine } from "../../lib/util/mod.ts";
import type { PretrainHooks, PretrainOptions, PretrainResult } from "../../lib/train/mod.ts";

/**
 * Trains, shows progress, and prints how it ended. Where the environment describes several
 * processes, they train together, and only the first of them speaks unless something goes wrong.
 */
export async function trainAndReport(
  choices: PretrainOptions,
  output: Output,
  options: { readonly port?: number | undefined } = {},
): Promise<void> {
  const { clusterFromEnvironment } = await import("../../lib/engine/mod.ts");
  const { pretrain } = await import("../../lib/train/mod.ts");
  const cluster = clusterFromEnvironment((name) => Deno.env.get(name), options);
  const hooks = { handleSignals: true, warn: output.warn, cluster };
  if (cluster !== undefined && cluster.rank > 0) return void await pretrain(choices, hooks);
  const progress = output.progress("pretrain", "steps");
  const result = await pretrain(choices, {
    ...hooks,
    note: output.note,
    onProgress: (state) => showStep(progress, state),
  }).finally(progress.finish);
  output.result(
    { schema: "metamae/pretrain", version: 1, ...result, loss: result.loss ?? null },
    () => resultText(result, choices.data),
  );
}

/** Shows a step of training; the remark stands behind its pace. */
export function showStep(
  progress: ReturnType<Output["progress"]>,
  { step, steps, metrics, samplesPerSecond }: Parameters<
    NonNullable<PretrainHooks["onProgress"]>
  >[0],
  remark = "",
): void {
  progress.update({
    done: step,
    total: steps,
    loss: metrics["loss"],
    rate: samplesPerSecond === 0 ? "" : `${formatCount(samplesPerSecond)} samples/s${remark}`,
  });
}

function resultText(result: PretrainResult, store: string | undefined): string {
  const { run, checkpoint, steps, stepsTaken, seconds, samplesPerSecond, loss } = result;
  const session = `${formatCount(stepsTaken)} in this session, ${formatDuration(seconds)}`;
  const facts = formatFacts([
    ["steps", `${formatCount(steps)} (${session})`],
    ["loss", loss === undefined ? undefined : formatLoss(loss)],
    ["speed", samplesPerSecond === 0 ? undefined : `${formatCount(samplesPerSecond)} samples/s`],
    ["checkpoint", checkpoint],
  ]);
  const next = shellLine(
    ["metamae", "adapt", "--run", run, "--data", store ?? "STORE", "--out", `${run}.features`],
  );
  return `${facts}\n\nNext: ${next}`;
}
