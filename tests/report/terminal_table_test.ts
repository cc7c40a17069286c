import { createStyle } from "../../lib/terminal/output.ts";
import { tableText } from "../../lib/report/terminal_table.ts";
import type { Table } from "../../lib/report/table.ts";
import { assertEquals } from "../assert.ts";

const table: Table = {
  id: "t",
  title: "T",
  caption: "",
  columns: [{ title: "Method", align: "left" }, { title: "Score", align: "right" }],
  rows: [
    [{ text: "MAE" }, { text: "88.7", published: { text: "89.3", mark: "below" } }],
    [{ text: "MetaMAE" }, { text: "90.1", best: true }],
    [{ text: "Scratch" }, { text: "–", note: "it was not measured" }],
  ],
  summary: [[{ text: "Mean" }, { text: "89.4" }]],
};

Deno.test("tableText stars the best, shows published numbers and explains footnotes", () => {
  assertEquals(
    tableText(table, createStyle(false), Infinity),
    [
      "Method           Score",
      "MAE      88.7 (89.3 ↓)",
      "MetaMAE         90.1 *",
      "Scratch          – [a]",
      "Mean              89.4",
      "[a] it was not measured",
    ].join("\n"),
  );
});
