import { createHash } from "node:crypto";
import { assert, assertEquals } from "../assert.ts";
import { composeReport } from "../../lib/report/document.ts";
import { pageScript, pageStyle, renderHtml, renderHtmlTable } from "../../lib/report/html.ts";
import { publishedNumbers } from "../../lib/report/published.ts";
import type { Results } from "../../lib/report/results.ts";
import { adaptation, curve, experiment, imageGallery, scoreRecord } from "./builders.ts";
import { checkWellFormed, type ParsedElement, parsePage } from "./parse.ts";
import { hostileName, hostileTable, smallTable } from "./tables.ts";
import { parseHTML } from "linkedom";
import type { Table } from "../../lib/report/table.ts";
import { colorVariables } from "../../lib/report/theme.ts";

function page(name = "mnist"): string {
  const [scratch, mae] = [experiment(name, "scratch"), experiment(name, "mae", { note: name })];
  const results: Results = {
    scores: [
      scoreRecord(scratch, null, { source: name }),
      scoreRecord(mae, 0.9, { half: 0.04, notes: [name], source: name }),
      scoreRecord(experiment("pamap2", "metamae"), 0.9, { half: 0.001 }),
    ],
    adaptations: [adaptation(mae, 0.5, 0.4)],
    curves: [curve(mae, 2, 1)],
    galleries: [imageGallery(mae, 1)],
    skipped: [{ source: name, reason: name }],
  };
  return renderHtml(composeReport(results));
}

Deno.test("renderHtml() is well-formed, in English, with a title and a view for phones", () => {
  const text = page();
  checkWellFormed(text);
  const document = parsePage(text);
  assertEquals(document.querySelector("html")!.getAttribute("lang"), "en");
  assertEquals(document.querySelector("title")!.textContent, "Results on MNIST and PAMAP2");
  assertEquals(document.querySelectorAll("h1").length, 1);
  assert(document.querySelector("meta[name=viewport]") !== null);
  assert(document.querySelector("main") !== null);
});

Deno.test("renderHtml() names rows, columns, regions and pictures for screen readers", () => {
  const document = parsePage(page());
  for (const heading of document.querySelectorAll("thead th")) {
    assertEquals(heading.getAttribute("scope"), "col");
  }
  for (const row of document.querySelectorAll("tbody tr")) {
    assertEquals(row.querySelector("th")!.getAttribute("scope"), "row");
  }
  for (const region of document.querySelectorAll("[role=region]")) {
    assertEquals(region.getAttribute("tabindex"), "0");
    assert(region.getAttribute("aria-label") !== "");
  }
  const drawings = [...document.querySelectorAll("figure svg")];
  assert(drawings.length >= 5);
  for (const drawing of drawings) {
    assertEquals(drawing.getAttribute("role"), "img");
    assert(drawing.getAttribute("aria-label")!.length > 20);
  }
  const mark = document.querySelector(".above")!;
  assertEquals(mark.textContent, "↑");
  assert(mark.getAttribute("aria-label")!.includes("above the published number"));
});

Deno.test("renderHtml() has unique ids, and links only to them", () => {
  const document = parsePage(page());
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length, ids.join(" "));
  const targets = [...document.querySelectorAll("a")].map((a) => a.getAttribute("href")!);
  assert(targets.length > 5);
  for (const target of targets) assert(ids.includes(target.slice(1)), target);
  for (const section of document.querySelectorAll("section")) {
    assert(ids.includes(section.getAttribute("aria-labelledby")!));
  }
});

Deno.test("renderHtml() loads nothing and lets no script run but its own", () => {
  const text = page();
  const document = parsePage(text);
  for (const element of document.querySelectorAll("[src], [href], link, image")) {
    const target = element.getAttribute("src") ?? element.getAttribute("href")!;
    assert(target.startsWith("#") || target.startsWith("data:"), target);
  }
  const style = document.querySelector("style")!.textContent;
  assert(!/url\(|@import/.test(style));
  const policy = document.querySelector("meta[http-equiv]")!.getAttribute("content")!;
  const script = /<script>([\s\S]*?)<\/script>/.exec(text)![1]!;
  const digest = createHash("sha256").update(script).digest("base64");
  assert(policy.includes("default-src 'none'"));
  assert(policy.includes(`script-src 'sha256-${digest}'`));
});

Deno.test("renderHtml() escapes names everywhere", () => {
  const text = page(hostileName);
  checkWellFormed(text);
  assertEquals(text.match(/<script/g)!.length, 1);
  const document = parsePage(text);
  const titles = [...document.querySelectorAll("h2")].map(({ textContent }) => textContent);
  assert(titles.includes(hostileName), titles.join("; "));
  const cells = [...document.querySelectorAll("td")].map(({ textContent }) => textContent);
  assert(cells.includes(hostileName));
});

Deno.test("renderHtml() shows every published number with its source", () => {
  const document = parsePage(page());
  const tables = [...document.querySelectorAll("table")];
  const table = tables.find((table) => table.textContent.includes("DABS repository README"))!;
  assertEquals(table.querySelectorAll("tbody tr").length, publishedNumbers.length);
});

Deno.test("renderHtml() explains missing numbers in footnotes", () => {
  const document = parsePage(page());
  const note = document.querySelector("ul.notes li")!;
  assert(note.textContent.includes("the predictions are all equal"));
  const reference = document.querySelector(`a[href="#${note.id}"]`)!;
  assertEquals(reference.getAttribute("aria-label"), "note a");
});

Deno.test("renderHtmlTable() has heading, body, summary, caption and footnotes", () => {
  const html = renderHtmlTable(smallTable, { level: 2 });
  checkWellFormed(html);
  const document = parsePage(html);
  assertEquals(document.querySelector("h2#small")!.textContent, "In-domain accuracy");
  assertEquals(document.querySelectorAll("tbody tr").length, 2);
  assertEquals(document.querySelectorAll("tfoot tr").length, 1);
  assertEquals(document.querySelector("p.caption")!.textContent, "Mean over 3 seeds.");
  const notes = [...document.querySelectorAll(".notes li")].map((li) => [li.id, li.textContent]);
  assertEquals(notes, [
    ["small-a", "a the predictions are all equal"],
    ["small-b", "b of one data set"],
  ]);
});

Deno.test("renderHtmlTable() gives the script exact values to sort by", () => {
  const document = parsePage(renderHtmlTable(smallTable, { level: 0 }));
  const values = [...document.querySelectorAll("tbody td")].map((td) =>
    td.getAttribute("data-value")
  );
  assertEquals(values, ["69.8125", "90.2", "", "0.5"]);
  assertEquals(document.querySelector("h2"), null);
});

Deno.test("renderHtmlTable() shows the best in bold and the published number with its mark", () => {
  const document = parsePage(renderHtmlTable(smallTable, { level: 0 }));
  assertEquals(document.querySelectorAll("strong").length, 1);
  assertEquals(document.querySelector("strong")!.textContent, "90.2 ± 0.3");
  const texts = [...document.querySelectorAll("small")].map(({ textContent }) => textContent);
  assertEquals(texts, ["(69.8 ≈)", "(89.3 ↑)", "1 seed", "(0.53)"]);
});

Deno.test("renderHtmlTable() keeps a hostile name in its cell", () => {
  const html = renderHtmlTable(hostileTable, { level: 3 });
  checkWellFormed(html);
  assert(!html.includes("<script"));
  const document = parsePage(html);
  assertEquals(document.querySelector("tbody th")!.textContent, hostileName);
  assertEquals(document.querySelectorAll("tbody tr").length, 1);
});

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

Deno.test("pageStyle defines every variable that it uses, light and dark", () => {
  const used = new Set([...pageStyle.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name!));
  assert(used.size > 5);
  for (const name of used) assert(pageStyle.includes(`${name}:#`), name);
  assert(pageStyle.includes(colorVariables("light")));
  assert(pageStyle.includes(`prefers-color-scheme:dark){:root{${colorVariables("dark")}}`));
});

Deno.test("pageStyle balances its braces and cannot end the element that holds it", () => {
  assertEquals(pageStyle.split("{").length, pageStyle.split("}").length);
  assert(!pageStyle.includes("</"));
});

Deno.test("pageStyle shows the focus and respects readers who want no motion", () => {
  assert(/:focus-visible/.test(pageStyle));
  assert(/prefers-reduced-motion/.test(pageStyle));
});
