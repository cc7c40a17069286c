/**
 * Command line of the benchmark.
 *
 * @module
 */

import { z } from "zod";
import type { CompileMode } from "../../lib/engine/mod.ts";
import { type PresetName, presetNames } from "../../lib/spec/mod.ts";
import { UsageError } from "../../lib/util/mod.ts";
import { count, nameOf, readArguments, taskHelp } from "../framework/arguments.ts";
import { type BenchSetting, measuredMethods, settings } from "./settings.ts";

/** Engines that are measured, by the name on the command line. */
export const engines: ReadonlyMap<string, {
  readonly backend: "tensorflow" | "wasm" | "cpu";
  readonly compile: CompileMode;
}> = new Map([
  ["tensorflow-xla", { backend: "tensorflow", compile: "xla" }],
  ["tensorflow-graph", { backend: "tensorflow", compile: "graph" }],
  ["tensorflow-off", { backend: "tensorflow", compile: "off" }],
  ["wasm", { backend: "wasm", compile: "off" }],
  ["cpu", { backend: "cpu", compile: "off" }],
]);

/** What the engines are compared with. */
export type ComparisonName = "none" | "pytorch" | "levers" | "loading";

/** What is to be measured. */
export interface BenchOptions {
  readonly settings: readonly BenchSetting[];
  readonly methods: readonly string[];
  readonly engines: readonly string[];
  /** Those of the settings if undefined. */
  readonly batchSizes: readonly number[] | undefined;
  readonly preset: PresetName;
  readonly steps: number;
  readonly warmup: number;
  readonly threads: number;
  readonly rounds: number;
  readonly comparison: ComparisonName;
  /** Python to be taken, with PyTorch. */
  readonly python: string | undefined;
  /** Folder of recorded cases that the PyTorch side has to meet first. */
  readonly fixtures: string | undefined;
  /** Size of the store that batches are loaded from, in bytes. */
  readonly storeBytes: number;
  readonly json: boolean;
}

const task = {
  task: "bench",
  about: `  deno task bench                              engines beside each other
  deno task bench --against pytorch            the same step in eager PyTorch, run in turns
  deno task bench --levers                     what each part of the engine gains
  deno task bench --loading                    batches from a store against a resident batch`,
  options: z.strictObject({
    settings: z.array(nameOf("setting", settings.map(({ id }) => id))).default(["pamap2"])
      .describe("inputs that are measured"),
    batchSizes: z.array(count).optional().describe("batch sizes; by default those of the setting"),
    methods: z.array(nameOf("method", measuredMethods.map(({ name }) => name))).optional()
      .describe("methods; by default mae and metamae, in comparisons metamae"),
    engines: z.array(nameOf("engine", engines.keys())).optional()
      .describe("engines; by default all but cpu, in comparisons tensorflow-xla"),
    preset: nameOf("preset", presetNames).default("paper").describe("sizes of the model"),
    steps: count.default(5).describe("timed steps of a process; the embedded engines take 1"),
    warmup: count.default(2).describe("steps before them"),
    threads: count.optional().describe("threads of both sides (default: all cores)"),
    rounds: count.default(3).describe(
      "times that each side of a comparison runs; the first one may compile, which takes " +
        "memory too",
    ),
    against: nameOf("comparison", ["pytorch"]).optional().describe("what is compared with"),
    levers: z.boolean().default(false).describe("leave out each part of the engine in turn"),
    loading: z.boolean().default(false).describe("measure loading from a store"),
    python: z.string().optional().describe(
      "a Python with PyTorch (default: the one of the PATH, else its own environment in the " +
        "cache folder, which is made with pip or uv)",
    ),
    fixtures: z.string().optional().describe(
      "folder of recorded cases; PyTorch has to meet those of MetaMAE, or nothing is compared",
    ),
    storeMib: count.default(256).describe("size of the store for --loading in MiB"),
    json: z.boolean().default(false).describe("one JSON document instead of the tables"),
  }),
};

/** Text of `--help`. */
export const help: string = taskHelp(task);

/**
 * Reads the command line.
 *
 * @param cores Threads that are taken if none are named.
 * @returns Undefined if help was asked for.
 * @throws {UsageError} If it cannot be understood.
 */
export function readOptions(args: readonly string[], cores: number): BenchOptions | undefined {
  const given = readArguments(task, args)?.options;
  if (given === undefined) return undefined;
  const { against, levers, loading, storeMib, ...options } = given;
  const asked = [against, levers && "levers" as const, loading && "loading" as const]
    .filter((name) => name !== undefined && name !== false);
  if (asked.length > 1) {
    throw new UsageError("Cannot compare: --against, --levers and --loading are one at a time");
  }
  const comparison = asked[0] ?? "none";
  for (const flag of ["python", "fixtures"] as const) {
    if (comparison === "pytorch" || options[flag] === undefined) continue;
    throw new UsageError(`Cannot use --${flag}: it belongs to --against pytorch`);
  }
  const compares = comparison !== "none";
  const usual = compares
    ? ["tensorflow-xla"]
    : [...engines.keys()].filter((name) => name !== "cpu");
  const chosen = options.engines ?? usual;
  if (comparison === "levers" && chosen.join() !== "tensorflow-xla") {
    throw new UsageError('Cannot use --engines with --levers: they are those of "tensorflow-xla"');
  }
  return {
    ...options,
    settings: options.settings.map((name) => settings.find(({ id }) => id === name)!),
    methods: options.methods ?? (compares ? ["metamae"] : ["mae", "metamae"]),
    engines: chosen,
    batchSizes: options.batchSizes,
    threads: options.threads ?? cores,
    rounds: compares ? options.rounds : 1,
    comparison,
    python: options.python,
    fixtures: options.fixtures,
    storeBytes: storeMib * 2 ** 20,
  };
}
