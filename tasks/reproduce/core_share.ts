/**
 * Sharing the cores of this machine out among processes.
 *
 * @module
 */

/** What a process is started with so that it keeps to its share. */
export interface CoreShare {
  /** Command to put before the program; empty where processes cannot be bound to cores. */
  readonly command: readonly string[];
  /** Variables that tell libraries the number of threads. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Options of {@linkcode shareCores}. */
export interface ShareCoresOptions {
  /** Numbers of the cores that this process may use. */
  readonly cores?: readonly number[];
  /** Whether processes can be bound to cores. */
  readonly canBind?: boolean;
}

/** Divides the cores into shares of equal size, up to one core; more jobs than cores share them. */
export function shareCores(jobs: number, options: ShareCoresOptions = {}): readonly CoreShare[] {
  const { cores = allowedCores(), canBind = mayBind() } = options;
  return Array.from({ length: jobs }, (_, i): CoreShare => {
    const first = Math.floor(i * cores.length / jobs);
    const end = Math.max(first + 1, Math.floor((i + 1) * cores.length / jobs));
    const own = cores.slice(first, end);
    const threads = String(own.length);
    return {
      command: canBind ? ["taskset", "-c", own.join(",")] : [],
      environment: threadVariables(threads),
    };
  });
}

/** Variables by which libtensorflow and the libraries in it learn the number of threads. */
export function threadVariables(threads: string): Readonly<Record<string, string>> {
  return {
    TF_NUM_INTRAOP_THREADS: threads,
    TF_NUM_INTEROP_THREADS: threads,
    OMP_NUM_THREADS: threads,
  };
}

/**
 * Numbers in a list such as `0-3,8`.
 *
 * @returns Undefined if it is none.
 */
export function parseCoreList(text: string): readonly number[] | undefined {
  const cores: number[] = [];
  for (const part of text.trim().split(",")) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) return undefined;
    const [first, last] = [Number(match[1]), Number(match[2] ?? match[1])];
    for (let core = first; core <= last; core++) cores.push(core);
  }
  return cores;
}

function allowedCores(): readonly number[] {
  const all = Array.from({ length: navigator.hardwareConcurrency }, (_, i) => i);
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "";
    const cores = parseCoreList(list);
    // A container may allow more cores than it has time for.
    return cores === undefined ? all : cores.slice(0, all.length);
  } catch {
    return all;
  }
}

/** Binding needs Linux's `taskset` and the permission to run it. */
function mayBind(): boolean {
  if (Deno.build.os !== "linux") return false;
  const { state } = Deno.permissions.querySync({ name: "run", command: "taskset" });
  if (state !== "granted") return false;
  try {
    return new Deno.Command("taskset", { args: ["-p", "1"], stdout: "null", stderr: "null" })
      .outputSync().success;
  } catch {
    return false;
  }
}
