import { assertEquals } from "../assert.ts";
import { renderCsv } from "../../lib/report/text_formats.ts";
import { groupRecords } from "../../lib/report/groups.ts";
import { publishedNumbers } from "../../lib/report/published.ts";
import {
  provenanceTable,
  publishedTable,
  remarksOn,
  resultsTable,
  settingsTable,
  settingText,
} from "../../lib/report/record_tables.ts";
import { experiment, metric, scoreRecord } from "./builders.ts";

Deno.test("resultsTable() has one row a number, exact, with the published one beside", () => {
  const scores = [{ probe: "knn", latent: "z", metrics: { auroc: metric(0.125) } }];
  const groups = groupRecords([
    scoreRecord(experiment("pamap2", "metamae"), 0.875, { half: 0.25, scores }),
    scoreRecord(experiment("my,set", "scratch"), null),
  ]);
  assertEquals(
    renderCsv(resultsTable(groups)),
    "dataset,variant,pretrain,method,label,probe,latent,metric,unit,mean,deviation,ci_low,ci_high," +
      "ci_over,seeds,published,difference,mark,reason\n" +
      "pamap2,default,pamap2,metamae,MetaMAE,linear,z,accuracy,percent,87.5,,62.5,112.5,samples,1," +
      "89.3,-1.8,within,\n" +
      "pamap2,default,pamap2,metamae,MetaMAE,knn,z,auroc,percent,12.5,,,,,1,,,,\n" +
      '"my,set",default,"my,set",scratch,Scratch,linear,z,accuracy,percent,,,,,,0,,,,' +
      "the predictions are all equal\n",
  );
});

Deno.test("provenanceTable() has one row a record", () => {
  const of = experiment("mnist", "mae");
  const records = [scoreRecord(of, 0.8), scoreRecord(of, 0.9, { seed: 1 })];
  const { columns, rows } = provenanceTable(groupRecords(records));
  assertEquals(columns.map(({ title }) => title), [
    "Data set",
    "Method",
    "Seed",
    "Configuration",
    "Data",
    "Engine",
    "Record",
  ]);
  assertEquals(rows[1]!.map(({ text }) => text), [
    "MNIST",
    "MAE",
    "1",
    "0123abcd",
    "89ef4567",
    "tensorflow 2.21",
    "results/mnist-mae-1.json",
  ]);
});

Deno.test("publishedTable() holds every published number with its source", () => {
  const { rows } = publishedTable();
  assertEquals(rows.length, publishedNumbers.length);
  for (const [i, { source, value, printed, metric }] of publishedNumbers.entries()) {
    const row = rows[i]!;
    assertEquals(row.at(-1)!.text, source);
    assertEquals(row.at(-2)!.value, value);
    assertEquals(row.at(-2)!.text, value === null ? "–" : printed);
    assertEquals(row.at(-3)!.text, metric);
  }
});

const shared = { preset: "small", steps: 1000, learningRate: 0.001 };

Deno.test("remarksOn() states shared and differing settings of trained methods, and the probes", () => {
  const knn = {
    probe: "knn",
    latent: "z",
    metrics: { accuracy: metric(0.9) },
    settings: { neighbours: 20, temperature: 0.07 },
  };
  const groups = groupRecords([
    scoreRecord(experiment("mnist", "scratch", { preset: "tiny", steps: 0 }), 0.7),
    scoreRecord(experiment("mnist", "mae", { ...shared, maskRatio: 0.5 }), 0.8, { scores: [knn] }),
    scoreRecord(experiment("mnist", "metamae", { ...shared, maskRatio: 0.5 }), 0.8),
    {
      ...scoreRecord(experiment("mnist", "emix", shared), 0.8),
      selection: "The last epoch counts.",
    },
  ]);
  assertEquals(remarksOn(groups), [
    "All trained methods: preset small, steps 1,000, learning rate 0.001",
    "By method: mask ratio 0.5 (MAE, MetaMAE)",
    "Probes: kNN (neighbours 20, temperature 0.07)",
    "The last epoch counts",
  ]);
});

Deno.test("remarksOn() says nothing where nothing is known", () => {
  assertEquals(remarksOn(groupRecords([scoreRecord(experiment("mnist", "scratch"), 0.7)])), []);
});

Deno.test("settingsTable() starts with what readers ask for first and shows what is unset", () => {
  const groups = groupRecords([
    scoreRecord(experiment("mnist", "mae", { beta: 0.9, steps: 10, maskRatio: 0.5 }), 0.8),
    scoreRecord(experiment("mnist", "emix", { alpha: true, steps: 20 }), 0.8),
  ]);
  const { columns, rows } = settingsTable(groups);
  assertEquals(columns.map(({ title }) => title), ["Setting", "e-Mix", "MAE"]);
  assertEquals(rows.map((row) => row.map(({ text }) => text)), [
    ["Steps", "20", "10"],
    ["Mask ratio", "–", "0.5"],
    ["Alpha", "yes", "–"],
    ["Beta", "–", "0.9"],
  ]);
});

Deno.test("settingText() is for people", () => {
  assertEquals([1000, 1e-4, 0.05, false, "dabs"].map(settingText), [
    "1,000",
    "1e−4",
    "0.05",
    "no",
    "dabs",
  ]);
});
