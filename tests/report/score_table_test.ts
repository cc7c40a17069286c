import { assert, assertEquals } from "../assert.ts";
import { groupRecords } from "../../lib/report/groups.ts";
import { renderMarkdownTable } from "../../lib/report/text_formats.ts";
import { changeText, publishedFor, scoreTable, scratchOf } from "../../lib/report/score_table.ts";
import { adaptation, experiment, metric, scoreRecord } from "./builders.ts";

Deno.test("scoreTable() states scores, differences, adaptation and why something is missing", () => {
  const [scratch, mae] = [experiment("mnist", "scratch"), experiment("mnist", "mae")];
  const zstar = (value: number | null) => [{
    probe: "linear",
    latent: "zstar",
    metrics: {
      accuracy: value === null
        ? { value: null, reason: "there is no decoder" }
        : metric(value, 0.01),
    },
  }];
  const groups = groupRecords([
    scoreRecord(scratch, 0.8, { half: 0.03, scores: zstar(null) }),
    scoreRecord(mae, 0.9, { half: 0.04, scores: zstar(0.91) }),
  ]);
  assertEquals(
    renderMarkdownTable(scoreTable(groups, [adaptation(mae, 0.5, 0.4)], groups)),
    `## MNIST

| Method  |         Linear probe, % | Difference to scratch | Linear, adapted z\\*, % |   Reconstruction loss |
| ------- | ----------------------: | --------------------: | ---------------------: | --------------------: |
| Scratch |     80.0 (77.0 to 83.0) |                     – |         – <sup>a</sup> |                     – |
| MAE     | **90.0 (86.0 to 94.0)** | +10.0 (+5.0 to +15.0) |    91.0 (90.0 to 92.0) | 0.500 → 0.400 (−20 %) |

Accuracy on 2,000 test samples, with 95 % confidence intervals over test samples (bootstrap); differences are paired sample by sample where possible.

<sup>a</sup> there is no decoder
`,
  );
});

Deno.test("scoreTable() compares with the published number in words", () => {
  const groups = groupRecords([
    scoreRecord(experiment("pamap2", "metamae"), 0.9, { half: 0.01 }),
    scoreRecord(experiment("pamap2", "shed"), 0.84, { half: 0.02 }),
    scoreRecord(experiment("pamap2", "emix"), 0.7),
  ]);
  const table = scoreTable(groups, [], groups);
  const index = table.columns.findIndex(({ title }) => title === "Published");
  const cells = table.rows.map((row) => `${row[index]!.text} (${row[index]!.detail})`);
  assertEquals(cells, [
    "80.1 (ours −10.1)",
    "85.2 (ours −1.2, within our CI)",
    "89.3 (ours +0.7, within our CI)",
  ]);
});

Deno.test("scoreTable() pairs methods on the same resamples of the test samples", () => {
  const shift = Array.from({ length: 101 }, (_, i) => i / 1000 - 0.05);
  const record = (method: string, value: number) => {
    const replicates = { key: "same", values: shift.map((s) => value + s) };
    const result = { value, interval: { low: 0, high: 1, kind: "samples" as const }, replicates };
    const scores = [{ probe: "linear", latent: "z", metrics: { accuracy: result } }];
    return { ...scoreRecord(experiment("mnist", method), value), scores };
  };
  const groups = groupRecords([record("scratch", 0.8), record("mae", 0.85)]);
  const [, mae] = scoreTable(groups, [], groups).rows;
  assertEquals([mae![2]!.text, mae![2]!.detail], ["+5.0", "+5.0 to +5.0"]);
});

Deno.test("scoreTable() leaves out columns that no method has", () => {
  const groups = groupRecords([scoreRecord(experiment("mnist", "mae"), 0.9)]);
  const table = scoreTable(groups, [], groups);
  assertEquals(table.columns.map(({ title }) => title), ["Method", "Linear probe, %"]);
  assertEquals(table.rows[0]![1]!.best, false, "one method is not the best of any");
});

Deno.test("publishedFor() finds the table's number, the decoder's depth included", () => {
  const published = (...args: Parameters<typeof experiment>) => {
    const [group] = groupRecords([scoreRecord(experiment(...args), 0.5)]);
    return publishedFor(group!)?.value;
  };
  assertEquals(published("pamap2", "dabs-mae"), 85.3);
  assertEquals(published("pfam", "mae", { decoderLayers: 6 }), 61.4);
  assertEquals(published("pfam", "mae", { decoderLayers: 3 }), undefined);
  assertEquals(published("cifar10", "metamae", {}, "imagenet32"), 59.2);
  assertEquals(published("cifar10", "metamae"), undefined);
  assertEquals(published("pamap2", "capri"), undefined, "a dash is no number");
});

Deno.test("scratchOf() prefers the untrained encoder of the same backbone", () => {
  const of = (method: string, backbone: string) =>
    scoreRecord(experiment("mnist", method, { backbone }), 0.5);
  const groups = groupRecords([
    of("scratch", "dabs"),
    of("scratch", "metamae"),
    of("metamae", "metamae"),
    of("emix", "other"),
  ]);
  const base = scratchOf(groups);
  const find = (method: string) => groups.find(({ experiment }) => experiment.method === method)!;
  assertEquals(base(find("metamae"))!.experiment.settings["backbone"], "metamae");
  assertEquals(base(find("emix"))!.experiment.method, "scratch");
  assertEquals(base(find("scratch")), undefined);
});

Deno.test("changeText() is signed, with a decimal for small changes", () => {
  assertEquals(changeText(0.5, 0.4), "−20 %");
  assertEquals(changeText(0.5, 0.51), "+2.0 %");
  assertEquals(changeText(0.5, 0.5), "0.0 %");
  assert(!changeText(1, 0.99999).includes("−"));
});
