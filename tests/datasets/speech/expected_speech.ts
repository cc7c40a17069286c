/**
 * What librosa and NumPy made of the miniature speech data sets, and the comparison with a store.
 *
 * @module
 */

import type { SplitName } from "../../../lib/documents/store_manifest.ts";
import { assert, assertEquals } from "../../assert.ts";
import type { MemoryStore } from "../memory_store.ts";
import { fromFileUrl } from "../../../lib/util/path.ts";

/** Cells and mean of one normalised picture. */
interface ExpectedPicture {
  /** Values at every band of {@linkcode ExpectedSpeech} and every frame, frame fastest. */
  readonly cells: readonly number[];
  readonly mean: number;
}

interface ExpectedSplit {
  readonly names: readonly string[];
  readonly labels?: readonly number[];
  readonly pictures: readonly ExpectedPicture[];
}

/** Splits by name. */
export type ExpectedSplits = Partial<Readonly<Record<SplitName, ExpectedSplit>>>;

/** Folder of the miniatures. */
export const rawSpeech = fromFileUrl(new URL("../../fixtures/raw/", import.meta.url));

const side = 224;
const tolerance = 1e-3;
const { bands, frames, ...all } = JSON.parse(Deno.readTextFileSync(`${rawSpeech}speech.json`));

/** Expected splits of a data set, and of one of its variants where it has several. */
export function expectedSplits(dataset: string, variant?: string): ExpectedSplits {
  return variant === undefined ? all[dataset] : all[dataset][variant];
}

/** Compares names of splits, order, labels and pictures. */
export function assertSplits(store: MemoryStore, expected: ExpectedSplits): void {
  assertEquals(Object.keys(store.lists).sort(), Object.keys(expected).sort());
  const [column] = store.declaration.columns;
  const [mean, deviation] = [column!.mean![0]!, column!.deviation![0]!];
  for (const [split, { names, labels, pictures }] of Object.entries(expected)) {
    const rows = store.lists[split as SplitName]!;
    assertEquals(rows.length, names.length, split);
    assertEquals(
      rows.map((row) => store.labels[row]),
      Array.from(labels ?? rows, (label) => labels === undefined ? undefined : label),
      split,
    );
    rows.forEach((row, i) => {
      const values = store.rows[row]![0]!;
      const at = (band: number, frame: number) => (values[band * side + frame]! - mean) / deviation;
      const actual = bands.flatMap((band: number) => frames.map((t: number) => at(band, t)));
      const worst = actual.reduce(
        (most: number, value: number, k: number) =>
          Math.max(most, Math.abs(value - pictures[i]!.cells[k]!)),
        0,
      );
      assert(worst < tolerance, `${split}, "${names[i]}": a cell is off by ${worst}`);
      let sum = 0;
      for (const value of values) sum += (value - mean) / deviation;
      const error = Math.abs(sum / values.length - pictures[i]!.mean);
      assert(error < tolerance / 10, `${split}, "${names[i]}": the mean is off by ${error}`);
    });
  }
}
