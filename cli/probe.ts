/**
 * `metamae probe`: how well simple predictors read labels off frozen features.
 *
 * @module
 */

import type { MetricRecord, ResultRecord } from "../lib/spec/result_record.ts";
import { type Command, defineCommand } from "./command.ts";
import { backendOption, compileOption } from "./engine_options.ts";
import { formatCount, formatLoss } from "./format.ts";
import { defaulted, oneOf, optional, path, required, showing, wholeNumber } from "./options.ts";
import { shellLine } from "./shell.ts";
import { formatFacts, formatTable } from "./table.ts";

/** `metamae probe`. */
export const probeCommand: Command = defineCommand({
  name: "probe",
  summary: "Measure how well labels can be read off features, and write a result record",
  example: "metamae probe --features mnist.features --out mnist.json",
  details: [
    "The linear probe follows the published protocol (Adam, 100 epochs, last epoch reported); kNN and " +
    "ridge have fixed settings. Nothing is tuned on the test split.",
  ],
  options: {
    features: required(path("FEATURES", "directory"), "Features folder of metamae adapt"),
    out: required(path("RESULT.json", "file"), "File to write"),
    probe: defaulted(oneOf(["linear", "knn", "ridge", "all"], "NAME"), "linear", "Predictor"),
    latent: defaulted(
      oneOf(["z", "zstar", "both"], "NAME"),
      "both",
      "Features as encoded (z), after adaptation (zstar), or both",
    ),
    epochs: defaulted(wholeNumber({ min: 1 }), 100, "Epochs of the linear probe"),
    batchSize: showing(
      "the data set's",
      optional(wholeNumber({ min: 1, metavar: "B" }), "Samples of one step of the linear probe"),
    ),
    seed: defaulted(
      wholeNumber({ min: 0, metavar: "S" }),
      0,
      "Seed of the linear probe's first weights and order",
    ),
    backend: backendOption,
    compile: compileOption,
  },
  async run({ options, output }) {
    const { startEngine } = await import("../lib/engine/backend.ts");
    const { runProbe } = await import("../lib/evaluate/probe.ts");
    const { backend, compile, batchSize, ...rest } = options;
    const engine = await startEngine({
      ...(backend === undefined ? {} : { backend }),
      ...(compile === undefined ? {} : { compile }),
    });
    if (engine.reason !== undefined) output.note(engine.reason);
    const progress = output.progress("probe", "epochs");
    const record = await runProbe({
      ...rest,
      ...(batchSize === undefined ? {} : { batchSize }),
      engine,
      onEpoch: (latent, epoch, metric) =>
        progress.update({
          done: epoch + 1,
          total: options.epochs,
          unit: `epochs on ${latentTitle(latent)}`,
          rate: metric === null ? "" : `test metric ${metric.toFixed(4)}`,
        }),
    }).finally(progress.finish);
    output.result(
      { ...withoutSamples(record), schema: "metamae/probe", version: 1, result: options.out },
      () => recordText(record, options.out),
    );
  },
});

/** The record without what only the report needs: predictions and resamples of every sample. */
function withoutSamples(record: ResultRecord) {
  const results = record.results.map((result) => {
    if ("skipped" in result) return result;
    const { correct: _, history: __, metrics, ...kept } = result;
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

function recordText(record: ResultRecord, out: string): string {
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

function latentTitle(latent: string): string {
  return latent === "zstar" ? "z*" : latent;
}
