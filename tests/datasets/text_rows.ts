/**
 * Compares the rows of a text data set with those that Python made, index for index.
 *
 * @module
 */

import { assert, assertEquals } from "../assert.ts";
import type { MemoryStore } from "./memory_store.ts";

/** A sample as the fixtures have it: ids without the padding at the end. */
export interface TextSample {
  readonly ids: readonly number[];
  readonly label?: number;
}

/** Samples of the two splits. */
export interface TextSamples {
  readonly train: readonly TextSample[];
  readonly test: readonly TextSample[];
}

/** Checks the ids and labels of both splits; `pad` is the id of the padding. */
export function assertTextSamples(store: MemoryStore, samples: TextSamples, pad: number): void {
  for (const split of ["train", "test"] as const) {
    const rows = store.lists[split]!;
    assertEquals(rows.length, samples[split].length, split);
    rows.forEach((row, i) => {
      const ids = Array.from(store.rows[row]![0]!);
      const { ids: wanted, label } = samples[split][i]!;
      assertEquals(ids.slice(0, wanted.length), wanted, `${split} ${i}`);
      assertEquals(ids.length, 128);
      assert(ids.slice(wanted.length).every((id) => id === pad));
      assertEquals(store.labels[row], label === undefined ? undefined : Math.fround(label));
    });
  }
}
