/**
 * Running stages on this machine: in this process, or each in one of its own with its share of the
 * cores.
 *
 * @module
 */

import { listenForStop } from "../../lib/terminal/mod.ts";
import { AppError, dirname, disk, type ExitCode, explained, ifThere } from "../../lib/util/mod.ts";
import { type CoreShare, shareCores } from "./core_share.ts";
import { performStage } from "./perform_stage.ts";
import type { Grid } from "./resolve_stage.ts";
import type { StageStarter } from "./schedule.ts";
import { type StageOrder, stageProcessArguments } from "./stage_process.ts";
import type { Stage } from "./stage.ts";

/**
 * Starts stages in this process; they are to run one at a time. What they say goes to their logs.
 */
export function inProcess(grid: Grid): StageStarter {
  return async (ready) => {
    const { stage } = ready;
    // Pretraining listens to signals itself, to make a checkpoint first.
    using stop = stage.settings.kind === "pretrain"
      ? undefined
      : listenForStop("run it again to go on");
    const lines: string[] = [];
    try {
      await performStage(grid, ready, {
        backend: grid.backend,
        note: (message) => lines.push(message),
        warn: (message) => lines.push(`Warning: ${message}`),
        progress: () => {},
        signal: stop?.signal ?? new AbortController().signal,
      });
    } finally {
      if (lines.length > 0) await appendLog(grid.workspace.logOf(stage.id), lines);
    }
  };
}

async function appendLog(path: string, lines: readonly string[]): Promise<void> {
  await explained(`Cannot write "${path}"`, async () => {
    await disk.makeFolder(dirname(path));
    await Deno.writeTextFile(path, `${lines.join("\n")}\n`, { append: true });
  });
}

/**
 * Starts every stage in a process of its own, whose output goes to a log file. Cores are shared out
 * among the jobs: a process is bound to its share where the system can do that, and told the number
 * of threads in any case. When this process ends, however it ends, the others notice and end too.
 *
 * @param order What the processes are told about the grid.
 */
export function inProcesses(
  grid: Grid,
  order: Omit<StageOrder, "stages">,
  { jobs, signal }: { readonly jobs: number; readonly signal: AbortSignal },
): StageStarter {
  const idle = [...shareCores(jobs)];
  return async ({ stage }) => {
    const share = idle.shift()!;
    try {
      const code = await runProcess(grid, stage, { ...order, stages: [stage.id] }, share, signal);
      if (code === 0) return;
      if (code === 130 || code === 143) {
        throw new AppError(code, `Stopped: "${stage.name}" is not done`);
      }
      await explainDeath(grid, stage, code);
    } finally {
      idle.push(share);
    }
  };
}

async function runProcess(
  grid: Grid,
  stage: Stage,
  order: StageOrder,
  { command, environment }: CoreShare,
  signal: AbortSignal,
): Promise<number> {
  const path = grid.workspace.logOf(stage.id);
  await disk.makeFolder(dirname(path));
  using log = await Deno.open(path, { create: true, append: true });
  const [program, ...args] = [...command, Deno.execPath(), ...stageProcessArguments(order)];
  const child = new Deno.Command(program!, {
    args,
    env: { ...environment, NO_COLOR: "1" },
    // The process ends when this end of the pipe is closed, which the system does at the latest.
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stop = () => {
    try {
      child.kill("SIGTERM");
    } catch {
      // It has ended already.
    }
  };
  signal.addEventListener("abort", stop);
  try {
    await Promise.all([append(child.stdout, log), append(child.stderr, log)]);
    return (await child.status).code;
  } finally {
    signal.removeEventListener("abort", stop);
    await child.stdin.close().catch(() => undefined);
  }
}

async function append(stream: ReadableStream<Uint8Array>, log: Deno.FsFile): Promise<void> {
  for await (const bytes of stream) {
    for (let done = 0; done < bytes.length;) done += await log.write(bytes.subarray(done));
  }
}

/** A process that was killed, as for memory, leaves no failure behind: one is written for it. */
async function explainDeath(grid: Grid, stage: Stage, code: number): Promise<void> {
  if (await grid.workspace.failure(stage) !== undefined) return;
  const last = await lastLine(grid.workspace.logOf(stage.id));
  const exitCode: ExitCode = 1;
  await grid.workspace.writeFailure(
    stage,
    new AppError(
      exitCode,
      `Cannot do "${stage.name}": its process ended with code ${code}` +
        (last === "" ? "" : `, the log ends with: ${last}`),
      { hint: "A process that is killed was perhaps short of memory: use fewer --jobs" },
    ),
  );
}

async function lastLine(path: string): Promise<string> {
  const text = await ifThere(Deno.readTextFile(path));
  return text?.trimEnd().split("\n").at(-1)?.slice(0, 300) ?? "";
}
