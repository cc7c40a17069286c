/**
 * Which samples a split has: a list of ids, or ranges that ids are drawn from.
 *
 * @module
 */

import { DataError, explained, join, sha256 } from "../util/mod.ts";
import { windowLength } from "./row_checks.ts";
import type { SplitName, StoreManifest, StoreSplit } from "../documents/mod.ts";

/** Consecutive starts of windows. */
export interface StartRange {
  readonly first: number;
  readonly starts: number;
}

/** Ranges that are drawn from as one, such as the recordings of one person and one activity. */
export interface StartGroup {
  /** Starts in all ranges together. */
  readonly starts: number;
  readonly ranges: readonly StartRange[];
}

/** Which samples a split has. */
export type SampleSource =
  | { readonly kind: "list"; readonly ids: Uint32Array<ArrayBuffer> }
  | { readonly kind: "drawn"; readonly groups: readonly StartGroup[] };

/**
 * Loads the samples of a split and checks them.
 *
 * @throws {DataError} If the file is damaged.
 */
export async function loadSamples(
  folder: string,
  name: SplitName,
  { kind, file }: Pick<StoreSplit, "kind" | "file">,
  { rows, layout, inputs }: StoreManifest,
): Promise<SampleSource> {
  const path = join(folder, file.name);
  const bytes = await explained(`Cannot read "${path}"`, () => Deno.readFile(path));
  const fail = (what: string) =>
    new DataError(`Cannot read the split "${name}" in "${path}": ${what}`, {
      hint: "The store is damaged: make it again with tokenize --force",
    });
  if (sha256(bytes) !== file.sha256) throw fail("its contents have changed since it was written");
  const words = new Uint32Array(bytes.buffer);
  const last = rows - windowLength(layout, inputs);
  if (kind === "list") {
    if (words.some((id) => id > last)) throw fail("it names rows that the store does not have");
    return { kind, ids: words };
  }
  const groups = new Map<number, { starts: number; ranges: StartRange[] }>();
  for (let i = 0; i < words.length; i += 3) {
    const [group, first, starts] = words.subarray(i, i + 3) as unknown as [number, number, number];
    if (starts === 0 || first + starts - 1 > last) throw fail("it names rows that are not there");
    const entry = groups.get(group) ?? { starts: 0, ranges: [] };
    entry.starts += starts;
    entry.ranges.push({ first, starts });
    groups.set(group, entry);
  }
  return { kind, groups: [...groups.values()] };
}
