/**
 * The modes of `metamae adapt` that train: on a data set without labels, or with them.
 *
 * @module
 */

import type { AdaptInvocation } from "./adapt_options.ts";
import { formatCount } from "../../lib/terminal/mod.ts";
import { resultDocument, resultText } from "./result_text.ts";
import { trainAndReport } from "./train_and_report.ts";

/** Goes on pretraining a run on another data set; the method's settings are those of the run. */
export async function goOnTraining(invocation: AdaptInvocation): Promise<void> {
  const { options, output, commandLine } = invocation;
  const { runConfig } = await import("../../lib/documents/mod.ts");
  const { resolve } = await import("../../lib/util/mod.ts");
  const { method, methodOptions, preset, architecture, training } = await runConfig.read(
    options.run,
  );
  // A run that goes on knows what it was started with.
  const inherited = options.resume && await isRun(options.out) ? undefined : training;
  await trainAndReport({
    data: options.data,
    out: options.out,
    from: resolve(options.run),
    method,
    methodOptions,
    preset,
    backbone: architecture.backbone,
    decoderLayers: architecture.decoderLayers,
    dropout: architecture.dropout,
    steps: options.steps ?? inherited?.steps,
    batchSize: options.batchSize,
    lr: options.lr ?? inherited?.learningRate,
    weightDecay: options.weightDecay ?? inherited?.weightDecay,
    schedule: inherited?.schedule,
    seed: options.seed ?? inherited?.seed,
    resume: options.resume,
    backend: options.backend,
    compile: options.compile,
    command: commandLine,
    origins: givenOrigins(invocation),
  }, output);
}

async function isRun(folder: string): Promise<boolean> {
  const { runConfig } = await import("../../lib/documents/mod.ts");
  const { statIfThere } = await import("../../lib/util/mod.ts");
  return await statIfThere(`${folder}/${runConfig.file}`) !== undefined;
}

/** Trains encoder and head on labels, and tells what they reach on the test split. */
export async function fineTune(invocation: AdaptInvocation): Promise<void> {
  const { options, output, commandLine } = invocation;
  const { finetune, finetuneResultName } = await import("../../lib/evaluate/mod.ts");
  const { join } = await import("../../lib/util/mod.ts");
  const { run, data, out, epochs, batchSize, lr, weightDecay, seed, resume, backend, compile } =
    options;
  const progress = output.progress("finetune", "steps");
  let measured = "";
  const { training, record } = await finetune({
    ...{ run, data, out, epochs, batchSize, lr, weightDecay, seed, resume, backend, compile },
    command: commandLine,
    origins: givenOrigins(invocation),
  }, {
    handleSignals: true,
    note: output.note,
    warn: output.warn,
    onValidation: (_, metric) =>
      measured = metric === null ? "" : `, validation ${metric.toFixed(4)}`,
    onProgress: ({ step, steps, metrics, samplesPerSecond }) =>
      progress.update({
        done: step,
        total: steps,
        loss: metrics.loss,
        rate: samplesPerSecond === 0 ? "" : `${formatCount(samplesPerSecond)} samples/s${measured}`,
      }),
  }).finally(progress.finish);
  const result = join(out, finetuneResultName);
  const { steps, stepsTaken, checkpoint } = training;
  output.result(
    {
      ...resultDocument(record),
      schema: "metamae/finetune",
      version: 1,
      result,
      training: { run: out, steps, stepsTaken, checkpoint },
    },
    () => resultText(record, result),
  );
}

/** Where the given options came from. */
function givenOrigins({ origins }: AdaptInvocation): Record<string, string> {
  return Object.fromEntries(Object.entries(origins).filter(([, origin]) => origin !== "default"));
}
