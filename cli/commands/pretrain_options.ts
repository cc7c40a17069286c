/**
 * Options of `metamae pretrain`.
 *
 * None but the paths has a default here: what is left out comes from the run that is resumed, else from
 * the method, the store or the published settings. The help shows the latter.
 *
 * @module
 */

import { backendOption, compileOption } from "./engine_options.ts";
import { methodName } from "./names.ts";
import {
  oneOf,
  optional,
  path,
  realNumber,
  required,
  showing,
  toggle,
  wholeNumber,
  word,
} from "../framework/mod.ts";

/** Options of `metamae pretrain`, without those of the methods. */
export const pretrainOptions = {
  data: optional(
    path("STORE", "directory"),
    "Token store to train on; a resumed run knows its own",
  ),
  method: optional(methodName, "Method to train; a resumed run knows its own"),
  out: required(
    path("RUN", "directory"),
    "Run folder to write: checkpoints, metrics, configuration",
  ),
  preset: showing(
    "paper",
    optional(oneOf(["paper", "small", "tiny"], "SIZE"), "Sizes of the model"),
  ),
  config: optional(path("FILE", "file"), "JSON file with options by camelCase name"),
  steps: showing("100000", optional(wholeNumber({ min: 0 }), "Step at which the run ends")),
  batchSize: showing(
    "the store's",
    optional(wholeNumber({ min: 1, metavar: "B" }), "Samples of one step"),
  ),
  lr: showing("0.0001", optional(realNumber({ min: 0 }), "Learning rate of AdamW")),
  weightDecay: showing("0.0001", optional(realNumber({ min: 0 }), "Decoupled weight decay")),
  schedule: showing(
    "constant",
    optional(oneOf(["constant", "cosine"], "NAME"), "How the learning rate changes"),
  ),
  warmup: showing(
    "0",
    optional(wholeNumber({ min: 0 }), "Steps of linear warm-up, with --schedule cosine"),
  ),
  finalLr: showing(
    "0",
    optional(
      realNumber({ min: 0, max: 1 }),
      "Share of the learning rate at the end, with --schedule cosine",
    ),
  ),
  seed: showing("0", optional(wholeNumber({ min: 0, metavar: "S" }), "Seed of all draws")),
  decoderLayers: showing(
    "the preset's",
    optional(wholeNumber({ min: 0 }), "Layers of the decoder: 4 at paper size, 2 small, 1 tiny"),
  ),
  dropout: showing("0.1", optional(realNumber({ min: 0, max: 0.999 }), "Dropout in the encoder")),
  backbone: showing(
    "the method's",
    optional(oneOf(["metamae", "dabs"], "NAME"), "Transformer family"),
  ),
  resume: toggle("Go on with the run in --out, or start it if there is none"),
  from: optional(path("RUN", "directory"), "Run whose newest weights the run starts from"),
  logEvery: showing("1", optional(wholeNumber({ min: 1 }), "Steps between lines of metrics.jsonl")),
  healthEvery: showing(
    "100",
    optional(
      wholeNumber({ min: 0 }),
      "Steps between measurements of feature deviation, effective rank, masked and visible " +
        "reconstruction; 0 for none",
    ),
  ),
  checkpointEvery: showing(
    "10000",
    optional(wholeNumber({ min: 1 }), "Steps between checkpoints that are kept"),
  ),
  checkpointMinutes: showing(
    "10",
    optional(realNumber({ min: 0 }), "Minutes after which a checkpoint is made in any case"),
  ),
  keepLast: optional(
    wholeNumber({ min: 1 }),
    "Newest checkpoints that are kept, instead of all regular ones",
  ),
  keepBest: optional(word("METRIC"), "Keep the checkpoint with the lowest value of a metric too"),
  backend: backendOption,
  compile: compileOption,
  port: showing(
    "by the job's number",
    optional(
      wholeNumber({ min: 1024, max: 65535 }),
      "First port of the workers of a Slurm step; TF_CONFIG names its own",
    ),
  ),
  dryRun: toggle("Print the resolved configuration and the cost, train nothing"),
} as const;
