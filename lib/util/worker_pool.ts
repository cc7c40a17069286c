/**
 * Work on all cores: jobs go to workers, results come back in the order of the jobs, so that
 * nothing depends on how many workers there are.
 *
 * @module
 */

import { AppError, DataError } from "./errors.ts";
import { fromFileUrl } from "./path.ts";

/** What a worker is sent, and what it sends back. */
type Reply<Result> =
  | { readonly value: Result }
  | { readonly dataError: string }
  | { readonly error: string };

/** A function that a worker runs: plain data in, plain data out. */
export type Job<Input, Result> = (input: Input) => Result | Promise<Result>;

/** Where jobs run. */
export interface WorkerPool<Input, Result> extends Disposable {
  /** Jobs that may run at once. */
  readonly size: number;
  /**
   * Runs one job.
   *
   * @param transfer Buffers of the input that may be handed over instead of copied.
   * @throws What the job throws: a {@linkcode DataError} as one, all else as an `Error`.
   */
  run(input: Input, transfer?: readonly ArrayBuffer[]): Promise<Result>;
}

/** Options of {@linkcode createWorkerPool}. */
export interface WorkerPoolOptions<Input, Result> {
  /** Module that calls {@linkcode serveJobs} with the same job. */
  readonly module: URL;
  /** The job, for machines of one core and programs that may not read the module. */
  readonly job: Job<Input, Result>;
  /** Number of workers; one a core, at most 16. With 0 jobs run in this thread. */
  readonly workers?: number;
}

/** Most workers that the reading thread can keep busy. */
const mostWorkers = 16;

/** Makes a pool. Workers start when they are first needed and end when the pool is disposed of. */
export function createWorkerPool<Input, Result>(
  { module, job, workers = usefulWorkers(module) }: WorkerPoolOptions<Input, Result>,
): WorkerPool<Input, Result> {
  if (workers === 0) {
    return { size: 1, run: async (input) => await job(input), [Symbol.dispose]: () => {} };
  }
  const started: WatchedWorker[] = [];
  const idle: WatchedWorker[] = [];
  const waiting: ((worker: WatchedWorker) => void)[] = [];

  const take = (): WatchedWorker | Promise<WatchedWorker> => {
    const free = idle.pop();
    if (free !== undefined) return free;
    if (started.length < workers) {
      const worker = startWorker(module);
      started.push(worker);
      return worker;
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const giveBack = (worker: WatchedWorker) => {
    const next = waiting.shift();
    if (next === undefined) idle.push(worker);
    else next(worker);
  };
  return {
    size: workers,
    run: async (input, transfer = []) => {
      const worker = await take();
      try {
        return await exchange<Input, Result>(worker, input, transfer);
      } finally {
        giveBack(worker);
      }
    },
    [Symbol.dispose]: () => started.forEach(({ worker }) => worker.terminate()),
  };
}

/**
 * Number of workers to start: one a core; none where that brings nothing, or the module may not be
 * read.
 */
export function usefulWorkers(module: URL): number {
  const cores = Math.min(navigator.hardwareConcurrency, mostWorkers);
  if (cores < 2) return 0;
  if (module.protocol !== "file:") return cores;
  const read = Deno.permissions.querySync({ name: "read", path: fromFileUrl(module) });
  return read.state === "granted" ? cores : 0;
}

/** A worker that is watched from its first moment on. */
interface WatchedWorker {
  readonly worker: Worker;
  /** Why it has ended by itself. */
  failure?: Error;
  /** Told so when that happens. */
  onFailure?: (failure: Error) => void;
}

/** Starts a worker. One that cannot start may tell so before anybody has given it a job. */
function startWorker(module: URL): WatchedWorker {
  const watched: WatchedWorker = { worker: new Worker(module, { type: "module" }) };
  watched.worker.onerror = (event) => {
    event.preventDefault();
    watched.failure = new Error(`A worker failed: ${event.message}`);
    watched.onFailure?.(watched.failure);
  };
  return watched;
}

function exchange<Input, Result>(
  watched: WatchedWorker,
  input: Input,
  transfer: readonly ArrayBuffer[],
): Promise<Result> {
  const { worker, failure } = watched;
  return new Promise((resolve, reject) => {
    if (failure !== undefined) return reject(failure);
    watched.onFailure = reject;
    worker.onmessage = ({ data: reply }: MessageEvent<Reply<Result>>) => {
      if ("value" in reply) resolve(reply.value);
      else if ("dataError" in reply) reject(new DataError(reply.dataError));
      else reject(new Error(reply.error));
    };
    worker.postMessage(input, [...transfer]);
  });
}

/**
 * Runs jobs in a worker; to be called once by its module.
 *
 * @param buffersOf Buffers of a result, which are handed over instead of copied.
 */
export function serveJobs<Input, Result>(
  job: Job<Input, Result>,
  buffersOf: (result: Result) => ArrayBuffer[],
): void {
  const worker = globalThis as unknown as {
    onmessage: (event: MessageEvent<Input>) => void;
    postMessage(reply: Reply<Result>, transfer: ArrayBuffer[]): void;
  };
  worker.onmessage = async ({ data }) => {
    try {
      const value = await job(data);
      worker.postMessage({ value }, buffersOf(value));
    } catch (error) {
      if (error instanceof DataError) {
        worker.postMessage({ dataError: error.message }, []);
      } else {
        const text = error instanceof Error && !(error instanceof AppError)
          ? error.stack ?? error.message
          : String(error);
        worker.postMessage({ error: text }, []);
      }
    }
  };
}

/**
 * Runs a function on every item, up to `depth` at once, and gives the results in the order of the
 * items. The next item is asked for while earlier ones are still under way.
 */
export async function* mapOrdered<Item, Result>(
  items: AsyncIterable<Item>,
  depth: number,
  run: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  for await (const item of items) {
    const result = run(item);
    // A failure is seen when its turn comes.
    result.catch(() => undefined);
    pending.push(result);
    if (pending.length >= Math.max(1, depth)) yield await pending.shift()!;
  }
  while (pending.length > 0) yield await pending.shift()!;
}
