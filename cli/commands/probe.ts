/**
 * `metamae probe`: how well simple predictors read labels off frozen features.
 *
 * @module
 */

import { z } from "zod";
import { latentName, probeName, type ResultRecord } from "../../lib/documents/mod.ts";
import type { EngineInfo } from "../../lib/engine/mod.ts";
import { listenForStop } from "../../lib/terminal/mod.ts";
import { flagName, UsageError } from "../../lib/util/mod.ts";
import { defineCommand, type Invocation } from "../framework/mod.ts";
import { latentTitle, resultDocument, resultText } from "./result_text.ts";
import { atLeast0, atLeast1, engineOptions } from "./shared_options.ts";

const options = z.strictObject({
  protocol: z.enum(["metamae", "dabs"]).default("metamae").describe(
    "metamae: probes on fixed features; dabs: a head on the encoder of a run, whose dropout " +
      "stays on",
  ),
  features: z.string().optional().meta({
    metavar: "FEATURES",
    path: "directory",
    description: "Features folder of metamae adapt",
  }),
  run: z.string().optional().meta({
    metavar: "RUN",
    path: "directory",
    description: "Pretrained run, for --protocol dabs",
  }),
  data: z.string().optional().meta({
    metavar: "STORE",
    path: "directory",
    description: "Labelled token store, for --protocol dabs",
  }),
  step: atLeast0.optional().meta({
    shown: "the newest",
    description: "Checkpoint to take, by its step, for --protocol dabs",
  }),
  out: z.string().meta({ metavar: "RESULT.json", path: "file", description: "File to write" }),
  probe: z.enum([...probeName.options, "all"]).default("linear").describe("Predictor"),
  latent: z.enum([...latentName.options, "both"]).default("both")
    .describe("Features as encoded (z), after adaptation (zstar), or both"),
  epochs: atLeast1.default(100).describe("Epochs of the linear probe"),
  batchSize: atLeast1.optional().meta({
    metavar: "B",
    shown: "the data set's",
    description: "Samples of one step of the linear probe",
  }),
  seed: atLeast0.default(0)
    .meta({ metavar: "S", description: "Seed of the linear probe's first weights and order" }),
  ...engineOptions,
});

type ProbeInvocation = Invocation<typeof options>;

/** Options that one protocol alone has, those that it needs first. */
const ownOptions = {
  metamae: { needed: ["features"], other: ["probe", "latent"] },
  dabs: { needed: ["run", "data"], other: ["step"] },
} as const;

/** `metamae probe`. */
export const probeCommand = defineCommand({
  example: "metamae probe --features mnist.features --out mnist.json",
  details: [
    "The linear probe follows the published protocol (Adam, 100 epochs, last epoch reported; " +
    "where the features have a validation split, the epoch that is best on it); kNN and ridge " +
    "have fixed settings. Nothing is tuned on the test split.",
    "With --protocol dabs a linear head is trained as the DABS benchmark does it (AdamW, " +
    "features computed anew in every step with the encoder's dropout on): metamae probe " +
    "--protocol dabs --run mnist.run --data mnist.store --out mnist.dabs.json",
  ],
  options,
  async run(invocation) {
    checkProtocol(invocation);
    const { options, output } = invocation;
    const { startEngine } = await import("../../lib/engine/mod.ts");
    const { backend, compile } = options;
    const engine = await startEngine({
      ...(backend === undefined ? {} : { backend }),
      ...(compile === undefined ? {} : { compile }),
    });
    if (engine.reason !== undefined) output.note(engine.reason);
    const probe = options.protocol === "dabs" ? probeRun : probeFeatures;
    const record = await probe(invocation, engine);
    output.result(
      { ...resultDocument(record), schema: "metamae/probe", version: 1, result: options.out },
      () => resultText(record, options.out),
    );
  },
});

function checkProtocol({ options, origins }: ProbeInvocation): void {
  for (const [protocol, { needed, other }] of Object.entries(ownOptions)) {
    const isChosen = protocol === options.protocol;
    const missing = needed.find((name) => isChosen && options[name] === undefined);
    if (missing !== undefined) {
      throw new UsageError(
        `Cannot probe by the protocol "${protocol}": ${flagName(missing)} is missing`,
      );
    }
    const foreign = [...needed, ...other].find((name) =>
      !isChosen && (origins[name] === "flag" || origins[name] === "file")
    );
    if (foreign === undefined) continue;
    throw new UsageError(
      `Cannot use ${flagName(foreign)} with --protocol ${options.protocol}: ` +
        `it belongs to --protocol ${protocol}`,
    );
  }
}

async function probeFeatures(
  { options, output }: ProbeInvocation,
  engine: EngineInfo,
): Promise<ResultRecord> {
  const { runProbe } = await import("../../lib/evaluate/mod.ts");
  const { features, out, probe, latent, epochs, batchSize, seed } = options;
  const progress = output.progress("probe", "epochs");
  return await runProbe({
    ...{ features: features!, out, probe, latent, epochs, seed, engine },
    ...(batchSize === undefined ? {} : { batchSize }),
    onEpoch: (latent, epoch, metric) =>
      progress.update({
        done: epoch + 1,
        total: epochs,
        unit: `epochs on ${latentTitle(latent)}`,
        rate: rateOf(metric),
      }),
  }).finally(progress.finish);
}

async function probeRun(
  { options, output }: ProbeInvocation,
  engine: EngineInfo,
): Promise<ResultRecord> {
  const { runDabsTransfer } = await import("../../lib/evaluate/mod.ts");
  const { loadRun } = await import("../../lib/train/mod.ts");
  const { run, data, step, out, epochs, batchSize, seed } = options;
  using stop = listenForStop("no result was written");
  const loaded = await loadRun(run!, { step, warn: output.warn });
  const progress = output.progress("probe", "epochs");
  return await runDabsTransfer(loaded, {
    ...{ data: data!, out, epochs, seed, engine, signal: stop.signal },
    ...(batchSize === undefined ? {} : { batchSize }),
    onEpoch: (epoch, metric) =>
      progress.update({ done: epoch + 1, total: epochs, unit: "epochs", rate: rateOf(metric) }),
  }).finally(progress.finish);
}

function rateOf(metric: number | null): string {
  return metric === null ? "" : `test metric ${metric.toFixed(4)}`;
}
