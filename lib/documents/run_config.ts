/**
 * The resolved configuration of a run, as its folder keeps it.
 *
 * @module
 */

import { z } from "zod";
import { backendNames, inputSpec, presetNames, schedule, taskSpec } from "../spec/mod.ts";
import { defineDocument, type DocumentOf } from "./define_document.ts";

const count = z.number().int().positive();
const atLeast0 = z.number().int().nonnegative();

// The fields of the next four schemas that a user can choose are options of a run: their metadata
// make the flags of the command line (see runOptions), `fallback` is what is taken where neither
// the user nor a resumed run says anything. A field that older runs lack has a default instead.

/** What is chosen of a model; its architecture follows. */
export const modelFields = z.strictObject({
  preset: z.enum(presetNames)
    .meta({ metavar: "SIZE", fallback: "paper", description: "Sizes of the model" }),
  decoderLayers: atLeast0.meta({
    shown: "the preset's",
    description: "Layers of the decoder: 4 at paper size, 2 small, 1 tiny",
  }),
  dropout: z.number().min(0).lt(1).meta({ fallback: 0.1, description: "Dropout in the encoder" }),
  backbone: z.enum(["metamae", "dabs"])
    .meta({ shown: "the method's", description: "Transformer family" }),
});

const { preset, ...modelParts } = modelFields.shape;

const architecture = z.strictObject({
  backbone: modelParts.backbone,
  encoderWidth: count,
  encoderLayers: count,
  encoderHeads: count,
  encoderHeadWidth: count,
  decoderWidth: count,
  decoderLayers: modelParts.decoderLayers,
  decoderHeads: count,
  dropout: modelParts.dropout,
  encoderMlpWidth: count.exactOptional(),
});

/** What decides the numbers of a run, beside the model and its method. */
export const trainingFields = z.strictObject({
  steps: atLeast0.meta({ fallback: 100_000, description: "Step at which the run ends" }),
  batchSize: count
    .meta({ metavar: "B", shown: "the store's", description: "Samples of one step" }),
  learningRate: z.number().positive()
    .meta({ fallback: 1e-4, description: "Learning rate of AdamW" }),
  weightDecay: z.number().nonnegative()
    .meta({ fallback: 1e-4, description: "Decoupled weight decay" }),
  schedule: schedule.meta({ fallback: { kind: "constant" } }),
  seed: atLeast0.meta({ metavar: "S", fallback: 0, description: "Seed of all draws" }),
  from: z.string().optional().meta({
    metavar: "RUN",
    path: "directory",
    description: "Run whose newest weights the run starts from",
  }),
});

/** What a run writes down, and when. */
export const loggingFields = z.strictObject({
  logEvery: count.meta({ fallback: 1, description: "Steps between lines of metrics.jsonl" }),
  healthEvery: atLeast0.meta({
    description: "Steps between measurements of feature deviation, effective rank, masked and " +
      "visible reconstruction; 0 for none",
  }).default(100),
  checkpointEvery: count
    .meta({ fallback: 10_000, description: "Steps between checkpoints that are kept" }),
  checkpointMinutes: z.number().positive()
    .meta({ fallback: 10, description: "Minutes after which a checkpoint is made in any case" }),
  keepLast: count.optional()
    .meta({ description: "Newest checkpoints that are kept, instead of all regular ones" }),
  keepBest: z.string().optional().meta({
    metavar: "METRIC",
    description: "Keep the checkpoint with the lowest value of a metric too",
  }),
  tensorboard: z.boolean().meta({ fallback: true, description: "Write an event file" }),
});

/** What computes. */
export const engineFields = z.strictObject({
  backend: z.enum(backendNames).meta({
    metavar: "B",
    fallback: "auto",
    description: "What computes; auto takes TensorFlow where it is installed, else wasm",
  }),
  compile: z.enum(["auto", "xla", "graph", "off"]).meta({
    metavar: "MODE",
    fallback: "auto",
    description: "How steps are compiled; auto takes the fastest that the backend has",
  }),
});

const fields = z.strictObject({
  /** Version of the program that wrote it. */
  writer: z.string(),
  /** Id of the method. */
  method: z.string(),
  /** Options of the method, defaults included. */
  methodOptions: z.record(z.string(), z.unknown()),
  preset,
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
  training: trainingFields,
  logging: loggingFields,
  engine: engineFields,
  /** Where each value that is no default came from, such as `flag`. */
  origins: z.record(z.string(), z.string()),
});

/**
 * The resolved configuration of a run, `config.json`.
 *
 * @ignore
 */
export const runConfig = defineDocument("metamae/run", 1, fields, { file: "config.json" });

/** Resolved configuration of a run. */
export type RunConfig = DocumentOf<typeof runConfig>;

/** What a field is where nothing is chosen; undefined if that depends on method or store. */
export function fallbackOf(field: z.ZodType): unknown {
  return field instanceof z.ZodDefault ? field.def.defaultValue : field.meta()?.["fallback"];
}

/** Fields of the configuration as options, each of which may be left out. */
function optional<Fields extends z.ZodRawShape>(fields: Fields) {
  const options = Object.entries(fields).map(([name, field]) => {
    const fallback = fallbackOf(field as z.ZodType);
    const plain = field instanceof z.ZodDefault ? field.unwrap() as z.ZodType : field as z.ZodType;
    return [name, plain.meta({ ...plain.meta(), fallback }).optional()];
  });
  return Object.fromEntries(options) as { [Name in keyof Fields]: z.ZodOptional<Fields[Name]> };
}

const { steps, batchSize, learningRate, weightDecay, schedule: _, from, ...otherTraining } =
  trainingFields.shape;
const { tensorboard: _noFlag, ...logging } = loggingFields.shape;

/**
 * What can be chosen of a run, by option name and in the order of the help: fields of its
 * configuration, with the three options that make the schedule.
 *
 * @ignore
 */
export const runOptions = {
  ...optional({ preset, steps, batchSize, lr: learningRate, weightDecay }),
  schedule: z.enum(["constant", "cosine"]).optional()
    .meta({ fallback: "constant", description: "How the learning rate changes" }),
  warmup: atLeast0.optional()
    .meta({ fallback: 0, description: "Steps of linear warm-up, with --schedule cosine" }),
  finalLr: z.number().min(0).max(1).optional().meta({
    fallback: 0,
    description: "Share of the learning rate at the end, with --schedule cosine",
  }),
  ...optional({ ...otherTraining, ...modelParts }),
  resume: z.boolean().default(false)
    .meta({ description: "Go on with the run in --out, or start it if there is none" }),
  ...optional({ from, ...logging, ...engineFields.shape }),
};
