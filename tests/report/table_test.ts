import { assertEquals } from "../assert.ts";
import { cellText, footnoteLetters, footnotes, publishedText } from "../../lib/report/table.ts";
import { smallTable } from "./tables.ts";

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
