/**
 * Compares this implementation with numbers recorded from the published ones.
 *
 * `deno task parity [FOLDER] [--cases GLOB] [--backend auto|tensorflow|wasm|cpu]` runs every case
 * of the folder (default `tests/fixtures`) and exits with 1 if any fails or is of an unknown kind.
 * `deno task parity --published FOLDER` trains the classes of a checkout of the MetaMAE repository
 * beside ours.
 *
 * @module
 */

import { z } from "zod";
import { backendNames } from "../../lib/spec/choices.ts";
import { startEngine } from "../../lib/engine/backend/backend.ts";
import { AppError } from "../../lib/util/errors.ts";
import { fromFileUrl } from "../../lib/util/path.ts";
import { nameOf, readArguments, taskHelp } from "../../tasks/framework/arguments.ts";
import { type CaseVerdict, checkCases, passed } from "./check_cases.ts";
import { checkOptions, comparePublished, publishedOptions } from "./published/published.ts";

const task = {
  task: "parity",
  positional: "FOLDER",
  about: `Compares with the cases recorded in FOLDER (default tests/fixtures), or with the published
classes themselves: from the same weights, on the same batches, draws and masks of dropout.
Only --published runs code of others: models.py of your checkout, in Python.

  deno task parity --cases 'metamae_*' --backend wasm
  deno task parity --published ../MetaMAE --inputs tabular,series`,
  options: z.strictObject({
    cases: z.string().optional().describe(
      "names of the cases to run; * and ? as wildcards, several separated by commas",
    ),
    backend: nameOf("backend", backendNames).default("auto").describe("what computes"),
    compile: nameOf("compile mode", ["off", "graph", "xla"]).default("off")
      .describe("how steps are compiled"),
    ...publishedOptions,
  }),
};

/** Runs the task and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const given = readArguments(task, args);
  if (given === undefined) {
    console.log(taskHelp(task));
    return 0;
  }
  const { cases, backend, compile: mode, ...options } = given.options;
  checkOptions(options, { FOLDER: given.positional, "--cases": cases });
  const { published } = options;
  if (published !== undefined) {
    return await comparePublished({ ...options, published }, { backend, mode });
  }
  const engine = await startEngine({ backend });
  const fixtures = fromFileUrl(new URL("../fixtures", import.meta.url));
  const folder = given.positional ?? fixtures;
  console.log(`Backend ${engine.backend} (${engine.version}), cases of "${folder}"\n`);
  console.log(
    `${"case".padEnd(28)} ${"worst error".padStart(11)} ${"tolerance".padStart(11)}  verdict`,
  );
  const verdicts = await checkCases(folder, {
    ...(cases === undefined ? {} : { cases }),
    mode,
    onVerdict: (verdict) => console.log(verdictLine(verdict)),
  });
  const failed = verdicts.filter((verdict) => !passed(verdict)).length;
  console.log(`\n${verdicts.length - failed} of ${verdicts.length} cases pass`);
  return failed === 0 ? 0 : 1;
}

/** One line of the table: case, worst error, its tolerance, verdict. */
export function verdictLine({ name, result, problem, seconds }: CaseVerdict): string {
  const label = name.padEnd(28);
  if (result === undefined) return `${label} ${"".padStart(23)}  FAIL  ${problem}`;
  const { worst, pass, checked } = result;
  const numbers = [worst.error, worst.tolerance].map((x) => x.toExponential(2).padStart(11));
  const verdict = pass ? "ok  " : "FAIL";
  const remark = `${checked} comparisons, ${seconds.toFixed(1)} s, worst ${worst.name}`;
  return `${label} ${numbers.join(" ")}  ${verdict}  ${remark}`;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(`error: ${error.message}`);
    if (error.hint !== undefined) console.error(`hint: ${error.hint}`);
    Deno.exitCode = error.exitCode;
  }
}
