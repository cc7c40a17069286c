/**
 * The options of `deno task reproduce-tables`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { type BackendName, backendNames } from "../../lib/spec/mod.ts";
import { fromFileUrl, lookUp, nearest, UsageError } from "../../lib/util/mod.ts";
import type { PlanOptions } from "./plan.ts";
import { tableNames } from "./recipe.ts";
import { type ScaleName, scaleNames } from "./scale.ts";

/** Where stages run. */
export type ExecutorName = "local" | "slurm";

/** What the user asked for. */
export interface ReproduceOptions extends PlanOptions {
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

/** The help page. */
export const helpText = `Rebuilds the published tables: tokenize, pretrain, adapt, probe and report.

  deno task reproduce-tables --scale smoke --table in-domain
  deno task reproduce-tables --raw /data --seeds 3 --jobs 2
  deno task reproduce-tables --raw /data --executor slurm --slurm "--partition=gpu --gres=gpu:1"

What is done is not done again: run it again to go on after a stop, or after adding raw files.

  --table      ${[...tableNames, "all"].join(", ")} (default all)
  --datasets   evaluated data sets, separated by commas (default all)
  --methods    methods, separated by commas (default all)
  --seeds      seeds of every cell (default 3; smoke 2)
  --scale      paper: as published (default); small: preset small, 1,000 steps; smoke: everything on
               miniature data in a few steps, to see that every part works
  --raw        folder with the raw files, one folder a data set (default of smoke: the test fixtures)
  --out        folder to work in (default metamae-tables-SCALE)
  --executor   local (default) or slurm: job arrays that depend on each other
  --jobs       stages that run at once, each in a process with its share of the cores (default 1)
  --slurm      options for sbatch, in quotes
  --backend    ${backendNames.join(", ")} (default auto)
  --dry-run    print what would be done and what it costs; exit code 7 if it cannot fit
  --status     print how it stands with every cell
  --json       one JSON document instead of text
  --quiet      results, warnings and errors only
`;

const fixtures = fromFileUrl(new URL("../../tests/fixtures/raw", import.meta.url));

const spec = {
  table: { type: "string", default: "all" },
  datasets: { type: "string", multiple: true },
  methods: { type: "string", multiple: true },
  seeds: { type: "string" },
  scale: { type: "string", default: "paper" },
  raw: { type: "string" },
  out: { type: "string" },
  executor: { type: "string", default: "local" },
  jobs: { type: "string" },
  slurm: { type: "string", multiple: true },
  backend: { type: "string", default: "auto" },
  "dry-run": { type: "boolean", default: false },
  status: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  quiet: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/**
 * Reads the arguments.
 *
 * @returns Undefined if help was asked for.
 * @throws {UsageError} If they are malformed.
 */

export function parseOptions(args: readonly string[]): ReproduceOptions | undefined {
  const values = read(args);
  if (values.help) return undefined;
  if (values["dry-run"] && values.status) {
    throw new UsageError("Cannot use --dry-run with --status: one of them is wanted");
  }
  const scale: ScaleName = oneOf("scale", values.scale, scaleNames);
  const executor = oneOf("executor", values.executor, ["local", "slurm"] as const);
  const slurm = (values.slurm ?? []).flatMap((text) => text.split(/\s+/)).filter((word) =>
    word !== ""
  );
  if (executor === "local" && slurm.length > 0) {
    throw new UsageError(
      "Cannot use --slurm with --executor local: it belongs to --executor slurm",
    );
  }
  return {
    table: oneOf("table", values.table, [...tableNames, "all"]),
    datasets: words(values.datasets ?? []),
    methods: words(values.methods ?? []),
    seeds: count("--seeds", values.seeds),
    scale,
    executor,
    jobs: count("--jobs", values.jobs),
    action: values["dry-run"] ? "dry-run" : values.status ? "status" : "run",
    out: values.out ?? `metamae-tables-${scale}`,
    raw: values.raw ?? (scale === "smoke" ? fixtures : undefined),
    backend: oneOf("backend", values.backend, backendNames),
    slurm,
    json: values.json,
    quiet: values.quiet,
  };
}

function read(args: readonly string[]) {
  try {
    return parseArgs({ args: joinSlurm(args), options: spec, strict: true }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /^Unknown option '(-[^']*)'/.exec(error.message)?.[1];
    if (unknown === undefined) {
      throw new UsageError(`Cannot read the options: ${error.message.split(/\.\s/)[0]!}`, {
        hint: "deno task reproduce-tables --help shows examples",
      });
    }
    const names = Object.keys(spec).map((name) => `--${name}`);
    const near = nearest(unknown, names);
    throw new UsageError(
      `Unknown option "${unknown}": the valid options are ${names.join(", ")}`,
      near === undefined ? {} : { hint: `Did you mean "${near}"?` },
    );
  }
}

/** The value of `--slurm` begins with a dash, which would be taken for an option. */
function joinSlurm(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const hasValue = args[i] === "--slurm" && i + 1 < args.length;
    joined.push(hasValue ? `--slurm=${args[++i]}` : args[i]!);
  }
  return joined;
}

function oneOf<T extends string>(kind: string, value: string, names: readonly T[]): T {
  return lookUp(kind, value, new Map(names.map((name) => [name as string, name])));
}

function words(values: readonly string[]): readonly string[] {
  return values.flatMap((text) => text.split(",")).map((word) => word.trim())
    .filter((word) => word !== "");
}

function count(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`Cannot use ${flag} "${text}": a positive whole number is wanted`);
}
