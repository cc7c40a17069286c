import { assert, assertEquals } from "../assert.ts";
import { renderHtmlTable } from "../../lib/report/html_table.ts";
import { checkWellFormed, parsePage } from "./parse.ts";
import { hostileName, hostileTable, smallTable } from "./tables.ts";

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
