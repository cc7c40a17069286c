/**
 * Step time and memory of pretraining at the published PAMAP2 setting.
 *
 * Every row runs in a process of its own. The median of the timed steps counts; quote ratios of rows of
 * one run, since machines differ and are shared.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { formatTable } from "../cli/table.ts";
import { AppError, lookUp, UsageError } from "../lib/util/errors.ts";
import { fromFileUrl } from "../lib/util/path.ts";
import { type PresetName, presetNames } from "../lib/train/presets.ts";
import type { Configuration, Measurement } from "./bench/measure.ts";

const help = `Usage: deno task bench [options]

  deno task bench --batch-sizes 64 --against pytorch

  --engines       comma-separated: tensorflow-xla, tensorflow-graph, tensorflow-off, wasm, cpu
                  (default tensorflow-xla,tensorflow-graph,tensorflow-off,wasm)
  --methods       comma-separated: mae, metamae, metamae-first-order (default mae,metamae)
  --batch-sizes   comma-separated (default 64,256)
  --preset        ${presetNames.join(", ")} (default paper)
  --steps         timed steps of a row (default 5; the embedded engines take 1)
  --against       pytorch: the same step in eager PyTorch, by the python3 of the PATH
  --json          one JSON document instead of the table`;

const engines: ReadonlyMap<string, Pick<Configuration, "backend" | "compile">> = new Map([
  ["tensorflow-xla", { backend: "tensorflow", compile: "xla" }],
  ["tensorflow-graph", { backend: "tensorflow", compile: "graph" }],
  ["tensorflow-off", { backend: "tensorflow", compile: "off" }],
  ["wasm", { backend: "wasm", compile: "off" }],
  ["cpu", { backend: "cpu", compile: "off" }],
]);

const methods: ReadonlyMap<string, Pick<Configuration, "method" | "firstOrder">> = new Map([
  ["mae", { method: "mae", firstOrder: false }],
  ["metamae", { method: "metamae", firstOrder: false }],
  ["metamae-first-order", { method: "metamae", firstOrder: true }],
]);

/** One line of the table. */
interface Row {
  readonly engine: string;
  readonly method: string;
  readonly batchSize: number;
  readonly result: Measurement | undefined;
  /** Why there is no result. */
  readonly problem: string | undefined;
}

/** Runs the task and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engines: { type: "string", default: "tensorflow-xla,tensorflow-graph,tensorflow-off,wasm" },
      methods: { type: "string", default: "mae,metamae" },
      "batch-sizes": { type: "string", default: "64,256" },
      preset: { type: "string", default: "paper" },
      steps: { type: "string", default: "5" },
      against: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const presets = new Map(presetNames.map((name) => [name as string, name]));
  const preset = lookUp("preset", values.preset, presets);
  const batchSizes = values["batch-sizes"].split(",").map((text) => count("--batch-sizes", text));
  const steps = count("--steps", values.steps);
  const chosen = values.engines.split(",");
  if (values.against !== undefined) {
    chosen.push(lookUp("comparison", values.against, new Map([["pytorch", "pytorch"]])));
  }

  const rows: Row[] = [];
  for (const batchSize of batchSizes) {
    for (const method of values.methods.split(",")) {
      const work = lookUp("method", method, methods);
      for (const engine of chosen) {
        console.error(`${engine}, ${method}, batch ${batchSize} ...`);
        rows.push(await measured(engine, method, { ...work, preset, batchSize, steps }));
      }
    }
  }
  if (values.json) {
    console.log(JSON.stringify({ schema: "metamae/bench", version: 1, preset, rows }, null, 2));
  } else {
    console.log(table(rows, preset));
  }
  return 0;
}

function count(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`Cannot read ${flag}: "${text}" is no positive whole number`);
}

async function measured(
  engine: string,
  method: string,
  work: Omit<Configuration, "backend" | "compile" | "warmup">,
): Promise<Row> {
  const row = { engine, method, batchSize: work.batchSize };
  const command = engine === "pytorch"
    ? pytorch(work)
    : ours({ ...work, ...lookUp("engine", engine, engines), warmup: 2 });
  const { success, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (success) {
    return { ...row, result: JSON.parse(text(stdout).split("\n").at(-1)!), problem: undefined };
  }
  const problem = text(stderr).split("\n").find((line) => /Error/.test(line)) ?? "it failed";
  return { ...row, result: undefined, problem: problem.replace(/^.*?Error: /, "") };
}

function ours(configuration: Configuration): Deno.Command {
  const embedded = configuration.backend !== "tensorflow";
  const settings = embedded ? { ...configuration, steps: 1, warmup: 1 } : configuration;
  const script = fromFileUrl(new URL("bench/measure.ts", import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--allow-read",
      "--allow-write",
      "--allow-env",
      "--allow-ffi",
      script,
      JSON.stringify(settings),
    ],
  });
}

function pytorch(work: Omit<Configuration, "backend" | "compile" | "warmup">): Deno.Command {
  const script = fromFileUrl(new URL("bench/pytorch_step.py", import.meta.url));
  return new Deno.Command("python3", { args: [script, JSON.stringify({ ...work, warmup: 2 })] });
}

/** The rows as text. */
export function table(rows: readonly Row[], preset: PresetName): string {
  const columns = [
    { title: "engine" },
    { title: "method" },
    ...["batch", "s/step", "samples/s", "GFLOP/s", "first step", "peak MiB", "tensors"]
      .map((title) => ({ title, align: "right" as const })),
  ];
  const cells = rows.map(({ engine, method, batchSize, result, problem }) => {
    if (result === undefined) return [engine, method, `${batchSize}`, problem ?? ""];
    const median = medianOf(result.seconds);
    return [
      engine,
      method,
      `${batchSize}`,
      median.toFixed(3),
      (batchSize / median).toFixed(1),
      result.flops === undefined ? "" : (result.flops / median / 1e9).toFixed(0),
      `${result.firstStep.toFixed(1)} s`,
      (result.peakBytes / 2 ** 20).toFixed(0),
      result.tensors === undefined ? "" : `${result.tensors}`,
    ];
  });
  return `PAMAP2 setting, preset ${preset}, median of the timed steps\n\n` +
    formatTable(columns, cells);
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle - 0.5)]! + sorted[Math.ceil(middle - 0.5)]!) / 2;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(`Error: ${error.message}`);
    Deno.exitCode = error.exitCode;
  }
}
