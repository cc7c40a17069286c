/** Runs the task as its users do: as a process of its own, with the permissions of its entry. */

import { fromFileUrl, join } from "../../../lib/util/path.ts";

const root = fromFileUrl(new URL("../../..", import.meta.url));

/** Options of {@linkcode startTask}. */
export interface StartTaskOptions {
  /** Folders to look for programs in before the others. */
  readonly path?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the task; what it prints is dropped. */
export function startTask(args: readonly string[], options: StartTaskOptions = {}) {
  return command(args, options, "null").spawn();
}

/** Runs the task to its end. */
export async function runTask(args: readonly string[], options: StartTaskOptions = {}) {
  const { code, stdout, stderr } = await command(args, options, "piped").output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function command(
  args: readonly string[],
  { path, env = {} }: StartTaskOptions,
  output: "null" | "piped",
): Deno.Command {
  const programs = [Deno.execPath(), "taskset", "sbatch", "squeue"];
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "--no-prompt", "--config", join(root, "deno.json")],
      ...["--allow-read", "--allow-write", "--allow-env", "--allow-ffi"],
      "--allow-sys=cpus,systemMemoryInfo,statfs",
      `--allow-run=${programs.join(",")}`,
      join(root, "tasks/reproduce_tables.ts"),
      ...args,
    ],
    env: {
      ...env,
      ...(path === undefined ? {} : { PATH: `${path}:${Deno.env.get("PATH") ?? ""}` }),
    },
    stdin: "null",
    stdout: output,
    stderr: output,
  });
}

/** Every file below a folder with its text. */
export async function filesBelow(folder: string, below = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = join(below, name);
    if (isDirectory) Object.assign(files, await filesBelow(folder, path));
    else files[path] = await Deno.readTextFile(join(folder, path));
  }
  return files;
}
