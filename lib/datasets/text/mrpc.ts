/**
 * MRPC as its authors hand it out: one table of training pairs, of which a list names those that GLUE
 * keeps for validation.
 *
 * @module
 */

import { readFileChunks } from "../../formats/bytes/mod.ts";
import { readSeparatedRows } from "../../formats/table/mod.ts";
import { DataError } from "../../util/mod.ts";
import { keepRow, type TableColumns } from "./split_files.ts";
import type { TextRow, TextRowListener } from "./tokenize_text.ts";

/**
 * Rows of the table, each in the split that the list puts it into.
 *
 * @param path The table, `msr_paraphrase_train.txt`.
 * @param idsPath The list, `mrpc_dev_ids.tsv`: two ids a line.
 * @throws {MissingError} If one of the two is not there.
 */
export async function* readMrpc(
  path: string,
  idsPath: string,
  columns: TableColumns,
  listener: TextRowListener,
): AsyncGenerator<TextRow> {
  listener.open("train");
  listener.open("test");
  const validation = new Set<string>();
  const ids = readSeparatedRows(readFileChunks(idsPath), { name: idsPath, columns: [0, 1] });
  for await (const { values: [first, second], line } of ids) {
    if (second === undefined) {
      throw new DataError(`Cannot read "${idsPath}": line ${line} has no two ids`);
    }
    validation.add(`${first}\t${second}`);
  }
  const rows = readSeparatedRows(readFileChunks(path), {
    name: path,
    columns: ["#1 ID", "#2 ID", ...columns.separated],
  });
  for await (const { values: [first, second, ...cells], line } of rows) {
    const split = validation.has(`${first}\t${second}`) ? "test" : "train";
    const row = keepRow(cells, columns, listener, `"${path}": line ${line}`);
    if (row !== undefined) yield { split, ...row };
  }
}
