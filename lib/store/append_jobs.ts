/**
 * The way from files to rows that data sets share: jobs on all cores, rows in the order of the items, and
 * nothing done again that an interrupted run has done.
 *
 * @module
 */

import { mapOrdered } from "../util/mod.ts";
import type { JobRows, StoreWriter } from "./store_writer.ts";

/** How items become rows. */
export interface JobSteps<Item, Input, Result> {
  readonly writer: StoreWriter;
  /** Jobs that are under way at once. */
  readonly depth: number;
  /** What an item is: with the same raw files the same name, so that a mix-up is noticed. */
  key(item: Item): string;
  /** Reads what the job needs; done before the next item is asked for. */
  read(item: Item): Input | Promise<Input>;
  /** The job; several run at once. */
  run(input: Input, item: Item): Promise<Result>;
  /** Appends the rows of a result; done in the order of the items. */
  append(result: Result, item: Item): Promise<unknown>;
}

/** An item and the rows that it became. */
export interface AppendedItem<Item> extends JobRows {
  readonly item: Item;
}

/**
 * Reads items, runs a job on each and appends its rows. Items whose rows an interrupted run has left in
 * the store are neither read nor run: they come out with these rows.
 */
export async function* appendJobs<Item, Input, Result>(
  items: AsyncIterable<Item>,
  { writer, depth, key, read, run, append }: JobSteps<Item, Input, Result>,
): AsyncGenerator<AppendedItem<Item>> {
  const loaded = async function* () {
    let kept = writer.keptJobs;
    for await (const item of items) {
      yield kept-- > 0 ? { item } : { item, input: await read(item) };
    }
  };
  const done = mapOrdered(loaded(), depth, async ({ item, input }) => ({
    item,
    result: input === undefined ? undefined : await run(input, item),
  }));
  for await (const { item, result } of done) {
    // A job without a result is a kept one, of which nothing is to be appended.
    yield { item, ...await writer.job(key(item), () => append(result!, item)) };
  }
}
