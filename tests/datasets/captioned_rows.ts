/**
 * Compares the rows of a data set of captioned images with those that Python made, index for index.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { assert, assertEquals } from "../assert.ts";
import type { MemoryStore } from "./memory_store.ts";

/** What the fixtures of the captioned data sets hold, by data set and variant. */
export const captionedFixtures = JSON.parse(
  Deno.readTextFileSync(new URL("../fixtures/raw/captioned.json", import.meta.url)),
);

interface CaptionedSample {
  readonly sha256: string;
  readonly first: readonly number[];
  readonly centre: readonly number[];
  /** Ids of the text, without the padding at the end. */
  readonly ids: readonly number[];
  readonly label?: number;
}

const side = 224;

/** Checks pictures, ids and labels of both splits. */
export function assertCaptioned(
  store: MemoryStore,
  expected: Record<"train" | "test", readonly CaptionedSample[]>,
): void {
  assertEquals(store.declaration.columns, [{ dtype: "uint8", divisor: 255 }, { dtype: "uint16" }]);
  for (const split of ["train", "test"] as const) {
    const rows = store.lists[split]!;
    assertEquals(rows.length, expected[split].length, split);
    rows.forEach((row, i) => {
      const [pixels, ids] = store.rows[row]!;
      const wanted = expected[split][i]!;
      const at = (y: number, x: number): readonly (number | undefined)[] =>
        [0, 1, 2].map((channel) => pixels![(channel * side + y) * side + x]);
      assert(pixels instanceof Uint8Array && ids instanceof Uint16Array);
      assertEquals(at(0, 0), wanted.first, `${split} ${i}`);
      assertEquals(at(100, 50), wanted.centre, `${split} ${i}`);
      assertEquals(createHash("sha256").update(pixels).digest("hex"), wanted.sha256);
      assertEquals(Array.from(ids.subarray(0, wanted.ids.length)), wanted.ids, `${split} ${i}`);
      assertEquals([ids.length, ids.subarray(wanted.ids.length).every((id) => id === 0)], [
        32,
        true,
      ]);
      assertEquals(store.labels[row], wanted.label, `${split} ${i}`);
    });
  }
}
