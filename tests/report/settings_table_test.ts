import { assertEquals } from "../assert.ts";
import { groupRecords } from "../../lib/report/groups.ts";
import { remarksOn, settingsTable, settingText } from "../../lib/report/settings_table.ts";
import { experiment, metric, scoreRecord } from "./builders.ts";

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
