/**
 * A report as one self-contained HTML page: works offline, from a file, without other resources.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { DatasetSection, ReportDocument } from "./document.ts";
import { publishedTables } from "./published.ts";
import type { Mark } from "./statistics.ts";
import { escapeXml, type Figure } from "./charts.ts";
import { type Cell, type Column, footnoteLetters, markSymbols, type Table } from "./table.ts";
import { colorVariables, pageTheme } from "./theme.ts";

/** A part of the page that the navigation leads to. */
interface Section {
  readonly id: string;
  readonly title: string;
  readonly html: string;
}

/** Renders a report as a page. */
export function renderHtml(document: ReportDocument): string {
  const sections = sectionsOf(document);
  const title = escapeXml(document.title);
  const links = sections.map(({ id, title }) =>
    `<li><a href="#${id}">${escapeXml(title)}</a></li>`
  );
  const findings = document.findings.map((text) => `${escapeXml(text)}.`);
  const lead = findings.length > 1
    ? `<ul class="lead">${findings.map((text) => `<li>${text}</li>`).join("")}</ul>`
    : findings.map((text) => `<p class="lead">${text}</p>`).join("");
  const body = sections.map(({ id, title, html }) =>
    `<section aria-labelledby="${id}"><h2 id="${id}">${escapeXml(title)}</h2>\n${html}</section>`
  );
  const records = document.provenance.rows.length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy()}">
<meta name="generator" content="metamae">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the results</a>
<header>
<p class="kind">metamae report</p>
<h1>${title}</h1>
${lead}
<nav aria-label="Sections"><ul>${links.join("")}</ul></nav>
</header>
<main id="main">
${body.join("\n")}
</main>
<footer>Made by <code>metamae report</code> from ${records} result records.</footer>
<script>${pageScript}</script>
</body>
</html>
`;
}

/** Nothing may be loaded, and no script may run but the page's own. */
function contentPolicy(): string {
  const digest = createHash("sha256").update(pageScript).digest("base64");
  return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; " +
    `script-src 'sha256-${digest}'`;
}

function sectionsOf(document: ReportDocument): readonly Section[] {
  const { overview, datasets, training, health, decoderDepth, galleries, cells, skipped } =
    document;
  const sections: Section[] = overview.map((table) => ({
    id: table.id,
    title: table.title,
    html: renderHtmlTable(table) +
      (isStudy(table) ? figureGrid(decoderDepth) : ""),
  }));
  for (const dataset of datasets) {
    sections.push({ id: dataset.id, title: dataset.title, html: datasetHtml(dataset) });
  }
  if (training.length > 0) {
    const html = figureGrid(training) +
      (health.length === 0 ? "" : disclosure("Health of the runs", figureGrid(health)));
    sections.push({ id: "training", title: "Training curves", html });
  }
  if (galleries.length > 0) {
    const html =
      `<p>Held-out samples. Patches that were visible are shown as they are; the others ` +
      `are what the decoder fills in.</p>${figureGrid(galleries)}`;
    sections.push({ id: "galleries", title: "Reconstructions", html });
  }
  sections.push({
    id: "provenance",
    title: "Provenance",
    html: `<div class="wide">${renderHtmlTable(document.provenance)}</div>` +
      allNumbers(document.results) +
      disclosure(document.published.title, renderHtmlTable(document.published)),
  });
  if (cells !== undefined) {
    const html = `<div class="wide">${renderHtmlTable(cells)}</div>`;
    sections.push({ id: cells.id, title: cells.title, html });
  }
  if (skipped !== undefined) {
    sections.push({ id: skipped.id, title: skipped.title, html: renderHtmlTable(skipped) });
  }
  return sections;
}

/** Whether a table varies the decoder of a method. */
function isStudy({ id }: Table): boolean {
  return publishedTables.some((table) => table.id === id && table.varied !== undefined);
}

function datasetHtml(section: DatasetSection): string {
  const remarks = section.remarks.map((remark) => `<p class="remark">${escapeXml(remark)}.</p>`);
  const notes = section.notes.length === 0
    ? ""
    : `<h3>About the data</h3><ul>${
      section.notes.map((note) => `<li>${escapeXml(note)}</li>`).join("")
    }</ul>`;
  return renderHtmlTable(section.scores) + remarks.join("") +
    figureGrid(section.figures) +
    notes + disclosure("All settings", renderHtmlTable(section.settingsTable));
}

function figureGrid(figures: readonly Figure[]): string {
  const items = figures.map((figure) =>
    `<figure id="${escapeXml(figure.id)}"><figcaption>${escapeXml(figure.title)}</figcaption>` +
    `${figure.draw(pageTheme)}</figure>`
  );
  return `<div class="figures">${items.join("\n")}</div>`;
}

/** Rows up to which the page holds every number: a phone should still open it. */
const mostRows = 1000;

function allNumbers(table: Table): string {
  if (table.rows.length <= mostRows) {
    return disclosure(table.title, renderHtmlTable(table));
  }
  const count = table.rows.length.toLocaleString("en-US");
  return `<p>All ${count} numbers with their digits are in <code>report.csv</code>.</p>\n`;
}

function disclosure(title: string, html: string): string {
  return `<details><summary>${escapeXml(title)}</summary>${html}</details>\n`;
}

/** Options of {@linkcode renderHtmlTable}. */
export interface HtmlTableOptions {
  /**
   * Level of the heading; 0 leaves it out, and the title names the table for screen readers only.
   */
  readonly level?: 0 | 2 | 3;
}

const markTitles: Readonly<Record<Mark, string>> = {
  within: "the published number lies within our 95 % confidence interval",
  above: "our 95 % confidence interval lies above the published number",
  below: "our 95 % confidence interval lies below the published number",
};

/** A table with its heading, caption and footnotes; the page's script makes it sortable. */
export function renderHtmlTable(table: Table, { level = 0 }: HtmlTableOptions = {}): string {
  const letters = footnoteLetters(table);
  const id = escapeXml(table.id);
  const title = escapeXml(table.title);
  const heading = level === 0 ? "" : `<h${level} id="${id}">${title}</h${level}>`;
  const head = table.columns.map((column) =>
    `<th scope="col"${classes(column)}>${escapeXml(column.title)}</th>`
  );
  const row = (cells: readonly Cell[]) =>
    `<tr>${cells.map((cell, i) => htmlCell(cell, i, table, letters)).join("")}</tr>`;
  const body = table.rows.map(row).join("\n");
  const summary = table.summary ?? [];
  const foot = summary.length === 0 ? "" : `<tfoot>${summary.map(row).join("\n")}</tfoot>`;
  const caption = table.caption === "" ? "" : `<p class="caption">${escapeXml(table.caption)}.</p>`;
  const notes = [...letters].map(([note, letter]) =>
    `<li id="${id}-${letter}"><sup>${letter}</sup> ${escapeXml(note)}</li>`
  );
  return `${heading}<div class="scroll" role="region" aria-label="${title}" tabindex="0">` +
    `<table><thead><tr>${head.join("")}</tr></thead>\n<tbody>${body}</tbody>${foot}</table></div>` +
    caption + (notes.length === 0 ? "" : `<ul class="notes">${notes.join("")}</ul>`);
}

function htmlCell(
  cell: Cell,
  index: number,
  table: Table,
  letters: ReadonlyMap<string, string>,
): string {
  const text = escapeXml(cell.text);
  const letter = cell.note === undefined ? undefined : letters.get(cell.note);
  const reference = letter === undefined
    ? ""
    : `<sup><a href="#${
      escapeXml(table.id)
    }-${letter}" aria-label="note ${letter}">${letter}</a></sup>`;
  const detail = cell.detail === undefined ? "" : ` <small>${escapeXml(cell.detail)}</small>`;
  const contents = (cell.best ? `<strong>${text}</strong>` : text) + reference + detail +
    publishedHtml(cell);
  if (index === 0) return `<th scope="row">${contents}</th>`;
  const value = cell.value === undefined ? cell.text : cell.value ?? "";
  return `<td${classes(table.columns[index]!, cell.value === null)} data-value="${
    escapeXml(String(value))
  }">` +
    `${contents}</td>`;
}

function publishedHtml({ published }: Cell): string {
  if (published === undefined) return "";
  const { text, mark } = published;
  const symbol = mark === undefined
    ? ""
    : ` <span class="${mark}" role="img" aria-label="${markTitles[mark]}" ` +
      `title="${markTitles[mark]}">${markSymbols[mark]}</span>`;
  return ` <small>(${escapeXml(text)}${symbol})</small>`;
}

function classes({ align }: Column, isEmpty = false): string {
  const names = [...(align === "right" ? ["number"] : []), ...(isEmpty ? ["empty"] : [])];
  return names.length === 0 ? "" : ` class="${names.join(" ")}"`;
}

/** JavaScript of the page. Without it the tables are complete, only not sortable. */
export const pageScript = `
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  if (body.rows.length < 2) continue;
  const keyOf = (row, i) => {
    const cell = row.cells[i];
    return cell.dataset.value ?? cell.textContent;
  };
  const compare = (a, b) => {
    if (a === "" || b === "") return 0;
    const difference = Number(a) - Number(b);
    return Number.isNaN(difference) ? a.localeCompare(b) : difference;
  };
  [...table.tHead.rows[0].cells].forEach((heading, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const sign = heading.ariaSort === "descending" ? 1 : -1;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const rows = [...body.rows].map((row) => ({ row, key: keyOf(row, i) }));
      rows.sort((a, b) =>
        (a.key === "") - (b.key === "") || sign * compare(a.key, b.key)
      );
      body.append(...rows.map(({ row }) => row));
    });
  });
}
`.trim();

/** CSS of the page: light or dark as the reader's system says, from phones to wide screens. */
export const pageStyle = `
:root{color-scheme:light dark;${colorVariables("light")}}
@media (prefers-color-scheme:dark){:root{${colorVariables("dark")}}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--background);color:var(--text);
  font:16px/1.6 system-ui,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;
  overflow-wrap:anywhere}
main,header,footer{max-width:68rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:3rem}
.kind{margin:0;color:var(--accent);font-size:.8rem;font-weight:650;letter-spacing:.08em;
  text-transform:uppercase}
h1{margin:.2rem 0 .8rem;font-size:clamp(1.7rem,5vw,2.4rem);line-height:1.15;
  letter-spacing:-.02em;font-weight:700;text-wrap:balance}
h2{margin:3.2rem 0 .9rem;padding-top:1.1rem;border-top:1px solid var(--grid);font-size:1.35rem;
  line-height:1.25;letter-spacing:-.01em}
h3{margin:2rem 0 .6rem;font-size:1.05rem;line-height:1.3}
p{margin:.6rem 0;max-width:46rem}
.lead{font-size:1.1rem;line-height:1.55}
.lead li{margin:.35rem 0}
ul.lead{padding-left:1.2rem;max-width:46rem}
a{color:var(--accent);text-underline-offset:.15em}
a:focus-visible,button:focus-visible,summary:focus-visible,.scroll:focus-visible{
  outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--background);padding:.4rem .8rem;z-index:1}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;margin:1.4rem 0 0;padding:0;
  font-size:.92rem}
.scroll{overflow-x:auto;margin:.8rem 0 .4rem}
table{border-collapse:collapse;width:100%;font-size:.92rem;line-height:1.4;
  border-top:2px solid var(--text);border-bottom:2px solid var(--text)}
th,td{padding:.5rem .7rem;text-align:left;vertical-align:baseline;overflow-wrap:normal}
th:first-child,td:first-child{padding-left:.15rem}
th:last-child,td:last-child{padding-right:.15rem}
thead th{border-bottom:1px solid var(--text);font-weight:600;vertical-align:bottom}
tbody tr+tr>*{border-top:1px solid var(--grid)}
tbody tr:hover>*{background:var(--surface)}
tbody th,tfoot th{font-weight:500}
tfoot tr:first-child>*{border-top:1px solid var(--text)}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead .number{white-space:normal}
.number small{display:block}
.empty small{display:inline}
small{color:var(--muted);font-size:.82em;font-weight:400}
sup{line-height:0;font-size:.75em}
.above{color:var(--good);font-weight:700}
.below{color:var(--bad);font-weight:700}
th button{all:unset;cursor:pointer;font:inherit}
th[aria-sort=ascending] button::after{content:" ↑"}
th[aria-sort=descending] button::after{content:" ↓"}
th button:hover{color:var(--accent)}
.remark{font-size:.92rem}
.caption,.notes{color:var(--muted);font-size:.86rem;line-height:1.5}
.notes{list-style:none;padding:0;margin:.3rem 0;max-width:46rem}
.figures{display:grid;gap:1.6rem 2.4rem;margin:1.4rem 0;
  grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr))}
figure{margin:0;max-width:34rem}
figcaption{font-weight:600;font-size:.95rem;margin-bottom:.5rem}
figure svg{display:block;max-width:100%;height:auto}
details{margin:1rem 0}
summary{cursor:pointer;font-weight:600;font-size:.95rem}
.wide :is(td,th){font-size:.86rem;white-space:nowrap}
code{font:.88em ui-monospace,"Cascadia Mono","Liberation Mono",monospace}
footer{margin-top:4rem;padding-top:1rem;padding-bottom:3rem;border-top:1px solid var(--grid);
  color:var(--muted);font-size:.86rem}
@media (max-width:40rem){
  header{padding-top:1.6rem}
  h2{margin-top:2.4rem}
  th,td{padding:.45rem .5rem}
}
@media print{.skip,nav{display:none}details{break-inside:avoid}figure{break-inside:avoid}}
`.trim();
