/**
 * `metamae adapt`: what a pretrained run makes of a data set, before and after adapting to it.
 *
 * @module
 */

import { type Command, defineCommand, flagName } from "../framework/mod.ts";
import type { FeaturesManifest } from "../../lib/documents/mod.ts";
import {
  formatCount,
  formatFacts,
  formatLoss,
  formatTable,
  listenForStop,
  shellLine,
} from "../../lib/terminal/mod.ts";
import { UsageError } from "../../lib/util/mod.ts";
import { type AdaptInvocation, adaptOptions } from "./adapt_options.ts";
import { fineTune, goOnTraining } from "./adapt_training.ts";

/** Options that not all modes have. */
const ownOptions: Readonly<Record<string, readonly (keyof typeof adaptOptions)[]>> = {
  latent: ["innerSteps", "innerLr", "step", "splits", "gallery"],
  continue: ["steps", "lr", "weightDecay", "resume"],
  finetune: ["epochs", "lr", "weightDecay", "resume"],
};

const actions = { latent: adaptLatents, continue: goOnTraining, finetune: fineTune } as const;

/** `metamae adapt`. */
export const adaptCommand: Command = defineCommand({
  name: "adapt",
  summary: "Write the features of a data set, before and after adapting the latents to each sample",
  example: "metamae adapt --run mnist.run --data mnist.store --out mnist.features",
  details: [
    "Methods with a decoder also get features z* after gradient steps on the latents of each sample, " +
    "without labels, and the reconstruction loss before and after.",
    "With --mode finetune encoder and a linear head are trained end to end with the labels of the " +
    "training split; scored is the test split, with the weights of the last epoch or, where there is a " +
    "validation split, of the epoch that is best on it. The run folder holds the result record: metamae " +
    "adapt --mode finetune --run mnist.run --data mnist.store --out mnist.tuned",
  ],
  options: adaptOptions,
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
