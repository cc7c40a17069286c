/**
 * What other programs take of the machine, since times on a busy machine say little.
 *
 * @module
 */

import { cpus } from "node:os";

/** Processor time of all cores since the machine started, in milliseconds. */
export interface CoreTimes {
  readonly idle: number;
  readonly total: number;
}

/** Share of the time between two readings in which the cores were not idle; 0 if none passed. */
export function busyShare(before: CoreTimes, after: CoreTimes): number {
  const total = after.total - before.total;
  return total <= 0 ? 0 : 1 - (after.idle - before.idle) / total;
}

/**
 * Share of the machine that is in use while this process waits for half a second.
 *
 * Needs `--allow-sys=cpus`; undefined without.
 */
export async function measureBusyShare(): Promise<number | undefined> {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "cpus" });
  if (state !== "granted") return undefined;
  const before = coreTimes();
  await new Promise((resolve) => setTimeout(resolve, 500));
  return busyShare(before, coreTimes());
}

function coreTimes(): CoreTimes {
  let [idle, total] = [0, 0];
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.idle + times.user + times.nice + times.sys + times.irq;
  }
  return { idle, total };
}
