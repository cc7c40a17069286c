/**
 * Counts of kept and corrupted tokens and of split rows against recorded ones.
 *
 * @module
 */

import { testCount, trainCount } from "../../lib/reference/splits.ts";
import { corruptedCount, keptCount } from "../../lib/spec/lengths.ts";
import type { CaseResult, FixtureCase } from "./fixture_case.ts";
import { createTally } from "./tolerance.ts";

type Row = Readonly<Record<string, number>>;

/** Runs a case of kind `lengths`. */
export function run(fixture: FixtureCase): Promise<CaseResult> {
  const tally = createTally(fixture);
  const check = (table: string, column: string, compute: (row: Row) => number) => {
    const rows = fixture.document[table] as Row[];
    const recorded = rows.map((row) => row[column]!);
    tally.compare(`${table}/${column}`, rows.map(compute), recorded, "exact");
  };

  check("keep_len", "keep", (row) => keptCount(row.L!, row.mask_ratio!));
  check("dabs_corrupt_len", "corrupted", (row) => corruptedCount(row.L!, row.corruption_rate!));
  check("split_len", "train", (row) => trainCount(row.n!));
  check("split_len", "test", (row) => testCount(row.n!, "metamae"));
  check("split_len", "dabs_train", (row) => trainCount(row.n!));
  check("split_len", "dabs_val", (row) => testCount(row.n!, "dabs"));
  return Promise.resolve(tally.result());
}
