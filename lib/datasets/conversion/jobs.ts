/**
 * The costly work of conversions, done by workers on all cores.
 *
 * @module
 */

import type { LineBlock } from "../../formats/text/mod.ts";
import { createWorkerPool, type WorkerPool } from "../../util/mod.ts";

/**
 * The jobs, each loaded when it is first asked for: a worker holds no decoder that it does not use.
 */
const jobs = {
  /** From a file to images or log-mel pictures. */
  media: async () => (await import("./media.ts")).decodeMedia,
  /** From texts to ids. */
  texts: async () => (await import("./encode_texts.ts")).encodeBatch,
  /** From lines of comma-separated numbers to these. */
  numbers: async () => {
    const { parseFloatRows } = await import("../../formats/table/mod.ts");
    return ({ name, columns, ...block }: NumberLines) =>
      parseFloatRows(block, { name, columns, separator: "comma" });
  },
} as const;

/** Lines of a table of numbers. */
interface NumberLines extends LineBlock {
  /** Name for messages. */
  readonly name: string;
  readonly columns: number;
}

/** Name of a job. */
type JobName = keyof typeof jobs;
type JobFunction<Name extends JobName> = Awaited<ReturnType<typeof jobs[Name]>>;
type JobInput<Name extends JobName> = Parameters<JobFunction<Name>>[0];
type JobResult<Name extends JobName> = Awaited<ReturnType<JobFunction<Name>>>;

/** What a worker is sent. */
interface NamedJob {
  readonly name: JobName;
  readonly input: unknown;
}

/** Does a job, in whatever thread. */
export async function runJob({ name, input }: NamedJob): Promise<object> {
  const job: (input: never) => object | Promise<object> = await jobs[name]();
  return await job(input as never);
}

/**
 * Does jobs of one kind on all cores. The bytes of an input are handed over, not copied.
 *
 * @param workers Number of workers; one a core if left out, none with 0.
 */
export function createJobPool<Name extends JobName>(
  name: Name,
  workers?: number,
): WorkerPool<JobInput<Name>, JobResult<Name>> {
  const pool = createWorkerPool<NamedJob, object>({
    module: new URL("./jobs_worker.ts", import.meta.url),
    job: runJob,
    ...(workers === undefined ? {} : { workers }),
  });
  return {
    size: pool.size,
    run: (input) => {
      const transfer = "bytes" in input ? [input.bytes.buffer] : [];
      return pool.run({ name, input }, transfer) as Promise<JobResult<Name>>;
    },
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}
