/**
 * Which processes train together, which one of them this is, and how TensorFlow is told.
 *
 * @module
 */

import { integerField, message, messageField, textField, UsageError } from "../../util/mod.ts";
import { slurmCluster } from "./slurm.ts";

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
