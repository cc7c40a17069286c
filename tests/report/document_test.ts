import { assert, assertEquals } from "../assert.ts";
import { composeReport, figuresOf } from "../../lib/report/document.ts";
import type { Results } from "../../lib/report/results.ts";
import { adaptation, curve, experiment, imageGallery, scoreRecord } from "./builders.ts";

/** Results with the given parts. */
function results(parts: Partial<Results>): Results {
  return { scores: [], adaptations: [], curves: [], galleries: [], skipped: [], ...parts };
}

Deno.test("composeReport() of one data set says who is best and by how much", () => {
  const [scratch, mae] = [experiment("mnist", "scratch"), experiment("mnist", "mae")];
  const report = composeReport(results({
    scores: [scoreRecord(scratch, 0.8, { half: 0.03 }), scoreRecord(mae, 0.9, { half: 0.04 })],
    adaptations: [adaptation(mae, 0.5, 0.4)],
    curves: [curve(mae, 2, 1)],
    galleries: [imageGallery(mae, 1)],
  }));
  assertEquals(report.title, "Results on MNIST");
  assertEquals(report.findings, [
    "On MNIST, MAE has the best accuracy by linear probe: 90.0 % (95 % CI 86.0 to 94.0), " +
    "+10.0 points against an untrained encoder (95 % CI +5.0 to +15.0)",
  ]);
  assertEquals(report.overview, [], "one data set has its own table");
  assertEquals(figuresOf(report).map(({ id }) => id), [
    "scores-mnist-default",
    "adaptation-mnist-default",
    "training-mnist-default",
    "gallery-mnist-default-mae",
  ]);
  assertEquals(report.skipped, undefined);
});

Deno.test("composeReport() shows the published tables that have a result of ours, in full", () => {
  const report = composeReport(results({
    scores: [
      scoreRecord(experiment("pamap2", "metamae"), 0.89),
      scoreRecord(experiment("scop", "metamae", {}, "pfam"), 0.12),
      scoreRecord(experiment("chexpert", "emix"), 0.7, { metric: "auroc" }),
      scoreRecord(experiment("pfam", "mae", { decoderLayers: 2 }), 0.6),
      scoreRecord(experiment("mnist", "mae"), 0.9),
    ],
  }));
  assertEquals(report.overview.map(({ id, rows }) => [id, rows.length]), [
    ["in-domain", 7],
    ["cross-domain", 17],
    ["decoder-ablation", 5],
    ["dabs", 20],
    ["other", 1],
  ]);
  assertEquals(report.title, "Results on 5 data sets");
});

Deno.test("composeReport() counts wins where there are many data sets", () => {
  const scores = ["a", "b", "c", "d"].flatMap((dataset, i) => [
    scoreRecord(experiment(dataset, "mae"), 0.5),
    scoreRecord(experiment(dataset, "metamae"), i === 0 ? 0.4 : 0.6),
  ]);
  assertEquals(composeReport(results({ scores })).findings, [
    "Best method by linear probe, of 4 data sets: MetaMAE on 3, MAE on 1",
  ]);
});

Deno.test("composeReport() gives figures of data sets with alike names different files", () => {
  const scores = ["a b", "a|b"].map((dataset) => scoreRecord(experiment(dataset, "mae"), 0.5));
  const report = composeReport(results({ scores }));
  const ids = [...figuresOf(report), ...report.datasets].map(({ id }) => id);
  assertEquals(new Set(ids).size, 4);
});

Deno.test("composeReport() adds to the provenance what a run was trained on", () => {
  const of = experiment("pfam", "mae", { steps: 10 });
  const evaluated = experiment("scop", "mae", { steps: 10 }, "pfam");
  const { provenance } = composeReport(results({
    scores: [scoreRecord(evaluated, 0.1), scoreRecord(evaluated, 0.1, { seed: 1 })],
    curves: [{ ...curve(of, 2, 1), machine: "tensorflow, 2 threads" }],
  }));
  const index = provenance.columns.findIndex(({ title }) => title === "Trained on");
  assertEquals(provenance.rows.map((row) => row[index]!.text), ["tensorflow, 2 threads", "–"]);
});

Deno.test("composeReport() lists what was left out, and works without results", () => {
  const skipped = [{ source: "a.json", reason: "no JSON" }];
  const report = composeReport(results({ skipped }));
  assertEquals(report.title, "No results");
  assertEquals(report.skipped!.rows[0]!.map(({ text }) => text), ["a.json", "no JSON"]);
  const runs = composeReport(results({ curves: [curve(experiment("mnist", "mae"), 2, 1)] }));
  assertEquals(runs.title, "Training runs without results");
  assert(figuresOf(runs).length === 1);
});

Deno.test("composeReport() keeps each remark about the data once", () => {
  const notes = ["one", "two"];
  const of = (method: string) => scoreRecord(experiment("mnist", method), 0.5, { notes });
  const report = composeReport(results({ scores: [of("mae"), of("metamae")] }));
  assertEquals(report.datasets[0]!.notes, notes);
});
