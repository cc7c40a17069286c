/**
 * Everything that a run records while it trains.
 *
 * `metrics.jsonl` holds what the seed decides, so it is the same for a run that was stopped and one
 * that was not; wall-clock times are in `timing.jsonl`; the event file holds both for TensorBoard.
 *
 * @module
 */

import { eventFileStart, scalarRecord } from "./tfevents.ts";
import { explained, join } from "../util/mod.ts";
import type { StepRecord } from "./loop.ts";
import { openMetricsLog } from "./metrics_log.ts";

/** Wall-clock side of a step. */
export interface StepTiming {
  /** Seconds since this session started to train. */
  readonly seconds: number;
  readonly samplesPerSecond: number;
  /** Share of the time since the last line that steps waited for their batches. */
  readonly waiting: number;
}

/** The logs of a run; disposing writes what is waiting and closes them. */
export interface RunLog extends AsyncDisposable {
  /** Records a step. */
  add(record: StepRecord, timing: StepTiming): Promise<void>;
  /** Brings everything to the disk: called before a checkpoint is made. */
  sync(): Promise<void>;
}

/** The log of a worker that is not the chief: it records nothing. */
export const noLog: RunLog = {
  add: () => Promise.resolve(),
  sync: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** Longest time in milliseconds that a line waits in memory. */
const flushInterval = 1000;

/**
 * Opens the logs of a run to go on with after a step.
 *
 * @throws {StorageError} If they cannot be written.
 */
export async function openRunLog(
  run: string,
  lastStep: number,
  options: { readonly tensorboard?: boolean } = {},
): Promise<RunLog> {
  const metrics = await openMetricsLog(join(run, "metrics.jsonl"), lastStep);
  const timings = await openMetricsLog(join(run, "timing.jsonl"), lastStep);
  const events = options.tensorboard === false ? undefined : await openEvents(run, lastStep);
  let flushed = performance.now();
  const flush = async () => {
    await metrics.flush();
    await timings.flush();
    await events?.flush();
    flushed = performance.now();
  };
  return {
    add: async (record, timing) => {
      const line = {
        step: record.step,
        learningRate: record.learningRate,
        ...record.metrics,
      };
      const { seconds, samplesPerSecond, waiting } = timing;
      const times = { seconds, samplesPerSecond, waiting };
      metrics.add(line);
      timings.add({ step: record.step, ...times });
      events?.add(record.step, { ...line, samplesPerSecond });
      if (performance.now() - flushed > flushInterval) await flush();
    },
    sync: async () => {
      await flush();
      await metrics.sync();
    },
    [Symbol.asyncDispose]: async () => {
      await metrics.close();
      await timings.close();
      await events?.close();
    },
  };
}

async function openEvents(run: string, lastStep: number) {
  const wallTime = Date.now() / 1000;
  const path = join(run, `events.out.tfevents.${wallTime.toFixed(3)}.metamae`);
  const action = `Cannot write "${path}"`;
  const file = await explained(action, () => Deno.open(path, { append: true, create: true }));
  let waiting: Uint8Array[] = [eventFileStart(wallTime, lastStep)];
  const flush = () =>
    explained(action, async () => {
      const records = waiting;
      waiting = [];
      for (const record of records) {
        for (let done = 0; done < record.length;) {
          done += await file.write(record.subarray(done));
        }
      }
    });
  return {
    add: (step: number, { step: _, ...scalars }: Readonly<Record<string, number>>) =>
      void waiting.push(scalarRecord({ wallTime: Date.now() / 1000, step, scalars })),
    flush,
    close: async () => {
      try {
        await flush();
      } finally {
        file.close();
      }
    },
  };
}
