/**
 * Running one contestant, or a part of one, in a process of its own.
 *
 * @module
 */

import { fromFileUrl } from "../../lib/util/mod.ts";
import type { Contestant } from "./contestants.ts";
import type { StepTimes } from "./measure.ts";
import { type Configuration, type ProductShape, pytorchWork, type Work } from "./work.ts";

/** What a process answered, or why it did not. */
export type Answer<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

/** Runs a contestant once. */
export function runContestant(
  { step, environment }: Contestant,
  python: string | undefined,
): Promise<Answer<StepTimes>> {
  return step.side === "ours"
    ? runOurs("measure.ts", step.configuration, environment)
    : runPython(python!, stepScript, [JSON.stringify(pytorchWork(step.work))], environment);
}

/** Speed of float32 matrix products in GFLOP/s, one entry a shape. */
export interface ProductSpeeds {
  readonly gigaflops: readonly number[];
}

/** Measures matrix products with our engine. */
export function probeOurs(
  configuration: Pick<Configuration, "backend" | "compile">,
  shapes: readonly ProductShape[],
  environment: Readonly<Record<string, string>>,
): Promise<Answer<ProductSpeeds>> {
  return runOurs("measure_products.ts", { ...configuration, shapes }, environment);
}

/** Measures matrix products with PyTorch. */
export function probePytorch(
  python: string,
  { threads }: Pick<Work, "threads">,
  shapes: readonly ProductShape[],
): Promise<Answer<ProductSpeeds>> {
  return runPython(python, stepScript, ["--probe", JSON.stringify({ threads, shapes })], {
    OMP_NUM_THREADS: String(threads),
  });
}

/** A recorded case as the PyTorch side met it. */
export interface PytorchCase {
  readonly case: string;
  readonly dtype: string;
  readonly error: number;
  readonly tolerance: number;
  /** Number of comparisons. */
  readonly checked: number;
  readonly pass: boolean;
}

/** Holds the PyTorch side to the recorded cases of a folder. */
export async function checkPytorch(
  python: string,
  folder: string,
): Promise<Answer<readonly PytorchCase[]>> {
  const args = ["--parity", folder];
  const answer = await runPython<{ cases: readonly PytorchCase[] }>(python, stepScript, args);
  return answer.value === undefined ? answer : { value: answer.value.cases };
}

/** Version of a Python's PyTorch. */
export async function pytorchVersion(python: string): Promise<Answer<string>> {
  const answer = await runPython<{ version: string }>(python, stepScript, ["--version"]);
  return answer.value === undefined ? answer : { value: answer.value.version };
}

function runOurs<T>(
  script: string,
  argument: unknown,
  environment: Readonly<Record<string, string>>,
): Promise<Answer<T>> {
  return answerOf(Deno.execPath(), [
    ...["run", "-q", "--allow-read", "--allow-write", "--allow-env", "--allow-ffi"],
    fromFileUrl(new URL(script, import.meta.url)),
    JSON.stringify(argument),
  ], environment);
}

/** Names of Python on the PATH; they have to stand in `--allow-run`. */
export const pythonNames = ["python3", "python"] as const;

/**
 * Arguments by which a Python of the PATH becomes another program, which `--allow-run` cannot name.
 */
export function becoming(program: string, args: readonly string[]): readonly string[] {
  return ["-c", "import os, sys; os.execv(sys.argv[1], sys.argv[1:])", program, ...args];
}

/** The PyTorch side of the benchmark. */
const stepScript = fromFileUrl(new URL("pytorch_step.py", import.meta.url));

/** Runs a script that answers in JSON with the Python at a path. */
export function runPython<T>(
  python: string,
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Answer<T>> {
  return answerOfAny(pythonNames, becoming(python, [script, ...args]), environment);
}

/** The answer of the first of some programs that is there. */
export async function answerOfAny<T>(
  programs: readonly string[],
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Answer<T>> {
  let last: Answer<T> = { problem: "there is no program to run" };
  for (const program of programs) {
    last = await answerOf<T>(program, args, environment);
    if (last.problem !== notFound(program)) return last;
  }
  return last;
}

function notFound(program: string): string {
  return `there is no "${program}" on the PATH`;
}

async function answerOf<T>(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Answer<T>> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(program, { args: [...args], env }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { problem: notFound(program) };
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (output.success) return { value: JSON.parse(text(output.stdout).split("\n").at(-1)!) as T };
  const lines = text(output.stderr).split("\n");
  const problem = lines.find((line) => /Error|Killed/.test(line)) ?? lines.at(-1) ?? "";
  return {
    problem: problem.replace(/^.*?Error: /, "") ||
      `it ended with ${output.signal ?? `code ${output.code}`}`,
  };
}
