/**
 * One worker of a run, in a process of its own.
 *
 * The argument is a JSON document: what {@linkcode fakePretrain} is given, the cluster, and a
 * number of milliseconds that each step takes at least. Prints `step N` after each step; errors go
 * to stderr as JSON and to the exit code.
 *
 * @module
 */

import type { Cluster } from "../../lib/engine/cluster/cluster.ts";
import { joinCluster } from "../../lib/engine/distributed/workers.ts";
import { findMethod } from "../../lib/methods/registry.ts";
import type { PretrainOptions } from "../../lib/train/prepare_run.ts";
import { AppError } from "../../lib/util/errors.ts";
import { fakeHooks, fakePretrain } from "./fake_data.ts";

/** What a worker is asked to do. */
export interface WorkerTask {
  readonly options: Partial<PretrainOptions> & { readonly out: string };
  readonly cluster: Cluster;
  readonly pause?: number;
  /** Seconds to wait for the other workers, if they are all that is wanted. */
  readonly joinOnly?: number;
}

if (import.meta.main) {
  const { options, cluster, pause = 0, joinOnly } = JSON.parse(Deno.args[0]!) as WorkerTask;
  try {
    if (joinOnly !== undefined) await joinCluster(cluster, { seconds: joinOnly });
    else {
      await fakePretrain(options, {
        findMethod: options.method === "fake" ? fakeHooks.findMethod : findMethod,
        cluster,
        handleSignals: true,
        warn: (message) => console.error(JSON.stringify({ warning: message })),
        onProgress: ({ step }) => {
          console.log(`step ${step}`);
          const end = performance.now() + pause;
          while (performance.now() < end);
        },
      });
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { message, hint, exitCode } = error;
    console.error(JSON.stringify({ message, hint }));
    Deno.exit(exitCode);
  }
  Deno.exit(0);
}
