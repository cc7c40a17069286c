/**
 * What the report reads of result records, runs, features and galleries.
 *
 * The schemas name only the fields that the report needs, so that further fields may be added to the
 * formats without a new version.
 *
 * @module
 */

import { unpackFloats } from "../documents/mod.ts";
import { z } from "zod";
import { imageLook, inputSpec } from "../spec/mod.ts";
import type {
  AdaptationRecord,
  Experiment,
  MetricResult,
  ProbeScore,
  ScoreRecord,
} from "./results.ts";

const fields = z.record(z.string(), z.unknown());

const run = z.object({
  method: z.string(),
  preset: z.string(),
  step: z.number(),
  seed: z.number(),
  pretrain: z.object({ dataset: z.string() }),
  architecture: fields,
  methodOptions: fields,
  training: fields,
});

const metric = z.union([
  z.object({
    value: z.number(),
    interval: z.object({ low: z.number().nullable(), high: z.number().nullable() }),
    replicates: z.string().optional(),
    note: z.string().optional(),
  }),
  z.object({ value: z.null(), reason: z.string() }),
]);

const probe = z.union([
  z.object({
    probe: z.string(),
    latent: z.string(),
    metrics: z.record(z.string(), metric),
    settings: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  }),
  z.object({ probe: z.string(), latent: z.string(), skipped: z.string() }),
]);

const latentAdaptation = z.union([
  z.object({ innerSteps: z.number(), innerLr: z.number() }),
  z.object({ innerSteps: z.null(), reason: z.string() }),
]);

const losses = z.object({ before: z.number(), after: z.number() }).nullable();

/** What the report reads of a result record. */
export const resultView = z.object({
  dataset: z.string(),
  variant: z.string(),
  metric: z.string(),
  run,
  samples: z.object({ test: z.number() }),
  selection: z.string(),
  bootstrap: z.object({ key: z.string() }),
  results: z.array(probe),
  adaptation: latentAdaptation,
  losses,
  sources: z.object({ config: z.string(), checkpoint: z.string(), store: z.string() }),
  versions: z.record(z.string(), z.string()),
  notes: z.array(z.string()),
});

/** What the report reads of the configuration of a run. */
export const runView = z.object({
  method: z.string(),
  methodOptions: fields,
  preset: z.string(),
  architecture: fields,
  data: z.object({ dataset: z.string(), variant: z.string() }),
  task: z.object({ kind: z.string() }).optional(),
  training: z.looseObject({ seed: z.number(), steps: z.number() }),
});

/** What the report reads of the sessions of a run. */
export const sessionsView = z.object({
  sessions: z.array(z.object({
    platform: z.string(),
    backend: z.string(),
    backendVersion: z.string(),
    compile: z.string(),
    threads: z.number(),
    cpu: z.string().optional(),
  })),
});

/** What the report reads of a gallery. */
export const galleryView = z.object({
  dataset: z.string(),
  variant: z.string(),
  run,
  samples: z.number(),
  modalities: z.array(z.object({
    input: inputSpec,
    adapted: z.boolean(),
    look: imageLook.exactOptional(),
  })),
  file: z.object({ name: z.string().regex(/^[\w.-]+$/), sha256: z.string() }),
});

/** Only what tells the formats apart. */
export const anyDocument = z.object({ schema: z.string(), version: z.number() });

type Run = z.infer<typeof run>;

/** The experiment of a run and what was done with it. */
export function runExperiment(
  { method, pretrain, ...run }: Run,
  dataset: string,
  variant: string,
  adaptation?: z.infer<typeof latentAdaptation>,
): Experiment {
  const settings = settingsOf({ ...run, steps: run.step });
  // Adaptation other than the method's own tells results of one run apart.
  if (adaptation !== undefined && adaptation.innerSteps !== null) {
    const { innerSteps, innerLr } = adaptation;
    if (settings["innerSteps"] !== innerSteps) settings["adaptationSteps"] = innerSteps;
    if (settings["innerLr"] !== innerLr) settings["adaptationRate"] = innerLr;
  }
  return { dataset, variant, pretrain: pretrain.dataset, method, settings };
}

/** The experiment of a run folder, evaluated on what it was trained on. */
export function configExperiment(config: z.infer<typeof runView>): Experiment {
  const { dataset, variant } = config.data;
  const { task } = config;
  const training = task === undefined ? config.training : { ...config.training, labels: task.kind };
  const settings = settingsOf({ ...config, training, steps: config.training.steps });
  return { dataset, variant, pretrain: dataset, method: config.method, settings };
}

/** On what a run was trained: engine, platform and class of machine of its sessions, each once. */
export function machineOf({ sessions }: z.infer<typeof sessionsView>): string {
  const machines = sessions.map(({ backend, backendVersion, compile, platform, threads, cpu }) =>
    [`${backend} ${backendVersion} (${compile})`, platform, `${threads} threads`, cpu]
      .filter((part) => part !== undefined).join(", ")
  );
  return [...new Set(machines)].join("; ");
}

/** Scores of a result record. */
export function scoresOf(record: z.infer<typeof resultView>, source: string): ScoreRecord {
  const { sources } = record;
  return {
    experiment: runExperiment(record.run, record.dataset, record.variant, record.adaptation),
    seed: record.run.seed,
    source,
    metric: record.metric,
    testSamples: record.samples.test,
    scores: record.results.map((result): ProbeScore => {
      const { probe, latent } = result;
      if ("skipped" in result) {
        return {
          probe,
          latent,
          metrics: { [record.metric]: { value: null, reason: result.skipped } },
        };
      }
      const metrics = Object.entries(result.metrics).map(([name, value]) =>
        [name, metricResult(value, record.bootstrap.key)] as const
      );
      return { probe, latent, metrics: Object.fromEntries(metrics), settings: result.settings };
    }),
    selection: record.selection,
    notes: record.notes,
    provenance: {
      "Configuration": sources.config.slice(0, 12),
      "Checkpoint": sources.checkpoint.slice(0, 12),
      "Data": sources.store.slice(0, 12),
      ...record.versions,
    },
  };
}

/** Losses around adaptation of a result record. */
export function adaptationOf(
  record: z.infer<typeof resultView>,
  source: string,
): AdaptationRecord {
  const { adaptation, losses } = record;
  const experiment = runExperiment(record.run, record.dataset, record.variant, adaptation);
  return {
    experiment,
    seed: record.run.seed,
    source,
    losses,
    ...(adaptation.innerSteps === null
      ? { reason: adaptation.reason }
      : { steps: adaptation.innerSteps, learningRate: adaptation.innerLr }),
  };
}

function metricResult(value: z.infer<typeof metric>, key: string): MetricResult {
  if (value.value === null) return value;
  const { interval: { low, high }, replicates, note } = value;
  return {
    value: value.value,
    ...(low === null || high === null ? {} : { interval: { low, high, kind: "samples" as const } }),
    ...(replicates === undefined
      ? {}
      : { replicates: { key, values: Array.from(unpackFloats(replicates)) } }),
    ...(note === undefined ? {} : { note }),
  };
}

/** Names in records that do not shape numbers, or that stand in the experiment itself. */
const left: ReadonlySet<string> = new Set(["seed", "from", "steps"]);

function settingsOf(
  { preset, architecture, methodOptions, training, steps }: {
    readonly preset: string;
    readonly architecture: z.infer<typeof fields>;
    readonly methodOptions: z.infer<typeof fields>;
    readonly training: z.infer<typeof fields>;
    readonly steps: number;
  },
): Record<string, string | number | boolean> {
  const settings: Record<string, string | number | boolean> = { preset, steps };
  const add = (name: string, value: unknown) => {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      settings[name] = value;
    } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      // A part of its own, such as the schedule: its kind stands for its name.
      for (const [part, inner] of Object.entries(value)) {
        add(
          part === "kind" ? name : `${name}${part.charAt(0).toUpperCase()}${part.slice(1)}`,
          inner,
        );
      }
    }
  };
  // How an encoder that is never trained would be trained says nothing about it.
  const trained = steps === 0 ? {} : training;
  for (const [name, value] of Object.entries({ ...architecture, ...methodOptions, ...trained })) {
    if (!left.has(name)) add(name, value);
  }
  return settings;
}
