import { parseHTML } from "linkedom";
import { assertEquals } from "../assert.ts";
import { renderHtmlTable } from "../../lib/report/html_table.ts";
import { pageScript } from "../../lib/report/page_script.ts";
import type { Table } from "../../lib/report/table.ts";
import type { ParsedElement } from "./parse.ts";

interface Clickable extends ParsedElement {
  click(): void;
}

const table: Table = {
  id: "t",
  title: "t",
  caption: "",
  columns: [
    { title: "Method", align: "left" },
    { title: "Score", align: "right" },
    { title: "Note", align: "left" },
  ],
  rows: [
    [{ text: "b" }, { text: "9.0", value: 9 }, { text: "x" }],
    [{ text: "c" }, { text: "–", value: null }, { text: "z" }],
    [{ text: "a" }, { text: "10.0", value: 10 }, { text: "y" }],
  ],
  summary: [[{ text: "Mean" }, { text: "9.5", value: 9.5 }, { text: "" }]],
};

/** The page's table after its script ran, with functions to press a heading and read the rows. */
function run(shown: Table) {
  const html = renderHtmlTable(shown, { level: 0 });
  const { document } = parseHTML(`<!doctype html><html><body>${html}</body></html>`) as unknown as {
    document: ParsedElement;
  };
  // The parser knows no table properties, which every browser has.
  const element = document.querySelector("table")! as ParsedElement & Record<string, unknown>;
  const rowsIn = (name: string) => [...element.querySelectorAll(`${name} tr`)];
  for (const row of [...rowsIn("thead"), ...rowsIn("tbody")]) {
    Object.defineProperty(row, "cells", { get: () => [...row.querySelectorAll("th,td")] });
  }
  const section = (name: string) =>
    Object.defineProperty(element.querySelector(name)!, "rows", { get: () => rowsIn(name) });
  Object.assign(element, { tHead: section("thead"), tBodies: [section("tbody")] });
  for (const heading of element.querySelectorAll("thead th")) {
    Object.defineProperty(heading, "ariaSort", {
      get: () => heading.getAttribute("aria-sort"),
    });
  }
  new Function("document", pageScript)(document);
  return {
    buttons: element.querySelectorAll("thead button").length,
    press: (i: number) => ([...element.querySelectorAll("thead button")][i] as Clickable).click(),
    names: () => rowsIn("tbody").map((row) => row.querySelector("th")!.textContent).join(""),
    sorted: () =>
      [...element.querySelectorAll("thead th")].map((th) => th.getAttribute("aria-sort")),
    last: () => rowsIn("tfoot")[0]!.querySelector("th")!.textContent,
  };
}

Deno.test("pageScript sorts by number, the largest first, then the smallest, blanks last", () => {
  const { press, names, sorted, last } = run(table);
  assertEquals(names(), "bca");
  press(1);
  assertEquals(names(), "abc");
  assertEquals(sorted(), [null, "descending", null]);
  press(1);
  assertEquals(names(), "bac");
  assertEquals(sorted(), [null, "ascending", null]);
  assertEquals(last(), "Mean", "the summary stays below");
});

Deno.test("pageScript sorts texts, and marks only the column that was pressed last", () => {
  const { press, names, sorted } = run(table);
  press(1);
  press(2);
  assertEquals(names(), "cab");
  press(2);
  assertEquals(names(), "bac");
  assertEquals(sorted(), [null, null, "ascending"]);
});

Deno.test("pageScript leaves tables of one row alone", () => {
  assertEquals(run(table).buttons, 3);
  assertEquals(run({ ...table, rows: table.rows.slice(0, 1) }).buttons, 0);
});
