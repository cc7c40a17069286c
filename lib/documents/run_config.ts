/**
 * The resolved configuration of a run, as its folder keeps it.
 *
 * @module
 */

import { z } from "zod";
import { backendNames, inputSpec, presetNames, schedule, taskSpec } from "../spec/mod.ts";
import { defineDocument, type DocumentOf } from "./define_document.ts";

const count = z.number().int().positive();

const architecture = z.strictObject({
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

const fields = z.strictObject({
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

/** The resolved configuration of a run, `config.json`. */
export const runConfig = defineDocument("metamae/run", 1, fields, { file: "config.json" });

/** Resolved configuration of a run. */
export type RunConfig = DocumentOf<typeof runConfig>;
