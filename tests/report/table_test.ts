import { assertEquals } from "../assert.ts";
import {
  cellText,
  footnoteLetters,
  footnotes,
  publishedText,
  type Table,
  tableText,
} from "../../lib/report/table.ts";
import { smallTable } from "./tables.ts";
import { createStyle } from "../../lib/terminal/output.ts";

Deno.test("footnotes() come in reading order, each once, with letters", () => {
  assertEquals(footnotes(smallTable), ["the predictions are all equal", "of one data set"]);
  assertEquals([...footnoteLetters(smallTable).values()], ["a", "b"]);
  const many = {
    ...smallTable,
    rows: Array.from({ length: 28 }, (_, i) => [{ text: "x", note: `note ${i % 27}` }]),
    summary: [],
  };
  assertEquals([...footnoteLetters(many).values()].slice(-2), ["z", "aa"]);
});

Deno.test("cellText() puts further parts in parentheses", () => {
  assertEquals(cellText({ text: "1" }), "1");
  const published = { text: "89.3", mark: "below" } as const;
  assertEquals(cellText({ text: "1", detail: "2 seeds", published }), "1 (2 seeds; 89.3 ↓)");
  assertEquals(publishedText({ text: "–" }), "–");
});

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
