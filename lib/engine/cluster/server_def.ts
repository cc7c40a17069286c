/**
 * The description of a cluster that starts TensorFlow's collective runtime.
 *
 * @module
 */

import { integerField, message, messageField, textField } from "../../util/mod.ts";
import type { Cluster } from "./cluster.ts";

/** The one job that all workers belong to. */
const job = "worker";

/** TensorFlow's name of a worker. */
export function taskName(rank: number): string {
  return `/job:${job}/replica:0/task:${rank}`;
}

/**
 * Serialises a `tensorflow.ServerDef`: cluster 1 (job 1: name 1, tasks 2), job name 2, task index 3,
 * session configuration 4 (experimental 16: collective group leader 1), protocol 5.
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
