/**
 * What Python made of the small data in `tests/fixtures/raw/own`, and helpers to compare with it.
 *
 * @module
 */

import { sampleShape } from "../../../lib/spec/input.ts";
import { elementCount } from "../../../lib/util/ndarray.ts";
import type { SplitName } from "../../../lib/documents/store_manifest.ts";
import { assert, assertEquals } from "../../assert.ts";
import type { MemoryStore } from "../memory_store.ts";
import { fromFileUrl } from "../../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../../fixtures/raw/", import.meta.url));

/** Path of a file or folder of own data. */
export const own = (name: string): string => `${raw}own/${name}`;

/** Numbers by Python. */
// deno-lint-ignore no-explicit-any -- every data set has its own fields
export const expected: any = JSON.parse(Deno.readTextFileSync(`${raw}own.json`));

/** Rows of a split as they are stored. */
export function storedRows(store: MemoryStore, split: SplitName): number[][] {
  return store.lists[split]!.map((row) => Array.from(store.rows[row]![0]!));
}

/** Labels of a split. */
export function labelsOf(store: MemoryStore, split: SplitName): unknown[] {
  return store.lists[split]!.map((row) => store.labels[row]);
}

/** Rows of a split as the model gets them: scaled and normalised by channel. */
export function modelRows(store: MemoryStore, split: SplitName): number[][] {
  const [input] = store.declaration.inputs;
  const { divisor = 1, mean = [0], deviation = [1] } = store.declaration.columns[0]!;
  const width = elementCount(sampleShape(input!));
  return storedRows(store, split).map((row) => {
    assertEquals(row.length, width);
    return row.map((value, i) => {
      const channel = Math.floor(i / (width / mean.length));
      return (value / divisor - mean[channel]!) / deviation[channel]!;
    });
  });
}

/** Compares rows of numbers. */
export function assertClose(
  actual: readonly (readonly number[])[],
  wanted: readonly (readonly number[])[],
  tolerance: number,
): void {
  assertEquals(actual.map(({ length }) => length), wanted.map(({ length }) => length));
  wanted.forEach((row, i) =>
    row.forEach((value, k) => {
      const error = Math.abs(actual[i]![k]! - value);
      assert(error <= tolerance, `value ${k} of row ${i} is ${actual[i]![k]}, wanted ${value}`);
    })
  );
}
