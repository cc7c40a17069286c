/**
 * `metamae adapt`: what a pretrained run makes of a data set, before and after adapting to it.
 *
 * @module
 */

import type { FeaturesManifest } from "../lib/spec/features_manifest.ts";
import { UsageError } from "../lib/util/errors.ts";
import { type Command, defineCommand, type Invocation } from "./command.ts";
import { backendOption, compileOption } from "./engine_options.ts";
import { formatCount, formatLoss } from "./format.ts";
import {
  defaulted,
  flagName,
  oneOf,
  optional,
  path,
  realNumber,
  required,
  separated,
  showing,
  toggle,
  wholeNumber,
} from "./options.ts";
import { shellLine } from "./shell.ts";
import { listenForStop } from "./stop_signal.ts";
import { formatFacts, formatTable } from "./table.ts";
import { trainAndReport } from "./train_and_report.ts";

const options = {
  run: required(path("RUN", "directory"), "Pretrained run"),
  data: required(path("STORE", "directory"), "Token store to adapt to"),
  out: required(
    path("OUT", "directory"),
    "Folder to write: features, or a run with --mode continue",
  ),
  mode: defaulted(
    oneOf(["latent", "continue"], "MODE"),
    "latent",
    "latent: features z and z* of every sample; continue: pretrain on without labels",
  ),
  innerSteps: showing(
    "the run's",
    optional(wholeNumber({ min: 0, metavar: "K" }), "Gradient steps on the latents"),
  ),
  innerLr: showing(
    "the run's",
    optional(realNumber({ min: 0, metavar: "A" }), "Step size of these steps"),
  ),
  step: showing("the newest", optional(wholeNumber({ min: 0 }), "Checkpoint to take, by its step")),
  splits: showing(
    "all but pretrain",
    optional(
      separated(oneOf(["pretrain", "train", "validation", "test"], "SPLIT")),
      "Splits to encode",
    ),
  ),
  gallery: showing(
    "6",
    optional(wholeNumber({ min: 0 }), "Test samples whose reconstructions are kept for pictures"),
  ),
  batchSize: optional(
    wholeNumber({ min: 1, metavar: "B" }),
    "Samples at a time; with --mode latent it changes nothing but speed and memory",
  ),
  seed: showing("0", optional(wholeNumber({ min: 0, metavar: "S" }), "Seed of drawn samples")),
  steps: showing("the run's", optional(wholeNumber({ min: 0 }), "Steps of --mode continue")),
  lr: showing("the run's", optional(realNumber({ min: 0 }), "Learning rate of --mode continue")),
  resume: toggle("Go on with --mode continue after a stop"),
  backend: backendOption,
  compile: compileOption,
} as const;

type AdaptInvocation = Invocation<typeof options>;

/** Options that one mode alone has. */
const ownOptions = {
  latent: ["innerSteps", "innerLr", "step", "splits", "gallery"],
  continue: ["steps", "lr", "resume"],
} as const;

/** `metamae adapt`. */
export const adaptCommand: Command = defineCommand({
  name: "adapt",
  summary: "Write the features of a data set, before and after adapting the latents to each sample",
  example: "metamae adapt --run mnist.run --data mnist.store --out mnist.features",
  details: [
    "Methods with a decoder also get features z* after gradient steps on the latents of each sample, " +
    "without labels, and the reconstruction loss before and after.",
  ],
  options,
  async run(invocation) {
    checkMode(invocation);
    await (invocation.options.mode === "latent" ? adaptLatents : goOnTraining)(invocation);
  },
});

function checkMode({ options, origins }: AdaptInvocation): void {
  for (const [mode, names] of Object.entries(ownOptions)) {
    const foreign = names.find((name) =>
      mode !== options.mode && (origins[name] === "flag" || origins[name] === "file")
    );
    if (foreign === undefined) continue;
    throw new UsageError(
      `Cannot use ${flagName(foreign)} with --mode ${options.mode}: it belongs to --mode ${mode}`,
    );
  }
}

async function adaptLatents({ options, output }: AdaptInvocation): Promise<void> {
  const { openStore } = await import("../lib/data/store.ts");
  const { startEngine } = await import("../lib/engine/backend.ts");
  const { extractFeatures } = await import("../lib/evaluate/features.ts");
  const { loadRun } = await import("../lib/train/load_run.ts");
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
  output.result(
    {
      schema: "metamae/adapt",
      version: 1,
      features: out,
      dataset: manifest.dataset,
      variant: manifest.variant,
      run: manifest.run,
      width: manifest.width,
      adaptation: manifest.adaptation,
      splits: manifest.splits,
      gallery: manifest.gallery,
      sources: manifest.sources,
    },
    () => featuresText(out, manifest),
  );
}

async function goOnTraining(invocation: AdaptInvocation): Promise<void> {
  const { options, origins, output, commandLine } = invocation;
  const { readRunConfig } = await import("../lib/train/run_config.ts");
  const { method, methodOptions, preset, architecture, training } = await readRunConfig(
    options.run,
  );
  const { steps, lr, seed } = options;
  await trainAndReport({
    data: options.data,
    out: options.out,
    from: options.run,
    method,
    methodOptions,
    preset,
    backbone: architecture.backbone,
    decoderLayers: architecture.decoderLayers,
    dropout: architecture.dropout,
    steps: steps ?? training.steps,
    batchSize: options.batchSize,
    lr: lr ?? training.learningRate,
    weightDecay: training.weightDecay,
    schedule: training.schedule,
    seed: seed ?? training.seed,
    resume: options.resume,
    backend: options.backend,
    compile: options.compile,
    command: commandLine,
    origins: Object.fromEntries(
      Object.entries(origins).filter(([, origin]) => origin !== "default"),
    ),
  }, output);
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
          : `${adaptation.innerSteps} gradient step(s) of size ${adaptation.innerLr} on the latents`,
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
