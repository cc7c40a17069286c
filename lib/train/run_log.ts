/**
 * Everything that a run records while it trains.
 *
 * `metrics.jsonl` holds what the seed decides, so it is the same for a run that was stopped and one
 * that was not; wall-clock times are in `timing.jsonl`; the event file holds both for TensorBoard.
 *
 * @module
 */

import {
  doubleField,
  explained,
  floatField,
  integerField,
  join,
  message,
  messageField,
  textField,
} from "../util/mod.ts";
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
      const line = { step: record.step, learningRate: record.learningRate, ...record.metrics };
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

/** Speed of a run; see {@linkcode createMeter}. */
export interface Meter {
  /** Counts a step, with the seconds that it waited for its batch. */
  count(waited: number): void;
  /** Seconds since the start. */
  seconds(): number;
  /** Samples per second without the first step, which compiles; 0 before the second. */
  samplesPerSecond(): number;
  /** Estimated seconds that a number of steps takes; undefined before the second step. */
  secondsFor(steps: number): number | undefined;
  /** Speed and share of waiting since the last call. */
  lap(): { readonly samplesPerSecond: number; readonly waiting: number };
}

/**
 * Starts to measure on a monotonic clock.
 *
 * @param now Milliseconds.
 */
export function createMeter(batchSize: number, now = () => performance.now()): Meter {
  const start = now();
  let steps = 0;
  let compiled = start;
  let lap = { start, steps: 0, waited: 0 };
  const elapsed = (since: number) => Math.max(1e-6, (now() - since) / 1000);
  const perStep = () => steps < 2 ? undefined : elapsed(compiled) / (steps - 1);
  return {
    count: (waited) => {
      steps++;
      lap.waited += waited;
      if (steps === 1) compiled = now();
    },
    seconds: () => elapsed(start),
    samplesPerSecond: () => {
      const seconds = perStep();
      return seconds === undefined ? 0 : batchSize / seconds;
    },
    secondsFor: (count) => {
      const seconds = perStep();
      return seconds === undefined ? undefined : seconds * count;
    },
    lap: () => {
      const seconds = elapsed(lap.start);
      const result = {
        samplesPerSecond: batchSize * (steps - lap.steps) / seconds,
        waiting: Math.min(1, lap.waited / seconds),
      };
      lap = { start: now(), steps, waited: 0 };
      return result;
    },
  };
}

/** Scalars of one step. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly scalars: Readonly<Record<string, number>>;
}

const crcTable = new Uint32Array(256).map((_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0x82f63b78 : byte >>> 1;
  return byte;
});

/** CRC-32C (Castagnoli) of bytes. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

/**
 * The first two records of a file: its version, and the start of a session at a step, which makes
 * TensorBoard drop what an earlier file holds of that step and later ones.
 */
export function eventFileStart(wallTime: number, step: number): Uint8Array<ArrayBuffer> {
  const version = record([doubleField(1, wallTime), textField(3, "brain.Event:2")]);
  const start = messageField(7, [integerField(1, 1)]);
  const session = record([doubleField(1, wallTime), integerField(2, step), start]);
  return message([version, session]);
}

/** One record with the scalars of a step. */
export function scalarRecord({ wallTime, step, scalars }: ScalarEvent): Uint8Array<ArrayBuffer> {
  const values = Object.entries(scalars).map(([tag, value]) =>
    messageField(1, [textField(1, tag), floatField(2, value)])
  );
  return record([doubleField(1, wallTime), integerField(2, step), messageField(5, values)]);
}

function record(fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const data = message(fields);
  const out = new Uint8Array(data.length + 16);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(out.subarray(0, 8)), true);
  out.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return out;
}

/** The checksum as stored: rotated and shifted, so that a checksum of checksums stays strong. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
