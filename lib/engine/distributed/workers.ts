/**
 * The workers of a training, as one of them sees them, and how it joins them.
 *
 * @module
 */

import { MissingError, StorageError, UsageError } from "../../util/mod.ts";
import { activeNativeBackend, type NativeBackend } from "../backend/native_backend.ts";
import { attributeKinds } from "../native/attributes.ts";
import { cString, NativeError } from "../native/library.ts";
import { type Tensor, tf } from "../backend/tf.ts";
import { type Cluster, taskName } from "../cluster/cluster.ts";
import { type Exchange, groupAttributes, groupInputs, startExchange } from "./exchange.ts";
import { startEngine } from "../backend/backend.ts";

/**
 * Another worker is gone, so that training cannot go on (exit code 4): a failure of communication,
 * like one of reading or writing.
 */
export class LostWorkerError extends StorageError {}

/** The workers that train together. */
export interface Workers extends Cluster {
  /** Number of workers. */
  readonly size: number;
  /** Starts the exchanges of one evaluation of a step. */
  exchange(): Exchange;
  /**
   * Gives every worker the chief's values of a float32 tensor.
   *
   * @param tensor Of the same shape everywhere; stays the caller's.
   * @returns A new tensor.
   * @throws {LostWorkerError} If a worker is lost.
   */
  broadcast(tensor: Tensor): Promise<Tensor>;
  /**
   * Waits until every worker has come to this point.
   *
   * @param seconds How long to wait for them. A worker that has shown signs of life and falls
   * silent is not waited for.
   * @throws {NativeError} If they do not come.
   */
  barrier(seconds: number): Promise<void>;
  /**
   * Does something that exchanges with the other workers, and looks after them meanwhile.
   *
   * @throws {LostWorkerError} If a worker is lost; the message names it.
   */
  watch<T>(work: () => Promise<T>): Promise<T>;
  /** Numbers of the workers that do not answer within some milliseconds. */
  silent(milliseconds: number): Promise<number[]>;
}

/** Numbers of exchanges outside of steps start here. */
const firstControlKey = 1_000_000;

/** Milliseconds between looks at the other workers, and how long they may take to answer. */
const lookInterval = 5_000;
const answerTime = 8_000;

/** How often in a row a worker fails to answer before it counts as lost. */
const toleratedSilences = 2;

/** Codes of an exchange that failed: cancelled, too late, another process, aborted, unreachable. */
const lossCodes: ReadonlySet<number> = new Set([1, 4, 9, 10, 14]);

/**
 * Makes the engine's collective runtime usable. The library must have been opened with its server.
 */
export function startWorkers(native: NativeBackend, cluster: Cluster): Workers {
  const size = cluster.addresses.length;
  const peers = cluster.addresses.map((_, rank) => rank).filter((rank) => rank !== cluster.rank);
  let controlKey = firstControlKey;
  const silent = async (milliseconds: number): Promise<number[]> => {
    const answers = await Promise.all(peers.map((rank) => isSilent(native, rank, milliseconds)));
    return peers.filter((_, i) => answers[i]);
  };
  const workers: Workers = {
    ...cluster,
    size,
    exchange: () => startExchange(cluster, 1),
    silent,
    broadcast: (tensor) =>
      workers.watch(() => broadcastTensor(native, workers, tensor, controlKey++)),
    async barrier(seconds) {
      const look = startLooking(new Set(), peers, silent, () => abort(native));
      try {
        await waitForAll(native, size, controlKey++, seconds);
      } finally {
        look.stop();
      }
    },
    async watch(work) {
      const look = startLooking(new Set(peers), peers, silent, () => abort(native));
      try {
        return await work();
      } catch (cause) {
        if (!(cause instanceof NativeError) || !lossCodes.has(cause.code)) throw cause;
        throw lost(workers, await silent(answerTime), cause);
      } finally {
        look.stop();
      }
    },
  };
  return workers;
}

/** Whether a worker does not answer in time. */
async function isSilent(
  { library: { c, context, checkedInBackground } }: NativeBackend,
  rank: number,
  milliseconds: number,
): Promise<boolean> {
  const [name, time] = [cString(taskName(rank)), BigInt(milliseconds)];
  try {
    await checkedInBackground((status) =>
      c.TFE_CollectiveOpsCheckPeerHealth(context, name, time, status)
    );
    return false;
  } catch {
    return true;
  }
}

/** A reduction that nobody reads: it ends when every worker has come to it. */
async function waitForAll(
  native: NativeBackend,
  size: number,
  key: number,
  seconds: number,
): Promise<void> {
  const inputs = [tf.zeros([size]), ...groupInputs({ workers: size, key })];
  const attributes = [
    ...groupAttributes(native, seconds),
    { name: "merge_op", type: attributeKinds.string, value: "Add" },
    { name: "final_op", type: attributeKinds.string, value: "Id" },
  ];
  try {
    const ids = native.ids(inputs);
    const [result] = await native.binding.call("CollectiveReduceV2", attributes, ids, 1);
    native.binding.deleteTensor(result!.id);
  } finally {
    tf.dispose(inputs);
  }
}

/** Ends what waits for a worker that is gone. */
function abort({ library: { c, context } }: NativeBackend): void {
  const status = c.TF_NewStatus();
  c.TF_SetStatus(status, 14, cString("a worker does not answer"));
  c.TFE_AbortCollectiveOps(context, status);
  c.TF_DeleteStatus(status);
}

/**
 * Looks after the other workers at intervals. The runtime notices by itself when a connection
 * breaks; a machine that hangs, or a network that swallows everything, it would not notice.
 *
 * @param known Workers that have shown signs of life; only these can be lost.
 */
function startLooking(
  known: Set<number>,
  peers: readonly number[],
  silent: (milliseconds: number) => Promise<number[]>,
  giveUp: () => void,
): { stop(): void } {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout>;
  let silences = new Map<number, number>();
  const look = async () => {
    const now = await silent(answerTime);
    if (stopped) return;
    for (const rank of peers) if (!now.includes(rank)) known.add(rank);
    silences = new Map(
      now.filter((rank) => known.has(rank)).map((rank) => [rank, (silences.get(rank) ?? 0) + 1]),
    );
    if (Math.max(0, ...silences.values()) >= toleratedSilences) return giveUp();
    timer = setTimeout(look, lookInterval);
  };
  timer = setTimeout(look, lookInterval);
  return {
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function broadcastTensor(
  native: NativeBackend,
  { rank, size }: Workers,
  tensor: Tensor,
  key: number,
): Promise<Tensor> {
  const place = groupInputs({ workers: size, key });
  const shape = tf.tensor1d(tensor.shape, "int32");
  const attributes = groupAttributes(native, 900);
  try {
    const [name, inputs, all] = rank === 0
      ? ["CollectiveBcastSendV2", [tensor, ...place], attributes] as const
      : ["CollectiveBcastRecvV2", [...place, shape], [
        ...attributes,
        { name: "Tshape", type: attributeKinds.type, value: 3 },
      ]] as const;
    const [result] = await native.binding.call(name, all, native.ids(inputs), 1);
    return native.wrap(result!);
  } finally {
    tf.dispose([...place, shape]);
  }
}

/** The error that names the workers which are gone. */
function lost(
  { addresses }: Cluster,
  silent: readonly number[],
  cause: NativeError,
): LostWorkerError {
  const [reason] = cause.message.split("\n");
  const names = silent.map((rank) => `${rank} (${addresses[rank]})`).join(", ");
  return new LostWorkerError(
    "Cannot go on with the other workers: " +
      (silent.length === 0
        ? reason
        : `worker ${names} ${silent.length === 1 ? "does" : "do"} not answer`),
    { cause, hint: "Start all workers again, with --resume" },
  );
}

/** The workers that this process has joined. */
let joined: Workers | undefined;

/** Options of {@linkcode joinCluster}. */
interface JoinOptions {
  /** Seconds to wait for the other workers; 300. */
  readonly seconds?: number;
}

/**
 * Starts TensorFlow with the server of its collective runtime and waits for the other workers.
 *
 * The server belongs to the process: joining the same cluster again gives the same workers.
 *
 * @throws {MissingError} If libtensorflow is not installed, or a worker does not come in time.
 * @throws {StorageError} If the port is in use.
 * @throws {UsageError} If the engine runs already without these workers.
 */
export async function joinCluster(
  cluster: Cluster,
  { seconds = 300 }: JoinOptions = {},
): Promise<Workers> {
  const { addresses, rank } = cluster;
  const action = `Cannot train in ${addresses.length} processes`;
  if (joined !== undefined && `${joined.addresses} ${joined.rank}` === `${addresses} ${rank}`) {
    return joined;
  }
  if (activeNativeBackend() !== undefined) {
    throw new UsageError(`${action}: the engine of this process runs already without them`);
  }
  keepOffProxies(addresses);
  await startEngine({ backend: "tensorflow", cluster }).catch((cause) => {
    if (!(cause instanceof NativeError)) throw cause;
    throw new StorageError(
      `${action}: worker ${rank} cannot listen on the port of "${
        addresses[rank]
      }": ${cause.message}`,
      { cause, hint: "Choose other ports, in TF_CONFIG or with --port" },
    );
  });
  const workers = startWorkers(activeNativeBackend()!, cluster);
  await workers.barrier(seconds).catch(async (cause) => {
    if (!(cause instanceof NativeError)) throw cause;
    const missing = (await workers.silent(2000)).map((rank) => `${rank} (${addresses[rank]})`);
    const [reason] = cause.message.split("\n");
    throw new MissingError(
      `${action}: ` +
        (missing.length === 0
          ? reason
          : `worker ${
            missing.join(", ")
          } cannot be reached from worker ${rank} after ${seconds} s`),
      {
        cause,
        hint: "Start all workers at about the same time, and open their ports to each other",
      },
    );
  });
  joined = workers;
  return workers;
}

/** The library would send what goes to other hosts through a proxy for web pages. */
function keepOffProxies(addresses: readonly string[]): void {
  if (Deno.env.get("no_grpc_proxy") !== undefined) return;
  const hosts = addresses.map((address) => address.replace(/:\d+$/, ""));
  Deno.env.set("no_grpc_proxy", [...new Set(hosts)].join(","));
}
