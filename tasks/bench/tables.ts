/**
 * The report as text.
 *
 * @module
 */

import { describeInput } from "../../lib/spec/mod.ts";
import { formatTable, type TextColumn } from "../../lib/terminal/mod.ts";
import type { ComparisonName } from "./options.ts";
import { median, type Result, type Spread, spreadOf } from "./ratios.ts";
import type { BenchReport, GroupReport, Products } from "./report.ts";

const left = (title: string): TextColumn => ({ title });
const right = (title: string): TextColumn => ({ title, align: "right" });

/** All tables of a report. */
export function renderReport(report: BenchReport): string {
  const { comparison, preset, threads, rounds, groups } = report;
  const settings = [...new Set(groups.map(({ setting }) => setting))].map((setting) =>
    `${setting.id}: ${describeInput(setting.input)}, mask ratio ${setting.maskRatio}`
  );
  const how = `preset ${preset}, ${threads} ${threads === 1 ? "thread" : "threads"}, ` +
    `median of the timed steps${rounds > 1 ? `, ${rounds} rounds in turns` : ""}`;
  return [
    [...settings, how].join("\n"),
    stepTable(groups),
    ...groups.some(({ ratios }) => ratios.length > 0) ? [ratioTable(groups, comparison)] : [],
    ...groups.some(({ products }) => products !== undefined) ? [productTable(groups)] : [],
    ...pytorchNotes(report),
    ...unrestNotes(groups),
  ].join("\n\n");
}

/** One line a contestant: times, rates, memory; below the table why there are none. */
export function stepTable(groups: readonly GroupReport[]): string {
  const columns = [
    ...["setting", "method"].map(left),
    right("batch"),
    left("run"),
    ...["s/step", "min - max", "samples/s", "GFLOP/s", "first step", "peak MiB"]
      .map(right),
  ];
  const rows = groups.flatMap((group) =>
    group.results.map((result) => [
      group.setting.id,
      group.method,
      String(group.batchSize),
      result.name,
      ...measured(group.batchSize, result),
    ])
  );
  const problems = groups.flatMap(({ setting, method, batchSize, results }) =>
    results.flatMap(({ name, runs, problem }) =>
      runs.length > 0 || problem === undefined
        ? []
        : [`${setting.id}, ${method}, batch ${batchSize}, ${name}: ${problem}`]
    )
  );
  return [formatTable(columns, rows), ...problems].join("\n");
}

function measured(batchSize: number, { flops, runs }: Result): string[] {
  if (runs.length === 0) return ["–"];
  const { median: seconds } = spreadOf(runs.map((run) => median(run.seconds)));
  const all = spreadOf(runs.flatMap((run) => run.seconds));
  return [
    seconds.toFixed(3),
    `${all.min.toFixed(3)} - ${all.max.toFixed(3)}`,
    (batchSize / seconds).toFixed(1),
    (flops / seconds / 1e9).toFixed(0),
    `${median(runs.map((run) => run.firstStep)).toFixed(1)} s`,
    (Math.max(...runs.map((run) => run.peakBytes)) / 2 ** 20).toFixed(0),
  ];
}

/**
 * One line a comparison: ratios of the rounds. The first step is a matter between our own runs:
 * only they compile.
 */
export function ratioTable(groups: readonly GroupReport[], comparison: ComparisonName): string {
  const withFirst = comparison === "levers";
  const columns = [
    ...["setting", "method"].map(left),
    right("batch"),
    left("ratio"),
    ...["step time", "peak memory", ...withFirst ? ["first step"] : []].map(right),
  ];
  const rows = groups.flatMap(({ setting, method, batchSize, ratios }) =>
    ratios.map((ratio) => [
      setting.id,
      method,
      String(batchSize),
      `${ratio.name} / ${ratio.base}`,
      ...[ratio.time, ratio.memory, ...withFirst ? [ratio.firstStep] : []].map(spreadText),
    ])
  );
  return "Ratios, each of the processes of one round: median (min - max)\n\n" +
    formatTable(columns, rows);
}

function spreadText({ median, min, max }: Spread): string {
  return `${median.toFixed(3)} (${min.toFixed(3)} - ${max.toFixed(3)})`;
}

/** Matrix products of both sides, and which share of the fastest one their steps reach. */
export function productTable(groups: readonly GroupReport[]): string {
  const given = groups.filter((group): group is GroupReport & { readonly products: Products } =>
    group.products !== undefined
  );
  const sides = [...new Set(given.flatMap(({ products }) => Object.keys(products.gigaflops)))];
  const columns = [left("setting"), right("batch"), left("product or step"), ...sides.map(right)];
  const rows = given.flatMap((group) => {
    const { setting, batchSize, products: { shapes, gigaflops }, results } = group;
    const peak = peakOf(group.products);
    const share = sides.map((side) => {
      const result = results.find(({ name }) => name === side);
      if (result === undefined || result.runs.length === 0) return "";
      const rate = result.flops / median(result.runs.map((run) => median(run.seconds))) / 1e9;
      return `${rate.toFixed(0)} (${(100 * rate / peak).toFixed(0)} %)`;
    });
    return [
      ...shapes.map(([m, k, n], i) => [
        setting.id,
        String(batchSize),
        `${m} x ${k} by ${k} x ${n}`,
        ...sides.map((side) => gigaflops[side]?.[i]?.toFixed(0) ?? ""),
      ]),
      [setting.id, String(batchSize), `step of ${group.method} (share of the fastest)`, ...share],
    ];
  });
  return "Matrix products in this call, float32, GFLOP/s\n\n" + formatTable(columns, rows);
}

/** The fastest product of any side: what the machine can do. */
function peakOf({ gigaflops }: Products): number {
  return Math.max(...Object.values(gigaflops).flat());
}

/** What has to be known to judge the PyTorch side. */
export function pytorchNotes({ pytorch, cases, groups }: BenchReport): readonly string[] {
  if (pytorch === undefined) return [];
  const lines = [
    `PyTorch ${pytorch.version}: ${
      cases === undefined
        ? "not held to recorded cases in this call (--fixtures)"
        : `meets ${cases.length} recorded cases, worst ${worst(cases)} of the tolerance`
    }`,
  ];
  for (const group of groups) {
    const runs = group.results.find(({ name }) => name === "pytorch")?.runs ?? [];
    const run = runs.at(-1);
    if (run === undefined) continue;
    lines.push(`${group.setting.id}, ${group.method}, batch ${group.batchSize}: ${
      [
        `AdamW ${run.optimizer} (${
          Object.entries(run.optimizerSeconds ?? {})
            .map(([name, seconds]) => `${name} ${(1000 * seconds).toFixed(1)} ms`).join(", ")
        })`,
        heapNote(run.mappedBytes, run.faults ?? []),
        ...publishedNote(group, median(runs.map((each) => median(each.seconds)))),
      ].join("; ")
    }`);
  }
  return [lines.join("\n")];
}

/**
 * Share of the machine in use, and spread of the steps, beyond which times should be taken again.
 */
const restless = 0.1;

/** Warnings about runs whose times should not be quoted. */
export function unrestNotes(groups: readonly GroupReport[]): readonly string[] {
  const results = groups.flatMap((group) => group.results);
  const busy = Math.max(0, ...results.flatMap((result) => result.busy ?? []).map((b) => b ?? 0));
  const spreads = results.flatMap(({ runs }) => runs.map(({ seconds }) => spreadOf(seconds)));
  const uneven = spreads.filter(({ min, max }) => max > (1 + restless) * min).length;
  return [
    ...busy > restless
      ? [
        `Other programs used up to ${(100 * busy).toFixed(0)} % of this machine before a run: ` +
        "repeat this call on a quiet one",
      ]
      : [],
    ...uneven > 0
      ? [
        `In ${uneven} of ${spreads.length} runs the slowest step took over ` +
        `${(100 * restless).toFixed(0)} % longer than the fastest: repeat them before quoting`,
      ]
      : [],
  ];
}

function worst(cases: readonly { readonly error: number; readonly tolerance: number }[]): string {
  const share = Math.max(...cases.map(({ error, tolerance }) => error / tolerance));
  return `${(100 * share).toFixed(0)} %`;
}

function heapNote(mapped: number | null | undefined, faults: readonly number[]): string {
  const kept = mapped == null
    ? "heap unknown"
    : mapped < 2 ** 26
    ? "heap kept between steps"
    : `heap NOT kept, ${(mapped / 2 ** 20).toFixed(0)} MiB mapped`;
  return faults.length === 0 ? kept : `${kept}, ${median(faults)} page faults a step`;
}

/**
 * The published code's time says nothing by itself, since its machine's matrix products were not
 * recorded: so this tells how fast they would have been if its steps had reached the share of ours.
 */
function publishedNote(group: GroupReport, seconds: number): readonly string[] {
  const published = group.setting.published[group.method]?.[group.batchSize];
  if (published === undefined) return [];
  const note = `the published code took ${published} s on 2 cores with AVX-512, ` +
    `this is ${(seconds / published).toFixed(2)} x that`;
  const speeds = group.products?.gigaflops["pytorch"];
  if (speeds === undefined) return [note];
  const there = Math.max(...speeds) * seconds / published;
  return [
    `${note}, as if its matrix products had run at ${there.toFixed(0)} GFLOP/s ` +
    `(here ${Math.max(...speeds).toFixed(0)})`,
  ];
}
