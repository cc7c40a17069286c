/**
 * A report as one self-contained HTML page: works offline, from a file, without other resources.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { DatasetSection, ReportDocument } from "./document.ts";
import { escapeXml } from "./escape_xml.ts";
import { renderHtmlTable } from "./html_table.ts";
import { pageScript } from "./page_script.ts";
import { pageStyle } from "./page_style.ts";
import type { Figure } from "./svg.ts";
import type { Table } from "./table.ts";
import { pageTheme } from "./theme.ts";

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
<footer>Made by <code>metamae report</code> from ${document.provenance.rows.length} result records.</footer>
<script>${pageScript}</script>
</body>
</html>
`;
}

/** Nothing may be loaded, and no script may run but the page's own. */
function contentPolicy(): string {
  const digest = createHash("sha256").update(pageScript).digest("base64");
  return `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${digest}'`;
}

function sectionsOf(document: ReportDocument): readonly Section[] {
  const { overview, datasets, training, health, decoderDepth, galleries, cells, skipped } =
    document;
  const sections: Section[] = overview.map((table) => ({
    id: table.id,
    title: table.title,
    html: renderHtmlTable(table, { level: 0 }) +
      (table.id === "decoder-ablation" ? figureGrid(decoderDepth) : ""),
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
    html: `<div class="wide">${renderHtmlTable(document.provenance, { level: 0 })}</div>` +
      allNumbers(document.results) +
      disclosure(document.published.title, renderHtmlTable(document.published, { level: 0 })),
  });
  if (cells !== undefined) {
    sections.push({
      id: cells.id,
      title: cells.title,
      html: `<div class="wide">${renderHtmlTable(cells, { level: 0 })}</div>`,
    });
  }
  if (skipped !== undefined) {
    sections.push({
      id: "skipped",
      title: skipped.title,
      html: renderHtmlTable(skipped, { level: 0 }),
    });
  }
  return sections;
}

function datasetHtml(section: DatasetSection): string {
  const remarks = section.remarks.map((remark) => `<p class="remark">${escapeXml(remark)}.</p>`);
  const notes = section.notes.length === 0
    ? ""
    : `<h3>About the data</h3><ul>${
      section.notes.map((note) => `<li>${escapeXml(note)}</li>`).join("")
    }</ul>`;
  return renderHtmlTable(section.scores, { level: 0 }) + remarks.join("") +
    figureGrid(section.figures) +
    notes + disclosure("All settings", renderHtmlTable(section.settingsTable, { level: 0 }));
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
    return disclosure(table.title, renderHtmlTable(table, { level: 0 }));
  }
  const count = table.rows.length.toLocaleString("en-US");
  return `<p>All ${count} numbers with their digits are in <code>report.csv</code>.</p>\n`;
}

function disclosure(title: string, html: string): string {
  return `<details><summary>${escapeXml(title)}</summary>${html}</details>\n`;
}
