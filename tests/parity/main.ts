/**
 * Compares this implementation with numbers recorded from the published ones.
 *
 * `deno task parity [FOLDER] [--cases GLOB] [--backend auto|tensorflow|wasm|cpu]` runs every case of
 * the folder (default `tests/fixtures`) and exits with 1 if any fails or is of an unknown kind.
 *
 * @module
 */

import { type BackendName, backendNames } from "../../lib/spec/choices.ts";
import { parseArgs } from "node:util";
import { startEngine } from "../../lib/engine/backend/backend.ts";
import { AppError, lookUp } from "../../lib/util/errors.ts";
import { fromFileUrl } from "../../lib/util/path.ts";
import { type CaseVerdict, checkCases, passed } from "./check_cases.ts";

const help = `Usage: deno task parity [FOLDER] [--cases GLOB] [--backend NAME] [--compile MODE]

  deno task parity --cases 'metamae_*' --backend wasm

  FOLDER     folder of recorded cases (default tests/fixtures)
  --cases    names of the cases to run; * and ? as wildcards, several separated by commas
  --backend  ${backendNames.join(", ")} (default auto)
  --compile  off, graph or xla (default off)`;

/** Runs the task and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      cases: { type: "string" },
      backend: { type: "string", default: "auto" },
      compile: { type: "string", default: "off" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(help);
    return 0;
  }
  const names = new Map(backendNames.map((name) => [name as string, name]));
  const backend: BackendName = lookUp("backend", values.backend, names);
  const modes = new Map((["off", "graph", "xla"] as const).map((mode) => [mode as string, mode]));
  const mode = lookUp("compile mode", values.compile, modes);
  const engine = await startEngine({ backend });
  const fixtures = fromFileUrl(new URL("../fixtures", import.meta.url));
  const folder = positionals[0] ?? fixtures;
  console.log(`Backend ${engine.backend} (${engine.version}), cases of "${folder}"\n`);
  console.log(
    `${"case".padEnd(28)} ${"worst error".padStart(11)} ${"tolerance".padStart(11)}  verdict`,
  );
  const verdicts = await checkCases(folder, {
    ...(values.cases === undefined ? {} : { cases: values.cases }),
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
    const isUsage = error instanceof TypeError && "code" in error &&
      String(error.code).startsWith("ERR_PARSE_ARGS");
    if (!(error instanceof AppError || isUsage)) throw error;
    console.error(`error: ${(error as Error).message}`);
    Deno.exitCode = error instanceof AppError ? error.exitCode : 2;
  }
}
