/**
 * What the command line tells of a result record.
 *
 * @module
 */

import type { MetricRecord, ResultRecord } from "../../lib/documents/mod.ts";
import { formatCount, formatFacts, formatLoss, formatTable } from "../../lib/terminal/mod.ts";
import { shellLine } from "../../lib/util/mod.ts";

/** The record without what only the report needs: predictions and resamples of every sample. */
export function resultDocument(record: ResultRecord) {
  const results = record.results.map((result) => {
    if ("skipped" in result) return result;
    const { correct: _, history: __, validation: ___, metrics, ...kept } = result;
    const plain = Object.entries(metrics).map(([name, metric]) => {
      const { replicates: _, ...rest } = "replicates" in metric
        ? metric
        : { ...metric, replicates: undefined };
      return [name, rest];
    });
    return { ...kept, metrics: Object.fromEntries(plain) };
  });
  return { ...record, results };
}

/**
 * The record as text.
 *
 * @param out File that it was written to.
 */
export function resultText(record: ResultRecord, out: string): string {
  const { run, dataset, variant, samples, losses, metric } = record;
  const rows = record.results.flatMap((result) =>
    "skipped" in result
      ? [[result.probe, latentTitle(result.latent), "", `none: ${result.skipped}`, ""]]
      : Object.entries(result.metrics).map(([name, value], i) => [
        i === 0 ? result.probe : "",
        i === 0 ? latentTitle(result.latent) : "",
        name === metric ? `${name} (published)` : name,
        ...valueCells(value),
      ])
  );
  return [
    formatFacts([
      ["run", `${run.method}, step ${formatCount(run.step)}, seed ${run.seed}`],
      ["data", `${dataset}, variant ${variant}`],
      ["samples", `${formatCount(samples.train)} train, ${formatCount(samples.test)} test`],
      [
        "loss z, z*",
        losses === null ? undefined : `${formatLoss(losses.before)}, ${formatLoss(losses.after)}`,
      ],
    ]),
    "",
    formatTable([
      { title: "probe" },
      { title: "features" },
      { title: "metric" },
      { title: "value" },
      { title: "95 % interval" },
    ], rows),
    "",
    record.selection,
    `Next: ${shellLine(["metamae", "report", out, "--out", "report"])}`,
  ].join("\n");
}

function valueCells(metric: MetricRecord): readonly [string, string] {
  if (metric.value === null) return [`undefined: ${metric.reason}`, ""];
  const { low, high } = metric.interval;
  return [
    metric.value.toFixed(4),
    low === null ? "" : `${low.toFixed(4)} to ${high.toFixed(4)}`,
  ];
}

/** How latents are called. */
export function latentTitle(latent: string): string {
  return latent === "zstar" ? "z*" : latent;
}
