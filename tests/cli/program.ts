/**
 * Runs the program as its users do: as a process of its own, with the permissions of the README.
 *
 * @module
 */

import { fromFileUrl } from "../../lib/util/path.ts";

/** Permissions of the installed command. */
export const leastPermissions: readonly string[] = [
  "--allow-read",
  "--allow-write",
  "--allow-ffi",
  "--allow-sys=cpus,statfs,systemMemoryInfo",
  "--allow-run=uv,python3,python,pip3,pip",
  "--allow-env=METAMAE_*,HOME,USERPROFILE,LOCALAPPDATA,XDG_CACHE_HOME,XDG_CONFIG_HOME," +
  "XDG_STATE_HOME,TF_CPP_MIN_LOG_LEVEL,TF_XLA_FLAGS,TF_CPU_ALLOCATOR_USE_BFC,TF_CONFIG,SLURM_*," +
  "ENVIRONMENT,NO_COLOR,FORCE_COLOR,CLICOLOR_FORCE,TERM,CI",
];

/** How the program is run. */
export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly permissions?: readonly string[];
}

/** What the program wrote and how it ended. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Arguments of Deno that run the program. */
export function programArguments(
  args: readonly string[],
  permissions: readonly string[] = leastPermissions,
): string[] {
  const root = new URL("../../", import.meta.url);
  return [
    ...["run", "--quiet", "--no-check", "--no-prompt"],
    ...["--config", fromFileUrl(new URL("deno.json", root))],
    ...permissions,
    fromFileUrl(new URL("cli/main.ts", root)),
    ...args,
  ];
}

/** Starts the program. */
export function startProgram(args: readonly string[], options: ProgramOptions = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: programArguments(args, options.permissions),
    env: { NO_COLOR: "1", METAMAE_LIBTENSORFLOW: "", ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs the program to its end. */
export async function runProgram(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { code, stdout, stderr } = await startProgram(args, options).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
