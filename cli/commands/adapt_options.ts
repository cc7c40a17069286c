/**
 * Options of `metamae adapt`, of all its modes.
 *
 * @module
 */

import {
  defaulted,
  type Invocation,
  oneOf,
  optional,
  path,
  realNumber,
  required,
  separated,
  showing,
  toggle,
  wholeNumber,
} from "../framework/mod.ts";
import { backendOption, compileOption } from "./engine_options.ts";

/** Options of `metamae adapt`. */
export const adaptOptions = {
  run: required(path("RUN", "directory"), "Pretrained run"),
  data: required(path("STORE", "directory"), "Token store to adapt to"),
  out: required(
    path("OUT", "directory"),
    "Folder to write: features, or a run with the other modes",
  ),
  mode: defaulted(
    oneOf(["latent", "continue", "finetune"], "MODE"),
    "latent",
    "latent: features z and z* of every sample; continue: pretrain on without labels; finetune: train " +
      "encoder and a head with labels",
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
  epochs: showing("20", optional(wholeNumber({ min: 1 }), "Epochs of --mode finetune")),
  lr: showing(
    "the run's with --mode continue, 0.0001 with finetune",
    optional(realNumber({ min: 0 }), "Learning rate of AdamW"),
  ),
  weightDecay: showing(
    "the run's with --mode continue, 0.0001 with finetune",
    optional(realNumber({ min: 0 }), "Decoupled weight decay"),
  ),
  resume: toggle("Go on with --mode continue or finetune after a stop"),
  backend: backendOption,
  compile: compileOption,
} as const;

/** What `metamae adapt` is run with. */
export type AdaptInvocation = Invocation<typeof adaptOptions>;
