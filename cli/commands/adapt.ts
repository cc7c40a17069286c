/**
 * `metamae adapt`: what a pretrained run makes of a data set, before and after adapting to it.
 *
 * @module
 */

import { z } from "zod";
import { type FeaturesManifest, splitName } from "../../lib/documents/mod.ts";
import {
  formatCount,
  formatFacts,
  formatLoss,
  formatTable,
  type JsonDocument,
  listenForStop,
} from "../../lib/terminal/mod.ts";
import { flagName, shellLine, UsageError } from "../../lib/util/mod.ts";
import { defineCommand, type Invocation } from "../framework/mod.ts";
import { resultDocument, resultText } from "./result_text.ts";
import { atLeast0, atLeast1, engineOptions } from "./shared_options.ts";
import { showStep, trainAndReport } from "./train_and_report.ts";

const options = z.strictObject({
  run: z.string().meta({ metavar: "RUN", path: "directory", description: "Pretrained run" }),
  data: z.string()
    .meta({ metavar: "STORE", path: "directory", description: "Token store to adapt to" }),
  out: z.string().meta({
    metavar: "OUT",
    path: "directory",
    description: "Folder to write: features, or a run with the other modes",
  }),
  mode: z.enum(["latent", "continue", "finetune"]).default("latent").meta({
    metavar: "MODE",
    description:
      "latent: features z and z* of every sample; continue: pretrain on without labels; " +
      "finetune: train encoder and a head with labels",
  }),
  innerSteps: atLeast0.optional()
    .meta({ metavar: "K", shown: "the run's", description: "Gradient steps on the latents" }),
  innerLr: z.number().min(0).optional()
    .meta({ metavar: "A", shown: "the run's", description: "Step size of these steps" }),
  step: atLeast0.optional()
    .meta({ shown: "the newest", description: "Checkpoint to take, by its step" }),
  splits: z.array(splitName).optional()
    .meta({ metavar: "SPLIT", shown: "all but pretrain", description: "Splits to encode" }),
  gallery: atLeast0.optional().meta({
    fallback: 6,
    description: "Test samples whose reconstructions are kept for pictures",
  }),
  batchSize: atLeast1.optional().meta({
    metavar: "B",
    description: "Samples at a time; with --mode latent it changes nothing but speed and memory",
  }),
  seed: atLeast0.optional()
    .meta({ metavar: "S", fallback: 0, description: "Seed of drawn samples" }),
  steps: atLeast0.optional().meta({ shown: "the run's", description: "Steps of --mode continue" }),
  epochs: atLeast1.optional().meta({ fallback: 20, description: "Epochs of --mode finetune" }),
  lr: z.number().min(0).optional().meta({
    shown: "the run's with --mode continue, 0.0001 with finetune",
    description: "Learning rate of AdamW",
  }),
  weightDecay: z.number().min(0).optional().meta({
    shown: "the run's with --mode continue, 0.0001 with finetune",
    description: "Decoupled weight decay",
  }),
  resume: z.boolean().default(false)
    .describe("Go on with --mode continue or finetune after a stop"),
  ...engineOptions,
});

type AdaptInvocation = Invocation<typeof options>;

/** Options that not all modes have. */
const ownOptions: Readonly<Record<string, readonly (keyof typeof options.shape)[]>> = {
  latent: ["innerSteps", "innerLr", "step", "splits", "gallery"],
  continue: ["steps", "lr", "weightDecay", "resume"],
  finetune: ["epochs", "lr", "weightDecay", "resume"],
};

const actions = { latent: adaptLatents, continue: goOnTraining, finetune: fineTune } as const;

/** `metamae adapt`. */
export const adaptCommand = defineCommand({
  example: "metamae adapt --run mnist.run --data mnist.store --out mnist.features",
  details: [
    "Methods with a decoder also get features z* after gradient steps on the latents of each " +
    "sample, without labels, and the reconstruction loss before and after.",
    "With --mode finetune encoder and a linear head are trained end to end with the labels of " +
    "the training split; scored is the test split, with the weights of the last epoch or, " +
    "where there is a validation split, of the epoch that is best on it. The run folder holds " +
    "the result record: metamae adapt --mode finetune --run mnist.run --data mnist.store --out " +
    "mnist.tuned",
  ],
  options,
  async run(invocation) {
    checkMode(invocation);
    await actions[invocation.options.mode](invocation);
  },
});

function checkMode({ options, origins }: AdaptInvocation): void {
  const own = ownOptions[options.mode]!;
  for (const [mode, names] of Object.entries(ownOptions)) {
    const foreign = names.find((name) =>
      !own.includes(name) && (origins[name] === "flag" || origins[name] === "file")
    );
    if (foreign === undefined) continue;
    throw new UsageError(
      `Cannot use ${flagName(foreign)} with --mode ${options.mode}: it belongs to --mode ${mode}`,
    );
  }
}

async function adaptLatents({ options, output }: AdaptInvocation): Promise<void> {
  const { openStore } = await import("../../lib/store/mod.ts");
  const { startEngine } = await import("../../lib/engine/mod.ts");
  const { extractFeatures } = await import("../../lib/evaluate/mod.ts");
  const { loadRun } = await import("../../lib/train/mod.ts");
  const { run, data, out, step, backend, compile, splits, gallery = 6, ...rest } = options;
  const { innerSteps, innerLr, batchSize, seed } = rest;
  using stop = listenForStop("no features were written");
  const loaded = await loadRun(run, { step, warn: output.warn });
  await using store = await openStore(data);
  const engine = await startEngine({ ...given({ backend, compile }) });
  if (engine.reason !== undefined) output.note(engine.reason);
  const progress = output.progress("adapt", "samples");
  const manifest = await extractFeatures(loaded, store, out, {
    ...given({ splits, innerSteps, innerLr, batchSize, seed }),
    gallery,
    engine,
    onProgress: (split, done, total) => progress.update({ done, total, unit: `${split} samples` }),
    signal: stop.signal,
  }).finally(progress.finish);
  output.result(featuresDocument(out, manifest), () => featuresText(out, manifest));
}

function featuresDocument(features: string, manifest: FeaturesManifest): JsonDocument {
  const { dataset, variant, run, width, adaptation, splits, gallery, sources } = manifest;
  return {
    ...{ schema: "metamae/adapt", version: 1, features, dataset, variant, run, width },
    ...{ adaptation, splits, gallery, sources },
  };
}

/** Without the entries that were not given. */
function given<T extends object>(choices: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(choices).filter(([, value]) => value !== undefined),
  ) as { [K in keyof T]?: NonNullable<T[K]> };
}

function featuresText(out: string, manifest: FeaturesManifest): string {
  const { adaptation, width, run } = manifest;
  const rows = Object.entries(manifest.splits).map(([name, { samples, losses }]) => [
    name,
    formatCount(samples),
    losses === null ? "" : formatLoss(losses.before),
    losses === null ? "" : formatLoss(losses.after),
    losses === null ? "" : `${(100 * losses.improved).toFixed(1)} %`,
  ]);
  const titles = ["split", "samples", "loss z", "loss z*", "improved"];
  return [
    formatFacts([
      ["features", `${out} (width ${width})`],
      ["run", `${run.method}, step ${formatCount(run.step)}`],
      [
        "z*",
        adaptation.innerSteps === null
          ? `none: ${adaptation.reason}`
          : `${adaptation.innerSteps} gradient step(s) of size ${adaptation.innerLr} ` +
            "on the latents",
      ],
    ]),
    "",
    formatTable(
      titles.slice(0, adaptation.innerSteps === null ? 2 : 5)
        .map((title, i) => ({ title, align: i === 0 ? "left" : "right" })),
      rows,
    ),
    "",
    `Next: ${shellLine(["metamae", "probe", "--features", out, "--out", `${out}.json`])}`,
  ].join("\n");
}

/** Goes on pretraining a run on another data set; the method's settings are those of the run. */
async function goOnTraining(invocation: AdaptInvocation): Promise<void> {
  const { options, output, commandLine } = invocation;
  const { runConfig } = await import("../../lib/documents/mod.ts");
  const { resolve } = await import("../../lib/util/mod.ts");
  const config = await runConfig.read(options.run);
  const { method, methodOptions, preset } = config;
  const { backbone, decoderLayers, dropout } = config.architecture;
  const { batchSize: _ofItsStore, from: _itsOrigin, learningRate, ...training } = config.training;
  // A run that goes on knows what it was started with.
  const inherited = options.resume && await isRun(options.out)
    ? {}
    : { ...training, lr: learningRate };
  const { data, out, resume, steps, batchSize, lr, weightDecay, seed, backend, compile } = options;
  await trainAndReport({
    ...{ data, out, resume, method, methodOptions, preset, backbone, decoderLayers, dropout },
    ...inherited,
    ...given({ steps, batchSize, lr, weightDecay, seed, backend, compile }),
    from: resolve(options.run),
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
async function fineTune(invocation: AdaptInvocation): Promise<void> {
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
    onProgress: (state) => showStep(progress, state, measured),
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
