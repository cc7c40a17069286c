/**
 * The resolved configuration of a run, as its folder keeps it.
 *
 * @module
 */

import { z } from "zod";
import { backendNames } from "../engine/mod.ts";
import type { Architecture } from "../methods/mod.ts";
import { inputSpec, taskSpec } from "../spec/mod.ts";
import { checkJson, DataError, join, readJson } from "../util/mod.ts";
import { presetNames } from "./presets.ts";
import { schedule } from "./schedule.ts";

/** Version of the format that this code writes; newer ones are refused. */
export const runVersion = 1;

const count = z.number().int().positive();

const architecture: z.ZodType<Architecture> = z.strictObject({
  backbone: z.enum(["metamae", "dabs"]),
  encoderWidth: count,
  encoderLayers: count,
  encoderHeads: count,
  encoderHeadWidth: count,
  decoderWidth: count,
  decoderLayers: z.number().int().nonnegative(),
  decoderHeads: count,
  dropout: z.number().min(0).lt(1),
  encoderMlpWidth: count.exactOptional(),
});

/** Schema of {@linkcode RunConfig}. */
export const runConfig = z.strictObject({
  schema: z.literal("metamae/run"),
  version: z.literal(runVersion),
  /** Version of the program that wrote it. */
  writer: z.string(),
  /** Id of the method. */
  method: z.string(),
  /** Options of the method, defaults included. */
  methodOptions: z.record(z.string(), z.unknown()),
  preset: z.enum(presetNames),
  architecture,
  /** What the model was built for. */
  inputs: z.array(inputSpec).min(1),
  data: z.strictObject({
    /** Where the store was; it may have moved since. */
    folder: z.string(),
    dataset: z.string(),
    variant: z.string(),
    /** SHA-256 of the store's manifest, which holds the digests of its files. */
    sha256: z.string(),
    split: z.string(),
    /** Samples of one epoch. */
    samples: z.number().int().positive(),
  }),
  /** Task whose labels the run learns from, end to end; absent where it needs no labels. */
  task: taskSpec.exactOptional(),
  training: z.strictObject({
    steps: z.number().int().nonnegative(),
    batchSize: count,
    learningRate: z.number().positive(),
    weightDecay: z.number().nonnegative(),
    schedule,
    seed: z.number().int().nonnegative(),
    /** Run folder whose newest weights the run started from. */
    from: z.string().optional(),
  }),
  logging: z.strictObject({
    logEvery: count,
    /** Steps between measurements of health; 0 for none. */
    healthEvery: z.number().int().nonnegative().default(100),
    checkpointEvery: count,
    checkpointMinutes: z.number().positive(),
    keepLast: count.optional(),
    keepBest: z.string().optional(),
    tensorboard: z.boolean(),
  }),
  engine: z.strictObject({
    backend: z.enum(backendNames),
    compile: z.enum(["auto", "off", "graph", "xla"]),
  }),
  /** Where each value that is no default came from, such as `flag`. */
  origins: z.record(z.string(), z.string()),
});

/** Resolved configuration of a run. */
export type RunConfig = z.infer<typeof runConfig>;

/** Path of the configuration in a run folder. */
export function runConfigPath(run: string): string {
  return join(run, "config.json");
}

/**
 * Reads the configuration of a run.
 *
 * @throws {MissingError} If the folder is no run.
 * @throws {DataError} If it is damaged or of a newer version.
 */

export async function readRunConfig(run: string): Promise<RunConfig> {
  const path = runConfigPath(run);
  const value = await readJson(path);
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === "number" && version > runVersion) {
    throw new DataError(
      `Cannot use "${path}": its format version is ${version}, this program knows ${runVersion}`,
      { hint: "Use the version of metamae that wrote it, or a newer one" },
    );
  }
  return checkJson(value, runConfig, `"${path}"`);
}

/**
 * What decides the numbers of a run: everything but where things lie, how often they are saved and,
 * with a constant learning rate, how long the run goes on.
 */
function identity(config: RunConfig): unknown {
  const { steps, ...training } = config.training;
  return {
    method: config.method,
    methodOptions: config.methodOptions,
    architecture: config.architecture,
    inputs: config.inputs,
    task: config.task,
    data: { ...config.data, folder: undefined },
    training: training.schedule.kind === "constant" ? training : { ...training, steps },
  };
}

/**
 * Differences between two configurations that would make a resumed run another one, a line each, such
 * as `training.batchSize: 64 in the run, 32 now`.
 */
export function configDifferences(saved: RunConfig, wanted: RunConfig): string[] {
  const before = flatten(identity(saved)), now = flatten(identity(wanted));
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((path) => before.get(path) !== now.get(path))
    .map((path) =>
      `${path}: ${before.get(path) ?? "unset"} in the run, ${now.get(path) ?? "unset"} now`
    );
}

function flatten(value: unknown, path = ""): Map<string, string> {
  if (typeof value !== "object" || value === null) {
    return new Map(value === undefined ? [] : [[path, JSON.stringify(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([name, part]) => [
      ...flatten(part, path === "" ? name : `${path}.${name}`),
    ]),
  );
}
