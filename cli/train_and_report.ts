/**
 * Running a training from the command line: progress while it runs, the result at its end.
 *
 * @module
 */

import type { PretrainResult } from "../lib/train/pretrain.ts";
import type { PretrainOptions } from "../lib/train/subject.ts";
import { formatCount, formatDuration, formatLoss } from "./format.ts";
import type { Output } from "./output.ts";
import { shellLine } from "./shell.ts";
import { formatFacts } from "./table.ts";

/** Trains, shows progress, and prints how it ended. */
export async function trainAndReport(choices: PretrainOptions, output: Output): Promise<void> {
  const { pretrain } = await import("../lib/train/pretrain.ts");
  const progress = output.progress("pretrain", "steps");
  const result = await pretrain(choices, {
    handleSignals: true,
    note: output.note,
    warn: output.warn,
    onProgress: ({ step, steps, metrics, samplesPerSecond }) =>
      progress.update({
        done: step,
        total: steps,
        loss: metrics.loss,
        rate: samplesPerSecond === 0 ? "" : `${formatCount(samplesPerSecond)} samples/s`,
      }),
  }).finally(progress.finish);
  output.result(
    { schema: "metamae/pretrain", version: 1, ...result, loss: result.loss ?? null },
    () => resultText(result, choices.data),
  );
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
