/**
 * The page that `metamae inspect` shows.
 *
 * @module
 */

import {
  formatBytes,
  formatCount,
  formatFacts,
  formatTable,
  type Style,
} from "../../lib/terminal/mod.ts";
import type { ClassCount, SplitSummary, StoreSummary, ValueRange } from "./store_summary.ts";

const mostClasses = 20;

/** Describes a store: contents, splits, classes, ranges, remarks. */
export function storePage(summary: StoreSummary, style: Style): string {
  const { task } = summary;
  const facts = formatFacts([
    ["data set", `${summary.dataset}, variant ${summary.variant}`],
    ["size", `${formatCount(summary.rows)} rows, ${formatBytes(summary.bytes)}`],
    ["digest", summary.digest],
    [
      "task",
      task === null ? "none" : `${task.kind}, ${formatCount(task.classes)} classes, ${task.metric}`,
    ],
    ["batch size", formatCount(summary.batchSize)],
    ["written by", `metamae ${summary.writer}`],
  ], style.dim);
  return [
    style.bold(summary.title),
    facts,
    "",
    splitTable(summary.splits, style),
    "",
    inputTable(summary, style),
    ...classSection(summary.splits, style),
    ...remarks(summary, style),
  ].join("\n");
}

function splitTable(splits: readonly SplitSummary[], style: Style): string {
  return formatTable(
    [{ title: "split" }, { title: "samples", align: "right" }, { title: "labels" }, {
      title: "kind",
    }],
    splits.map(({ name, count, labelled, kind, targets }) => [
      name,
      formatCount(count),
      targets !== null ? rangeText(targets) : labelled ? "yes" : "no",
      kind === "list" ? "listed" : "drawn afresh every epoch",
    ]),
    { header: style.bold },
  );
}

function inputTable({ inputs, measured }: StoreSummary, style: Style): string {
  const table = formatTable(
    [
      { title: "input" },
      { title: "patches", align: "right" },
      { title: "stored as" },
      { title: `values (of ${formatCount(measured)} samples)` },
    ],
    inputs.map((input) => [
      input.description,
      formatCount(input.patches),
      input.stored,
      rangeText(input.values),
    ]),
    { header: style.bold },
  );
  return table;
}

function classSection(splits: readonly SplitSummary[], style: Style): readonly string[] {
  const counted = splits.filter((split) => split.classes !== null);
  const classes = counted[0]?.classes;
  if (!classes) return [];
  const order = classes.length <= mostClasses
    ? classes
    : classes.toSorted((a, b) => b.count - a.count).slice(0, mostClasses);
  const countIn = (split: SplitSummary, { label }: ClassCount) => split.classes![label]!.count;
  const table = formatTable(
    [
      { title: "class" },
      ...counted.map(({ name }) => ({ title: name, align: "right" as const })),
    ],
    order.map((entry) => [
      entry.name ?? String(entry.label),
      ...counted.map((split) => formatCount(countIn(split, entry))),
    ]),
    { header: style.bold },
  );
  const rest = classes.length - order.length;
  return ["", rest === 0 ? table : `${table}\nand ${formatCount(rest)} rarer classes`];
}

function remarks({ notes, counters }: StoreSummary, style: Style): readonly string[] {
  const counted = Object.entries(counters).map(([name, count]) => `${name}: ${formatCount(count)}`);
  const lines = [...notes, ...counted].map((line) => `- ${line}`);
  return lines.length === 0 ? [] : ["", style.bold("Remarks"), ...lines];
}

function rangeText({ least, most, mean, deviation }: ValueRange): string {
  if (least === null || most === null || mean === null || deviation === null) return "none";
  return `${short(least)} to ${short(most)}, mean ${short(mean)}, deviation ${short(deviation)}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
