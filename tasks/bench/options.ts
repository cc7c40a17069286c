/**
 * Command line of the benchmark.
 *
 * @module
 */

import { parseArgs, type ParseArgsConfig } from "node:util";
import type { CompileMode } from "../../lib/engine/mod.ts";
import { type PresetName, presetNames } from "../../lib/spec/mod.ts";
import { lookUp, UsageError } from "../../lib/util/mod.ts";
import { measuredMethod, measuredMethods, type Setting, settings } from "./settings.ts";

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
  readonly settings: readonly Setting[];
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

/** Text of `--help`. */
export const help = `Usage: deno task bench [options]

  deno task bench                              engines beside each other
  deno task bench --against pytorch            the same step in eager PyTorch, run in turns
  deno task bench --levers                     what each part of the engine gains
  deno task bench --loading                    batches from a store against a resident batch

  --settings      comma-separated: ${settings.map(({ id }) => id).join(", ")} (default pamap2)
  --batch-sizes   comma-separated (default: those of the setting)
  --methods       comma-separated: ${measuredMethods.map(({ name }) => name).join(", ")}
                  (default mae,metamae; metamae in comparisons)
  --engines       comma-separated: ${[...engines.keys()].join(", ")}
                  (default all but cpu; tensorflow-xla in comparisons)
  --preset        ${presetNames.join(", ")} (default paper)
  --steps         timed steps of a process (default 5; the embedded engines take 1)
  --warmup        steps before them (default 2)
  --threads       threads of both sides (default: all cores)
  --rounds        times that each side of a comparison runs (default 3); the first one may compile,
                  which takes memory too
  --python        a Python with PyTorch (default: the one of the PATH, else its own environment in the
                  cache folder, which is made with pip or uv)
  --fixtures      folder of recorded cases; PyTorch has to meet those of MetaMAE, or nothing is compared
  --store-mib     size of the store for --loading in MiB (default 256)
  --json          one JSON document instead of the tables`;

const flags = {
  settings: { type: "string", default: "pamap2" },
  "batch-sizes": { type: "string" },
  methods: { type: "string" },
  engines: { type: "string" },
  preset: { type: "string", default: "paper" },
  steps: { type: "string", default: "5" },
  warmup: { type: "string", default: "2" },
  threads: { type: "string" },
  rounds: { type: "string", default: "3" },
  against: { type: "string" },
  levers: { type: "boolean", default: false },
  loading: { type: "boolean", default: false },
  python: { type: "string" },
  fixtures: { type: "string" },
  "store-mib": { type: "string", default: "256" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const satisfies ParseArgsConfig["options"];

/**
 * Reads the command line.
 *
 * @param cores Threads that are taken if none are named.
 * @returns Undefined if help was asked for.
 * @throws {UsageError} If it cannot be understood.
 */

export function readOptions(args: readonly string[], cores: number): BenchOptions | undefined {
  const { values } = parsed(args);
  if (values.help) return undefined;
  const asked: ComparisonName[] = [];
  if (values.against !== undefined) {
    asked.push(lookUp("comparison", values.against, new Map([["pytorch", "pytorch"]] as const)));
  }
  if (values.levers) asked.push("levers");
  if (values.loading) asked.push("loading");
  if (asked.length > 1) {
    throw new UsageError("Cannot compare: --against, --levers and --loading are one at a time");
  }
  const comparison = asked[0] ?? "none";
  if (comparison !== "pytorch") {
    for (const flag of ["python", "fixtures"] as const) {
      if (values[flag] !== undefined) {
        throw new UsageError(`Cannot use --${flag}: it belongs to --against pytorch`);
      }
    }
  }
  const compares = comparison !== "none";
  const usual = compares ? "tensorflow-xla" : [...engines.keys()].filter((e) => e !== "cpu").join();
  const chosen = names(values.engines ?? usual);
  chosen.forEach((name) => lookUp("engine", name, engines));
  if (comparison === "levers" && chosen.join() !== "tensorflow-xla") {
    throw new UsageError('Cannot use --engines with --levers: they are those of "tensorflow-xla"');
  }
  return {
    settings: names(values.settings)
      .map((name) => lookUp("setting", name, new Map(settings.map((entry) => [entry.id, entry])))),
    methods: names(values.methods ?? (compares ? "metamae" : "mae,metamae"))
      .map((name) => measuredMethod(name).name),
    engines: chosen,
    batchSizes: values["batch-sizes"]?.split(",").map((text) => count("--batch-sizes", text)),
    preset: lookUp("preset", values.preset, new Map(presetNames.map((p) => [p as string, p]))),
    steps: count("--steps", values.steps),
    warmup: count("--warmup", values.warmup),
    threads: values.threads === undefined ? cores : count("--threads", values.threads),
    rounds: compares ? count("--rounds", values.rounds) : 1,
    comparison,
    python: values.python,
    fixtures: values.fixtures,
    storeBytes: count("--store-mib", values["store-mib"]) * 2 ** 20,
    json: values.json,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: flags });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(`Cannot read the command line: ${error.message.split("\n")[0]}`);
  }
}

function names(list: string): readonly string[] {
  return list.split(",").map((name) => name.trim());
}

function count(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`Cannot read ${flag}: "${text}" is no positive whole number`);
}
