/**
 * Joining the other processes of a training.
 *
 * @module
 */

import { MissingError, StorageError, UsageError } from "../../util/mod.ts";
import { startEngine } from "../backend/backend.ts";
import { activeNativeBackend } from "../backend/native_backend.ts";
import { NativeError } from "../native/library.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { startWorkers, type Workers } from "./workers.ts";

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
  await workers.meet(seconds).catch(async (cause) => {
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
