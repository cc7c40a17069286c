/**
 * `metamae report`: from result records to tables, a page and figures.
 *
 * @module
 */

import { z } from "zod";
import { defineCommand } from "../framework/mod.ts";
import type { ReportFormat, ReportSummary } from "../../lib/report/mod.ts";
import type { Output } from "../../lib/terminal/mod.ts";

const formats: readonly ReportFormat[] = ["md", "tex", "csv", "html", "json"];

/** `metamae report PATH...`. */
export const reportCommand = defineCommand({
  example: "metamae report mnist.json mnist.run mnist.features --out report",
  details: [
    "Takes result files of metamae probe, run folders (training curves), features folders " +
    "(pictures), and folders that hold any of them.",
    "With --require 'DATASET/METHOD>=X' it ends with exit code 8 if a score is lower; X is a " +
    "percentage for accuracies, F1 and AUROC.",
  ],
  argument: z.array(z.string())
    .meta({ metavar: "PATH", path: "any", description: "Results to report" }),
  options: z.strictObject({
    out: z.string().meta({
      metavar: "DIR",
      path: "directory",
      description: "Folder to write; an earlier report is replaced",
    }),
    format: z.array(z.enum(formats)).default([...formats])
      .meta({ metavar: "FORMAT", description: "Formats to write, separated by commas" }),
    require: z.array(z.string()).default([]).meta({
      metavar: "SCORE",
      description: "Scores that must be reached, such as 'mnist/metamae>=85'",
    }),
  }),
  async run({ arguments: paths, options, output }) {
    const { tableText, writeReport } = await import("../../lib/report/mod.ts");
    const summary = await writeReport({
      paths,
      out: options.out,
      formats: options.format,
      require: options.require,
    });
    for (const { source, reason } of summary.skipped) {
      output.warn(`"${source}" was left out: ${reason}`);
    }
    output.result(
      {
        schema: "metamae/report-summary",
        version: 1,
        out: summary.out,
        files: summary.files,
        records: summary.records,
        findings: summary.findings,
        skipped: summary.skipped,
        requirements: summary.requirements,
      },
      () => summaryText(summary, output, tableText),
    );
  },
});

function summaryText(
  { document, files, findings, out, requirements }: ReportSummary,
  { style, width }: Output,
  tableText: typeof import("../../lib/report/mod.ts").tableText,
): string {
  const tables = document.datasets.map(({ scores }) => scores);
  const met = requirements.map(({ requirement }) => `Reached: ${requirement.text}`);
  const page = files.find((file) => file.endsWith(".html")) ?? files.at(-1)!;
  return [
    ...tables.flatMap((table) => [style.bold(table.title), tableText(table, style, width), ""]),
    ...findings,
    ...met,
    `Wrote ${files.length} files into "${out}"; read "${out}/${page}"`,
  ].join("\n");
}
