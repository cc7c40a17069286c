import { displayWidth, formatFacts, formatTable, wrapWords } from "../../lib/terminal/table.ts";
import { assertEquals } from "../assert.ts";

Deno.test("formatTable aligns columns by display width", () => {
  const table = formatTable(
    [{ title: "name" }, { title: "n", align: "right" }, { title: "what" }],
    [["é", "5", "a"], ["漢字", "12345", "b"]],
  );
  assertEquals(table, ["name      n  what", "é         5  a", "漢字  12345  b"].join("\n"));
});

Deno.test("formatTable wraps the elastic column to the width of the screen", () => {
  const table = formatTable(
    [{ title: "a" }, { title: "long", elastic: true }],
    [["x", "a text that is too long for this screen"], ["y", "short"]],
    { width: 24 },
  );
  assertEquals(
    table,
    ["a  long", "x  a text that is too", "   long for this screen", "y  short"].join("\n"),
  );
});

Deno.test("wrapWords keeps a word that is longer than the width", () => {
  assertEquals(wrapWords("a incomprehensible b", 5), ["a", "incomprehensible", "b"]);
});

Deno.test("formatTable shows control characters instead of obeying them", () => {
  assertEquals(
    formatTable([{ title: "a" }, { title: "b" }], [["x\ny", "\x1b[31mred"]]),
    "a     b\nx\\ny  \\x1b[31mred",
  );
});

Deno.test("formatTable pads before it marks up the header", () => {
  const table = formatTable([{ title: "a" }, { title: "b" }], [["xxx", "y"]], {
    header: (line) => `<${line}>`,
  });
  assertEquals(table, "<a    b>\nxxx  y");
});

Deno.test("formatFacts aligns values and leaves out what is not known", () => {
  assertEquals(
    formatFacts([["a", "1"], ["gone", undefined], ["long name", "2"]]),
    "a          1\nlong name  2",
  );
});

Deno.test("displayWidth counts what a terminal shows", () => {
  assertEquals(["", "abc", "e\u0301", "漢", "👩‍🔬"].map(displayWidth), [0, 3, 1, 2, 2]);
});
