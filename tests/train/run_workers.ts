/**
 * Starts the workers of a run on this machine.
 *
 * @module
 */

import { dirname, fromFileUrl, join } from "../../lib/util/path.ts";
import type { WorkerTask } from "./distributed_child.ts";
import { stepLines } from "./step_lines.ts";

const child = fromFileUrl(new URL("distributed_child.ts", import.meta.url));
const root = fromFileUrl(new URL("../../", import.meta.url));

/** How a worker ended. */
export interface EndedWorker {
  readonly code: number;
  readonly errors: string;
  /** Last step that it reported. */
  readonly step: number;
}

/** A worker that runs. */
export interface RunningWorker {
  /** Resolves when the worker has reported a step, or has ended. */
  reached(step: number): Promise<void>;
  kill(signal: Deno.Signal): void;
  readonly ended: Promise<EndedWorker>;
}

let nextPort = 21_000 + crypto.getRandomValues(new Uint16Array(1))[0]! % 10_000;

/** Addresses of a number of workers on this machine; ports are used once. */
export function localAddresses(workers: number): string[] {
  return Array.from({ length: workers }, () => `127.0.0.1:${nextPort++}`);
}

/** Starts one worker. */
export function startWorker(task: WorkerTask): RunningWorker {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--no-check",
      "--config",
      join(root, "deno.json"),
      "--allow-read",
      "--allow-env",
      "--allow-ffi",
      `--allow-write=${dirname(task.options.out)}`,
      child,
      JSON.stringify(task),
    ],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let step = 0;
  const waiting: { step: number; resolve: () => void }[] = [];
  const settle = (reached: number) =>
    waiting.filter((entry) => entry.step <= reached).forEach(({ resolve }) => resolve());
  const reading = (async () => {
    for await (const reached of stepLines(process.stdout)) {
      step = reached;
      settle(step);
    }
    settle(Infinity);
  })();
  const errors = new Response(process.stderr).text();
  return {
    reached: (wanted) =>
      step >= wanted
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ step: wanted, resolve })),
    kill: (signal) => process.kill(signal),
    ended: (async () => {
      await reading;
      const { code } = await process.status;
      return { code, errors: await errors, step };
    })(),
  };
}

/** Starts workers with the same options, except for those that `changes` gives to single ones. */
export function startWorkers(
  count: number,
  options: WorkerTask["options"],
  { pause = 0, changes = {} }: {
    readonly pause?: number;
    readonly changes?: Readonly<Record<number, Partial<WorkerTask["options"]>>>;
  } = {},
): RunningWorker[] {
  const addresses = localAddresses(count);
  return addresses.map((_, rank) =>
    startWorker({
      options: { ...options, ...changes[rank] },
      cluster: { addresses, rank },
      pause,
    })
  );
}

/** Waits until all workers have ended. */
export function allEnded(workers: readonly RunningWorker[]): Promise<EndedWorker[]> {
  return Promise.all(workers.map((worker) => worker.ended));
}
