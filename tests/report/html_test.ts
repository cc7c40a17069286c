import { createHash } from "node:crypto";
import { assert, assertEquals } from "../assert.ts";
import { composeReport } from "../../lib/report/document.ts";
import { renderHtml } from "../../lib/report/html.ts";
import { publishedNumbers } from "../../lib/report/published.ts";
import type { Results } from "../../lib/report/results.ts";
import { adaptation, curve, experiment, imageGallery, scoreRecord } from "./builders.ts";
import { checkWellFormed, parsePage } from "./parse.ts";
import { hostileName } from "./tables.ts";

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
