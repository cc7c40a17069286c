/**
 * Step time and memory of pretraining: engines beside each other, beside PyTorch, without single
 * levers, and with loading.
 *
 * Every run has a process of its own, and what is compared runs in turns. The median of the timed
 * steps counts; quote ratios of one call, since machines differ and are shared.
 *
 * @module
 */

import { AppError, join, prettyJson, ScoreError } from "../lib/util/mod.ts";
import { measureBusyShare } from "./bench/busy_share.ts";
import { type Contestant, type Group, planGroups } from "./bench/contestants.ts";
import { createInventedStore } from "./bench/invented_store.ts";
import type { StepTimes } from "./bench/measure.ts";
import { type BenchOptions, engines, help, readOptions } from "./bench/options.ts";
import {
  checkPytorch,
  probeOurs,
  probePytorch,
  type PytorchCase,
  runContestant,
} from "./bench/processes.ts";
import { findPytorch, type PytorchPython } from "./bench/pytorch_environment.ts";
import { compareWithBase, type Result } from "./bench/ratios.ts";
import type { BenchReport, GroupReport, Products } from "./bench/report.ts";
import { renderReport } from "./bench/tables.ts";
import { productShapes, stepFlops } from "./bench/work.ts";

/** Runs the task and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args, navigator.hardwareConcurrency);
  if (options === undefined) {
    console.log(help);
    return 0;
  }
  const report = options.comparison === "loading"
    ? await withStores(options, (storeOf) => bench({ ...options, storeOf }))
    : await bench(options);
  console.log(options.json ? prettyJson(report) : renderReport(report));
  return 0;
}

/** Measures everything that was asked for, in turns. */
async function bench(options: Parameters<typeof planGroups>[0]): Promise<BenchReport> {
  const { comparison, preset, threads, rounds } = options;
  const compared = comparison === "pytorch" ? await openPytorch(options) : undefined;
  const groups: GroupReport[] = [];
  for (const group of planGroups(options)) {
    groups.push(await measureGroup(group, rounds, compared?.pytorch));
  }
  return {
    ...{ schema: "metamae/bench", version: 2, comparison, preset, threads, rounds },
    pytorch: compared?.pytorch,
    cases: compared?.cases,
    groups,
  };
}

/** Finds PyTorch and lets nothing be compared with a step that is another one. */
async function openPytorch({ python, fixtures }: BenchOptions) {
  const pytorch = await findPytorch({ python, onProgress: (line) => console.error(line) });
  if (fixtures === undefined) return { pytorch, cases: undefined };
  console.error(`PyTorch ${pytorch.version} on the recorded cases in "${fixtures}" ...`);
  const { value: cases, problem } = await checkPytorch(pytorch.path, fixtures);
  if (cases === undefined) throw refusal(problem);
  if (cases.length === 0) throw refusal(`"${fixtures}" has no case of MetaMAE`);
  const failed = cases.filter(({ pass }) => !pass);
  if (failed.length > 0) throw refusal(failed.map(describeCase).join(", "));
  return { pytorch, cases };
}

function refusal(reason: string): ScoreError {
  return new ScoreError(
    `Cannot compare with PyTorch: its step is not held to the recorded cases: ${reason}`,
  );
}

function describeCase({ case: name, dtype, error, tolerance }: PytorchCase): string {
  return `${name} in ${dtype} is off by ${error.toExponential(1)}, ` +
    `${tolerance.toExponential(0)} is allowed`;
}

async function measureGroup(
  group: Group,
  rounds: number,
  pytorch: PytorchPython | undefined,
): Promise<GroupReport> {
  const { setting, method, batchSize, contestants, base } = group;
  const about = `${setting.id}, ${method}, batch ${batchSize}`;
  const runs = new Map<string, StepTimes[]>(contestants.map(({ name }) => [name, []]));
  const problems = new Map<string, string>();
  const busy = new Map<string, (number | undefined)[]>(contestants.map(({ name }) => [name, []]));
  const products = pytorch && await measureProducts(group, pytorch);
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of contestants) {
      const { name } = contestant;
      if (problems.has(name)) continue;
      console.error(`${about}: ${name}${rounds > 1 ? `, round ${round} of ${rounds}` : ""} ...`);
      busy.get(name)!.push(await measureBusyShare());
      const { value, problem } = await runContestant(contestant, pytorch?.path);
      if (value !== undefined) runs.get(name)!.push(value);
      else problems.set(name, problem);
    }
  }
  const results = contestants.map(({ name, step }): Result => ({
    name,
    flops: stepFlops(step.side === "ours" ? step.configuration : step.work),
    runs: runs.get(name)!,
    busy: busy.get(name)!,
    problem: problems.get(name),
  }));
  const ratios = compareWithBase(results, base);
  return { setting, method, batchSize, base, results, ratios, products };
}

/** Matrix products of the first engine and of PyTorch, as the steps' measure. */
async function measureProducts(
  { work, contestants }: Group,
  { path }: PytorchPython,
): Promise<Products> {
  const shapes = productShapes(work);
  const gigaflops: Record<string, readonly number[]> = {};
  const [first] = contestants as readonly [Contestant];
  const { value: ours } = await probeOurs(engines.get(first.name)!, shapes, first.environment);
  if (ours !== undefined) gigaflops[first.name] = ours.gigaflops;
  const { value: theirs } = await probePytorch(path, work, shapes);
  if (theirs !== undefined) gigaflops["pytorch"] = theirs.gigaflops;
  return { shapes, gigaflops };
}

/** Writes a store of invented samples for every setting; they go when the work is done. */
async function withStores<T>(
  options: BenchOptions,
  run: (storeOf: (setting: { readonly id: string }) => string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "metamae-bench-" });
  const storeOf = ({ id }: { readonly id: string }) => join(folder, id);
  try {
    for (const setting of options.settings) {
      console.error(`Writing a store of invented samples for ${setting.id} ...`);
      await createInventedStore(storeOf(setting), setting, {
        bytes: options.storeBytes,
        atLeast: Math.max(...options.batchSizes ?? setting.batchSizes),
      });
    }
    return await run(storeOf);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(`Error: ${error.message}`);
    if (error.hint !== undefined) console.error(`Hint: ${error.hint}`);
    Deno.exitCode = error.exitCode;
  }
}
