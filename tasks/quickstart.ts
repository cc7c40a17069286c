/**
 * The whole job on real data: tokenize, pretrain, adapt, probe and report, one command after
 * another.
 *
 * `deno task quickstart [FOLDER]` runs the same command line that users type and prints every
 * command. What is done already is skipped and what was interrupted goes on, so it may be repeated.
 *
 * Learning rate, mask ratio, decoder, batch and steps are the same for MAE and MetaMAE. Dropout is
 * off: in so few steps it only keeps the reconstruction loss up (0.56 with, 0.46 without after
 * 1,000 steps of MAE).
 *
 * @module
 */

import { z } from "zod";
import { main as metamae } from "../cli/main.ts";
import { chooseBackend, findLibtensorflow } from "../lib/engine/install/mod.ts";
import { findMethod } from "../lib/methods/mod.ts";
import { describeFailure, failureText } from "../lib/terminal/mod.ts";
import { join, shellLine, statIfThere } from "../lib/util/mod.ts";
import { readArguments, taskHelp } from "./framework/arguments.ts";

/** What is trained, by the backend that is there. */
const settings = {
  tensorflow: { preset: "small", steps: 1000, lr: 1e-3 },
  // The embedded backend is an order of magnitude slower.
  wasm: { preset: "tiny", steps: 300, lr: 1e-3 },
} as const;

const methods = ["scratch", "mae", "metamae"] as const;
const batchSize = 64;
const seed = 0;

const task = {
  task: "quickstart",
  positional: "FOLDER",
  about: "Tokenizes, pretrains, adapts, probes and reports in FOLDER (default metamae-quickstart).",
  options: z.strictObject({}),
};

/** Runs the task and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const given = readArguments(task, args);
  if (given === undefined) {
    console.log(taskHelp(task));
    return 0;
  }
  const folder = given.positional ?? "metamae-quickstart";
  const { backend } = chooseBackend(findLibtensorflow());
  const { preset, steps, lr } = settings[backend];
  const place = (name: string) => join(folder, name);
  const store = place("mnist.store");

  await Deno.mkdir(folder, { recursive: true });
  await stage(join(store, "store.json"), ["tokenize", "mnist", "--out", store]);
  for (const method of methods) {
    const run = place(`${method}-${preset}.run`);
    const features = place(`${method}-${preset}.features`);
    const result = place(`${method}-${preset}.result.json`);
    const trained = ["--lr", `${lr}`, "--steps", `${steps}`, "--batch-size", `${batchSize}`];
    const isTrained = findMethod(method).trainable;
    const masked = ["--mask-ratio", "0.5", "--dropout", "0"];
    const pretrain = ["pretrain", "--data", store, "--method", method, "--preset", preset];
    const options = [...(isTrained ? [...trained, ...masked] : []), "--seed", `${seed}`];
    const resume = await exists(join(run, "config.json")) ? ["--resume"] : [];
    const last = String(isTrained ? steps : 0).padStart(8, "0");
    await stage(
      join(run, "checkpoints", `step-${last}`, "state.json"),
      [...pretrain, "--out", run, ...options, ...resume],
    );
    const adapt = ["adapt", "--run", run, "--data", store, "--out", features];
    await stage(join(features, "features.json"), adapt);
    const probe = ["probe", "--features", features, "--out", result, "--probe", "all"];
    await stage(result, [...probe, "--latent", "both"]);
  }
  const report = place("report");
  await step(["report", folder, "--out", report]);
  console.log(await Deno.readTextFile(join(report, "report.md")));
  console.log(`The page with curves and pictures: ${join(report, "index.html")}`);
  return 0;
}

/** Runs one command unless the file that it writes last is there. */
async function stage(done: string, args: readonly string[]): Promise<void> {
  if (await exists(done)) {
    console.error(`(done) ${shellLine(["metamae", ...args])}`);
  } else {
    await step(args);
  }
}

/** Runs one command of the command line and ends the task if it fails. */
async function step(args: readonly string[]): Promise<void> {
  console.error(`\n> ${shellLine(["metamae", ...args])}`);
  const code = await metamae(args);
  if (code !== 0) Deno.exit(code);
}

async function exists(path: string): Promise<boolean> {
  return await statIfThere(path) !== undefined;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    const failure = describeFailure(error);
    console.error(failureText(failure, false).trimEnd());
    Deno.exit(failure.exitCode);
  }
}
