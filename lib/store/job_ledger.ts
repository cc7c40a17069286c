/**
 * Counts the jobs of a conversion: how many rows each gave and what it counted, so that a run that goes
 * on with another's store need not do them again.
 *
 * @module
 */

import type { JobRun } from "../documents/mod.ts";
import { canonicalJson, DataError } from "../util/mod.ts";

/** What a job gave. */
export interface JobYield {
  /** Number of rows. */
  readonly rows: number;
  /** What it added to counters. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Jobs that were done before, and those that are done now. */
export interface JobLedger {
  /** How many of the next jobs were done before. */
  readonly kept: number;
  /**
   * Takes the next job that was done before.
   *
   * @param key What the job is about.
   * @throws {DataError} If the last of them was about something else.
   */
  take(key: string): JobYield;
  /** Adds a job that was done now. */
  add(key: string, job: JobYield): void;
  /** What was added since the last call. */
  drain(): { readonly jobs: JobRun[]; readonly key: string | undefined };
}

/** Starts a ledger with the jobs that were done before and the key of the last of them. */
export function createJobLedger(done: readonly JobRun[], lastKey: string | undefined): JobLedger {
  let kept = done.reduce((sum, [, times]) => sum + times, 0);
  let run = 0;
  let taken = 0;
  let fresh: [number, number, Record<string, number>][] = [];
  let key: string | undefined;
  return {
    get kept() {
      return kept;
    },
    take: (name) => {
      if (--kept === 0 && name !== lastKey) {
        throw new DataError(
          `Cannot go on with an interrupted run: it stopped after "${lastKey}", the raw files now ` +
            `have "${name}" there`,
          { hint: "Run the same command again: it starts anew" },
        );
      }
      const [rows, times, counts] = done[run]!;
      if (++taken === times) [run, taken] = [run + 1, 0];
      return { rows, counts };
    },
    add: (name, { rows, counts }) => {
      key = name;
      const last = fresh.at(-1);
      if (last?.[0] === rows && canonicalJson(last[2]) === canonicalJson(counts)) last[1]++;
      else fresh.push([rows, 1, counts]);
    },
    drain: () => {
      const jobs = fresh;
      fresh = [];
      return { jobs, key };
    },
  };
}
