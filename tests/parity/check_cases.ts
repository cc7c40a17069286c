/**
 * Runs the recorded cases of a folder and collects the verdicts.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { MissingError } from "../../lib/util/errors.ts";
import { type CaseResult, listCases, loadCase } from "./fixture_case.ts";
import { runners } from "./runners.ts";

/** The verdict on one case; `problem` says why it could not be compared. */
export interface CaseVerdict {
  readonly name: string;
  readonly result?: CaseResult;
  readonly problem?: string;
  readonly seconds: number;
}

/** Options of {@linkcode checkCases}. */
export interface CheckCasesOptions {
  /**
   * Glob over case names, such as `mae_*`; several are separated by commas. All cases by default.
   */
  readonly cases?: string;
  /** How the models' functions run; operation by operation by default. */
  readonly mode?: CompileMode;
  /** Called as soon as a case is through. */
  readonly onVerdict?: (verdict: CaseVerdict) => void;
}

/**
 * Checks the cases of a folder one after the other.
 *
 * @throws {MissingError} If the folder is absent or holds no case that the glob takes.
 */
export async function checkCases(
  folder: string,
  options: CheckCasesOptions = {},
): Promise<readonly CaseVerdict[]> {
  const glob = options.cases ?? "*";
  const names = (await listCases(folder)).filter((name) => matchesGlob(name, glob));
  if (names.length === 0) {
    throw new MissingError(
      `Cannot check parity: no case in "${folder}" matches "${glob}", at least one is wanted`,
    );
  }
  const verdicts: CaseVerdict[] = [];
  for (const name of names) {
    const verdict = await checkCase(folder, name, options.mode ?? "off");
    options.onVerdict?.(verdict);
    verdicts.push(verdict);
  }
  return verdicts;
}

/** Whether a case passed. */
export function passed(verdict: CaseVerdict): boolean {
  return verdict.result?.pass === true;
}

/** Whether a name matches one of comma-separated globs of literal text, `*` and `?`. */
export function matchesGlob(name: string, globs: string): boolean {
  return globs.split(",").some((glob) => {
    const pattern = glob.trim()
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".");
    return new RegExp(`^${pattern}$`).test(name);
  });
}

async function checkCase(folder: string, name: string, mode: CompileMode): Promise<CaseVerdict> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const fixture = await loadCase(folder, name);
    const run = runners.get(fixture.method) ?? runners.get(name);
    if (run === undefined) {
      return { name, problem: `unknown kind "${fixture.method}"`, seconds: seconds() };
    }
    return { name, result: await run(fixture, mode), seconds: seconds() };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { name, problem, seconds: seconds() };
  }
}
