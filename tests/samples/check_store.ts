/**
 * Turns samples into a store and compares it with what their files say.
 *
 * @module
 */

import { type StoreSummary, summarizeStore } from "../../cli/commands/inspect.ts";
import { openStore, type Store } from "../../lib/store/store.ts";
import { tokenizeDataset } from "../../lib/datasets/tokenize_dataset.ts";
import { DataError } from "../../lib/util/errors.ts";
import type { SampleLayout } from "./sample_layout.ts";

/** Samples of each split that ranges of values are taken from. */
const measured = 1_000;
/** Rows whose values are compared with the raw files. */
const spots = 5;

/** What a store was found to hold. */
export interface StoreFacts {
  readonly summary: StoreSummary;
  /** First values and label of one sample, for the eye. */
  readonly spot: string;
  /** Number of values that were compared with the raw files. */
  readonly compared: number;
  readonly warnings: readonly string[];
}

/**
 * Tokenizes samples and checks counts, labels, values and digests.
 *
 * @param raw Folder of the samples.
 * @param out Folder of the store.
 * @throws {DataError} If the store is not what the files say.
 */

export async function checkStore(
  layout: SampleLayout,
  raw: string,
  out: string,
): Promise<StoreFacts> {
  const { dataset, variant, options } = layout;
  const warnings: string[] = [];
  const manifest = await tokenizeDataset(dataset, {
    ...{ raw, out, variant, force: true },
    ...(options === undefined ? {} : { options }),
    warn: (message) => void warnings.push(message),
  });
  const rows = await layout.rows(raw);
  if (manifest.rows !== rows) {
    throw new DataError(`The store has ${manifest.rows} rows, the files hold ${rows} samples`);
  }
  await using store = await openStore(out);
  const summary = await summarizeStore(store, measured);
  const classes = await layout.classes?.(raw);
  if (classes !== undefined) checkClasses(summary, classes);
  return { summary, warnings, ...await checkSpots(store, layout, raw) };
}

/** Compares the samples of each class, over all splits. */
function checkClasses({ splits }: StoreSummary, expected: readonly number[]): void {
  const found = expected.map((_, label) =>
    splits.reduce((sum, { classes }) => sum + (classes?.[label]?.count ?? 0), 0)
  );
  const label = found.findIndex((count, i) => count !== expected[i]);
  if (label < 0 && splits.every(({ classes }) => classes?.length === expected.length)) return;
  throw new DataError(
    `The store has ${found.join(", ")} samples by class, the files are ${expected.join(", ")}`,
  );
}

/** Compares some rows with the raw files and shows the first one. */
async function checkSpots(
  store: Store,
  layout: SampleLayout,
  raw: string,
): Promise<Pick<StoreFacts, "spot" | "compared">> {
  const split = await store.split(store.splits.includes("train") ? "train" : store.splits[0]!);
  const ids = split.source.kind === "list" ? split.source.ids : new Uint32Array(0);
  let compared = 0;
  let spot = "";
  for (let k = 0; k < spots; k++) {
    const row = ids[Math.floor(k * (ids.length - 1) / (spots - 1))]!;
    const { inputs, labels } = await split.read(Uint32Array.of(row));
    const values = Array.from(inputs[0]!.data);
    const shown = values.slice(0, 4).map((value) => Number(value.toPrecision(5))).join(" ");
    if (k === 0) spot = `row ${row}: ${shown}${labels ? `, label ${labels.data[0]}` : ""}`;
    const expected = await layout.spot?.(raw, row);
    if (expected === undefined) continue;
    const at = values.findIndex((value, i) => value !== expected[i]);
    if (at >= 0 || expected.length !== values.length) {
      throw new DataError(
        `Row ${row} has ${values[at]} as value ${at}, the raw file has ${expected[at]}`,
      );
    }
    compared += values.length;
  }
  return { spot, compared };
}
