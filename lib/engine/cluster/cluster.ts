/**
 * Which processes train together, which one of them this is, and how TensorFlow is told: from
 * `TF_CONFIG`, or from the variables that `srun` gives to each task of a Slurm step.
 *
 * @module
 */

import { integerField, message, messageField, textField, UsageError } from "../../util/mod.ts";

/** The processes of one training. */
export interface Cluster {
  /** `host:port` of every worker; the first one is the chief, which writes everything. */
  readonly addresses: readonly string[];
  /** Number of this process among them. */
  readonly rank: number;
}

/** Reads an environment variable. */
type EnvironmentReader = (name: string) => string | undefined;

/** Options of {@linkcode clusterFromEnvironment}. */
interface ClusterOptions {
  /** First port where the scheduler names hosts only; derived from the job's number by default. */
  readonly port?: number | undefined;
}

/**
 * The cluster that the environment describes: `TF_CONFIG` as TensorFlow defines it, else the
 * variables of a Slurm step with several tasks.
 *
 * @returns Nothing for a process that trains alone.
 * @throws {UsageError} If the variables contradict each other or cannot be read.
 *
 * @example
 * ```ts
 * import { clusterFromEnvironment } from "./cluster.ts";
 * const text = '{"cluster": {"worker": ["a:1", "b:1"]}, "task": {"type": "worker", "index": 1}}';
 * const cluster = clusterFromEnvironment((name) => name === "TF_CONFIG" ? text : undefined);
 * console.assert(cluster?.rank === 1 && cluster.addresses[0] === "a:1");
 * ```
 */
export function clusterFromEnvironment(
  environment: EnvironmentReader,
  options: ClusterOptions = {},
): Cluster | undefined {
  const config = environment("TF_CONFIG");
  const cluster = config !== undefined && config.trim() !== ""
    ? parseTfConfig(config)
    : slurmCluster(environment, options);
  if (cluster === undefined || cluster.addresses.length < 2) return undefined;
  const repeated = cluster.addresses.find((address, i) => cluster.addresses.indexOf(address) < i);
  if (repeated !== undefined) {
    throw new UsageError(
      `Cannot train in ${cluster.addresses.length} processes: two of them have the address ` +
        `"${repeated}"`,
    );
  }
  return cluster;
}

/**
 * Reads `TF_CONFIG`: `{"cluster": {"chief": [...], "worker": [...]}, "task": {"type", "index"}}`.
 * The chief comes first, if there is one; parameter servers and evaluators have no place here.
 *
 * @throws {UsageError} If it is no such document.
 */
export function parseTfConfig(text: string): Cluster {
  const action = "Cannot use the variable TF_CONFIG";
  const config = parsed(text, action);
  const jobs = entry(config, "cluster");
  const task = entry(config, "task");
  const chiefs = addressesOf(jobs, "chief", action);
  const addresses = [...chiefs, ...addressesOf(jobs, "worker", action)];
  if (addresses.length === 0) throw new UsageError(`${action}: its cluster names no worker`);
  const type = entry(task, "type") ?? "worker";
  if (type !== "chief" && type !== "worker") {
    throw new UsageError(`${action}: the task is a "${type}", a "chief" or a "worker" is wanted`);
  }
  const own = type === "chief" ? chiefs.length : addresses.length - chiefs.length;
  const index = Number(entry(task, "index") ?? NaN);
  if (!Number.isInteger(index) || index < 0 || index >= own) {
    throw new UsageError(
      `${action}: the index of the task is ${entry(task, "index") ?? "missing"}, ` +
        `the cluster has ${own} of type "${type}"`,
    );
  }
  return { addresses, rank: type === "chief" ? index : chiefs.length + index };
}

function parsed(text: string, action: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`${action}: it is no JSON document`, { cause });
  }
}

function entry(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function addressesOf(jobs: unknown, name: string, action: string): string[] {
  const list = entry(jobs, name) ?? [];
  if (!Array.isArray(list)) throw new UsageError(`${action}: "${name}" is no list of addresses`);
  return list.map((address) => {
    const port = typeof address === "string" ? /^[^\s/]+:(\d+)$/.exec(address)?.[1] : undefined;
    if (port !== undefined && Number(port) > 0 && Number(port) < 65536) return address as string;
    const shown = JSON.stringify(address);
    throw new UsageError(
      `${action}: the address ${shown} of a "${name}" is not of the form "host:port"`,
    );
  });
}

/** The one job that all workers belong to. */
const job = "worker";

/** TensorFlow's name of a worker. */
export function taskName(rank: number): string {
  return `/job:${job}/replica:0/task:${rank}`;
}

/**
 * Serialises a `tensorflow.ServerDef`: cluster 1 (job 1: name 1, tasks 2), job name 2, task index
 * 3, session configuration 4 (experimental 16: collective group leader 1), protocol 5.
 */
export function encodeServerDef({ addresses, rank }: Cluster): Uint8Array<ArrayBuffer> {
  const tasks = addresses.map((address, index) =>
    messageField(2, [integerField(1, index), textField(2, address)])
  );
  return message([
    messageField(1, [messageField(1, [textField(1, job), ...tasks])]),
    textField(2, job),
    integerField(3, rank),
    messageField(4, [messageField(16, [textField(1, taskName(0))])]),
    textField(5, "grpc"),
  ]);
}

/** A warning with advice, for whoever trains on several machines. */
export const serverAdvice =
  "Data-parallel training opens TensorFlow's collective server: it listens on all interfaces " +
  "without authentication, and Deno's --allow-net does not bind it. Run it in a trusted network " +
  "only, and let a firewall admit just the other workers to its port.";

const action = "Cannot read the tasks of the Slurm step";

/** Lowest port that is derived from the number of a job, and how many are in use. */
const firstPort = 20_000;
const ports = 10_000;

/**
 * Addresses of the tasks of a Slurm step in the order of their numbers. Tasks of one node listen on
 * consecutive ports.
 *
 * A batch script carries the variables of its job too, but only what it starts with `srun` is a
 * task: the script itself counts as a process that trains alone.
 *
 * @param options.port First port; by default one that the number of the job decides, so that jobs
 * which share a node do not collide.
 * @returns Nothing outside of a step, or for a step of one task.
 * @throws {UsageError} If the variables contradict each other.
 */
export function slurmCluster(
  environment: (name: string) => string | undefined,
  options: { readonly port?: number | undefined } = {},
): { readonly addresses: readonly string[]; readonly rank: number } | undefined {
  const either = (...names: readonly string[]) =>
    names.map(environment).find((value) => value !== undefined && value !== "");
  const rank = count(either("SLURM_PROCID"));
  const tasks = count(either("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_NPROCS"));
  const script = environment("ENVIRONMENT") === "BATCH" && either("SLURM_STEP_ID") === undefined;
  if (rank === undefined || tasks === undefined || tasks < 2 || script) return undefined;
  if (rank >= tasks) throw new UsageError(`${action}: SLURM_PROCID is ${rank} of ${tasks} tasks`);
  const list = either("SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST", "SLURM_NODELIST");
  if (list === undefined) throw new UsageError(`${action}: SLURM_JOB_NODELIST is not set`);
  const nodes = expandHostlist(list);
  const perNode = either("SLURM_STEP_TASKS_PER_NODE", "SLURM_TASKS_PER_NODE");
  const sizes = perNode === undefined
    ? evenly(tasks, nodes.length)
    : expandTaskCounts(perNode).slice(0, nodes.length);
  const placed = sizes.reduce((sum, size) => sum + size, 0);
  if (sizes.length !== nodes.length || placed !== tasks) {
    throw new UsageError(
      `${action}: ${placed} tasks stand on ${sizes.length} of ${nodes.length} nodes, ` +
        `${tasks} are wanted`,
    );
  }
  const port = options.port ?? firstPort + (count(either("SLURM_JOB_ID")) ?? 0) % ports;
  const places = nodes.flatMap((host, node) =>
    Array.from({ length: sizes[node]! }, (_, local) => ({ host, node, local }))
  );
  checkPlace(places[rank]!, count(either("SLURM_NODEID")), count(either("SLURM_LOCALID")));
  return { addresses: places.map(({ host, local }) => `${host}:${port + local}`), rank };
}

/** Tasks may be dealt out to the nodes in another order; then their addresses would be wrong. */
function checkPlace(
  { node, local }: { readonly node: number; readonly local: number },
  nodeId: number | undefined,
  localId: number | undefined,
): void {
  if ((nodeId ?? node) === node && (localId ?? local) === local) return;
  throw new UsageError(
    `${action}: this one is number ${localId ?? local} on node ${nodeId ?? node}, ` +
      `by blocks it would be number ${local} on node ${node}`,
    { hint: "Pass --distribution=block to srun" },
  );
}

function count(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`${action}: "${text}" is no number`);
}

function evenly(tasks: number, nodes: number): number[] {
  return Array.from({ length: nodes }, (_, node) => Math.floor((tasks + nodes - 1 - node) / nodes));
}

/**
 * Numbers of tasks on every node: `2(x3),1` means 2, 2, 2, 1.
 *
 * @throws {UsageError} If the text is of another form.
 */
export function expandTaskCounts(text: string): number[] {
  return text.split(",").flatMap((part) => {
    const match = /^(\d+)(?:\(x(\d+)\))?$/.exec(part.trim());
    if (match === null) throw new UsageError(`${action}: "${text}" is no list of task counts`);
    return new Array<number>(Number(match[2] ?? 1)).fill(Number(match[1]));
  });
}

/**
 * Names of hosts in Slurm's short form: `gpu[01-03,7],login` means gpu01, gpu02, gpu03, gpu7,
 * login. Several brackets in one name multiply out, the last one running fastest.
 *
 * @throws {UsageError} If a bracket or a range is not complete.
 */
export function expandHostlist(text: string): string[] {
  const wrong = () => new UsageError(`${action}: "${text}" is no list of hosts`);
  // Commas outside of brackets part the names.
  const names = text.split(/,(?![^[]*\])/).map((name) => name.trim());
  return names.flatMap((name) => {
    let expanded = [""];
    for (const piece of name.split(/(\[[^\]]*\])/)) {
      if (/^\[.*\]$/.test(piece)) {
        const numbers = piece.slice(1, -1).split(",").flatMap((range) => expandRange(range, wrong));
        expanded = expanded.flatMap((start) => numbers.map((number) => start + number));
      } else if (/[[\]]/.test(piece)) throw wrong();
      else expanded = expanded.map((start) => start + piece);
    }
    if (expanded.some((host) => host === "")) throw wrong();
    return expanded;
  });
}

/** `08-11` means 08, 09, 10, 11: numbers keep the width of the first one. */
function expandRange(text: string, wrong: () => Error): string[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(text.trim());
  if (match === null) throw wrong();
  const [, first, last = first] = match as unknown as [string, string, string | undefined];
  const length = Number(last) - Number(first) + 1;
  if (length < 1 || length > 100_000) throw wrong();
  return Array.from({ length }, (_, i) => String(+first + i).padStart(first.length, "0"));
}
