/**
 * A table from result records in memory, without files:
 *
 *     deno run --allow-read --allow-env examples/report_in_memory.ts RESULT.json...
 *
 * @module
 */

import {
  buildTable,
  groupRecords,
  renderMarkdownTable,
  type ResultRecord,
  scoresOf,
} from "../mod.ts";

/** Data sets in rows, methods in columns, means over seeds with their intervals. */
export function main(records: readonly ResultRecord[]): string {
  const groups = groupRecords(records.map((record, i) => scoresOf(record, `record ${i}`)));
  return renderMarkdownTable(buildTable(groups, { id: "mine", title: "My runs", rows: "dataset" }));
}

if (import.meta.main) {
  const texts = await Promise.all(Deno.args.map((path) => Deno.readTextFile(path)));
  console.log(main(texts.map((text) => JSON.parse(text))));
}
