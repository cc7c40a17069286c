/**
 * The options of `deno task reproduce-tables`.
 *
 * @module
 */

import { z } from "zod";
import { type BackendName, backendNames } from "../../lib/spec/mod.ts";
import { fromFileUrl, UsageError } from "../../lib/util/mod.ts";
import { count, nameOf, readArguments, taskHelp } from "../framework/arguments.ts";
import type { GridOptions } from "./plan.ts";
import { tableNames } from "./recipe.ts";
import { scaleNames } from "./scale.ts";

/** Where stages run. */
export type ExecutorName = "local" | "slurm";

/** What the user asked for. */
export interface ReproduceOptions extends GridOptions {
  readonly executor: ExecutorName;
  readonly jobs: number | undefined;
  readonly action: "run" | "dry-run" | "status";
  readonly out: string;
  readonly raw: string | undefined;
  readonly backend: BackendName;
  /** Options for sbatch, such as `--partition=long --gres=gpu:1`. */
  readonly slurm: readonly string[];
  readonly json: boolean;
  readonly quiet: boolean;
}

const task = {
  task: "reproduce-tables",
  about: `Rebuilds the published tables: tokenize, pretrain, adapt, probe and report.

  deno task reproduce-tables --scale smoke --table in-domain
  deno task reproduce-tables --raw /data --seeds 3 --jobs 2
  deno task reproduce-tables --raw /data --executor slurm --slurm "--partition=gpu --gres=gpu:1"

What is done is not done again: run it again to go on after a stop, or after adding raw files.`,
  options: z.strictObject({
    table: nameOf("table", [...tableNames, "all"]).default("all").describe("what is rebuilt"),
    datasets: z.array(z.string()).default([]).describe("evaluated data sets; all by default"),
    methods: z.array(z.string()).default([]).describe("methods; all by default"),
    seeds: count.optional().describe("seeds of every cell (default 3; smoke 2)"),
    scale: nameOf("scale", scaleNames).default("paper").describe(
      "as published; preset small and 1,000 steps; or everything on miniature data in a few " +
        "steps, to see that every part works",
    ),
    raw: z.string().optional().describe(
      "folder with the raw files, one folder a data set (default of smoke: the test fixtures)",
    ),
    out: z.string().optional().describe("folder to work in (default metamae-tables-SCALE)"),
    executor: nameOf("executor", ["local", "slurm"]).default("local").describe(
      "where stages run; slurm makes job arrays that depend on each other",
    ),
    jobs: count.optional().describe(
      "stages that run at once, each in a process with its share of the cores (default 1)",
    ),
    slurm: z.array(z.string()).meta({ blanks: true }).default([])
      .describe("options for sbatch, in quotes"),
    backend: nameOf("backend", backendNames).default("auto").describe("what computes"),
    dryRun: z.boolean().default(false)
      .describe("print what would be done and what it costs; exit code 7 if it cannot fit"),
    status: z.boolean().default(false).describe("print how it stands with every cell"),
    json: z.boolean().default(false).describe("one JSON document instead of text"),
    quiet: z.boolean().default(false).describe("results, warnings and errors only"),
  }),
};

/** The help page. */
export const helpText: string = taskHelp(task);

const fixtures = fromFileUrl(new URL("../../tests/fixtures/raw", import.meta.url));

/**
 * Reads the arguments.
 *
 * @returns Undefined if help was asked for.
 * @throws {UsageError} If they are malformed.
 */
export function parseOptions(args: readonly string[]): ReproduceOptions | undefined {
  const given = readArguments(task, args);
  if (given === undefined) return undefined;
  const { dryRun, status, ...options } = given.options;
  const { scale, executor, slurm } = options;
  if (dryRun && status) {
    throw new UsageError("Cannot use --dry-run with --status: one of them is wanted");
  }
  if (executor === "local" && slurm.length > 0) {
    throw new UsageError(
      "Cannot use --slurm with --executor local: it belongs to --executor slurm",
    );
  }
  return {
    ...options,
    jobs: options.jobs,
    action: dryRun ? "dry-run" : status ? "status" : "run",
    out: options.out ?? `metamae-tables-${scale}`,
    raw: options.raw ?? (scale === "smoke" ? fixtures : undefined),
  };
}
