/**
 * Compares the splits of a store with what a Python script computed from the same raw files.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { assert, assertEquals } from "../assert.ts";
import type { Store } from "../../lib/store/store.ts";
import type { SplitName } from "../../lib/documents/store_manifest.ts";

/** What the script wrote about one split. */
export interface ExpectedSplit {
  /** Rows in the order of the files. */
  readonly rows: readonly number[];
  /** A label a sample, or several one after the other; left out where the split has none. */
  readonly labels?: readonly number[];
  /** SHA-256 of all samples, little-endian. */
  readonly sha256: string;
  /** The first sample. */
  readonly first: readonly number[];
}

/** Asserts that a store has exactly these splits, sample for sample. */
export async function assertSplits(
  store: Store,
  expected: Readonly<Partial<Record<SplitName, ExpectedSplit>>>,
): Promise<void> {
  assertEquals([...store.splits].sort(), Object.keys(expected).sort());
  for (const [name, wanted] of Object.entries(expected) as [SplitName, ExpectedSplit][]) {
    const split = await store.split(name);
    assert(split.source.kind === "list");
    const { ids } = split.source;
    assertEquals(Array.from(ids), [...wanted.rows], `rows of "${name}"`);
    const { inputs, labels } = await split.read(ids);
    const { data } = inputs[0]!;
    assertEquals(Array.from(data.subarray(0, wanted.first.length)), [...wanted.first], name);
    assertEquals(createHash("sha256").update(data).digest("hex"), wanted.sha256, name);
    if (wanted.labels === undefined) assert(!split.labelled, `"${name}" has no labels`);
    else assertEquals(Array.from(labels!.data), [...wanted.labels], `labels of "${name}"`);
  }
}
