import { assertEquals } from "../assert.ts";
import { listParts } from "../../lib/store/store_writer.ts";

Deno.test("listParts() lists parts that have rows and tells about those that have none", () => {
  const lists: [string, number[]][] = [];
  const notes: string[] = [];
  const warnings: string[] = [];
  listParts(
    { pretrain: [3, 1], train: new Uint32Array([2]), test: new Uint32Array(0) },
    { warn: (message) => void warnings.push(message) },
    {
      list: (name, rows) => void lists.push([name, Array.from(rows)]),
      note: (text) => void notes.push(text),
    },
  );
  assertEquals(lists, [["pretrain", [3, 1]], ["train", [2]]]);
  assertEquals(warnings, ['The split "test" is left out: there are too few rows for one of it']);
  assertEquals(notes, warnings);
});
