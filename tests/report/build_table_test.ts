import { assert, assertEquals } from "../assert.ts";
import { buildTable, estimateText } from "../../lib/report/build_table.ts";
import { groupsOf } from "../../lib/report/build_table.ts";
import { groupRecords } from "../../lib/report/groups.ts";
import { renderMarkdownTable } from "../../lib/report/text_formats.ts";
import { publishedTables } from "../../lib/report/published.ts";
import { experiment, scoreRecord } from "./builders.ts";

const dabs = { backbone: "dabs" };
const [inDomain, , visionLanguage, ablation, dabsTable] = publishedTables;

function rowOf(text: string, start: string): string {
  return text.split("\n").find((line) => line.startsWith(`| ${start}`))!.replace(/ +/g, " ");
}

Deno.test("buildTable() shows means, half widths, the best, means and ranks of own data sets", () => {
  const groups = groupRecords([
    scoreRecord(experiment("a", "mae"), 0.8, { half: 0.01 }),
    scoreRecord(experiment("a", "metamae"), 0.9, { half: 0.02 }),
    scoreRecord(experiment("b", "mae"), 0.7, { half: 0.01 }),
    scoreRecord(experiment("b", "metamae"), 0.6, { half: 0.01 }),
  ]);
  assertEquals(
    renderMarkdownTable(buildTable(groups, { id: "own", title: "Own", rows: "dataset" })),
    `## Own

| Data set            |            MAE |        MetaMAE |
| ------------------- | -------------: | -------------: |
| a (accuracy, %)     |     80.0 ± 1.0 | **90.0 ± 2.0** |
| b (accuracy, %)     | **70.0 ± 1.0** |     60.0 ± 1.0 |
| Mean of percentages |           75.0 |           75.0 |
| Mean rank           |            1.5 |            1.5 |

Single seeds ± half a 95 % bootstrap interval over test samples.
`,
  );
});

Deno.test("buildTable() with a published table keeps its form and marks our numbers", () => {
  const seeds = [0.885, 0.89, 0.895].map((value, seed) =>
    scoreRecord(experiment("pamap2", "metamae", { backbone: "metamae" }), value, { seed })
  );
  const groups = groupRecords([
    ...seeds,
    scoreRecord(experiment("pamap2", "scratch", dabs), 0.6, { half: 0.01 }),
    scoreRecord(experiment("pamap2", "dabs-mae", dabs), 0.9, { half: 0.01 }),
    scoreRecord(experiment("mnist", "metamae"), 0.99),
  ]);
  const table = buildTable(groups, {
    id: "in-domain",
    title: "In-domain",
    rows: "method",
    published: inDomain!,
  });
  const text = renderMarkdownTable(table);
  assertEquals(table.columns.length, 8, "seven data sets, no incomplete mean");
  assertEquals(rowOf(text, "MetaMAE").split(" | ")[1], "89.0 ± 1.2 (89.3 ≈)");
  assertEquals(rowOf(text, "MAE").split(" | ")[1], "**90.0 ± 1.0 (85.3 ↑)**");
  assertEquals(rowOf(text, "Baseline").split(" | ")[1], "60.0 ± 1.0 (69.8 ↓)");
  assertEquals(rowOf(text, "Capri").split(" | ")[1], "– (–)");
  assertEquals(rowOf(text, "e-Mix").split(" | ")[2], "– (65.7)");
  assert(!text.includes("99.0"), "data sets without a row are left out");
  assert(text.includes("Means over seeds ± half a 95 % t interval, and for single seeds"));
});

Deno.test("buildTable() gives every published mean once our column is complete", () => {
  const groups = groupRecords(
    ["vqa", "mismatched-caption"].map((dataset) =>
      scoreRecord(experiment(dataset, "metamae", {}, "mscoco"), 0.7)
    ),
  );
  const table = buildTable(groups, {
    id: "vl",
    title: "VL",
    rows: "dataset",
    published: visionLanguage!,
  });
  const means = table.summary![0]!;
  assertEquals(means[0]!.text, "Mean of percentages");
  assertEquals(means.at(-1)!.text, "70.0");
  assertEquals(means.at(-1)!.published!.text, "70.1");
  assertEquals(means[1]!.text, "–");
  assertEquals(means[1]!.note, "our mean is given once every data set has a result");
  assertEquals(table.summary!.length, 1, "a rank among one method says nothing");
});

Deno.test("buildTable() puts other settings of a method into columns of their own", () => {
  const groups = groupRecords([
    scoreRecord(experiment("pfam", "scratch", { backbone: "metamae" }), 0.2),
    scoreRecord(experiment("pfam", "scratch", dabs), 0.3),
  ]);
  const options = { id: "t", title: "t", rows: "method", published: inDomain! } as const;
  const text = renderMarkdownTable(buildTable(groups, options));
  assertEquals(rowOf(text, "Baseline").split(" | ")[5], "**30.0 (30.1)**");
  assertEquals(rowOf(text, "Scratch (backbone metamae)").split(" | ")[5], "20.0");
});

Deno.test("buildTable() places MAE by the depth of its decoder", () => {
  const groups = groupRecords(
    [0, 2, 5].map((decoderLayers) =>
      scoreRecord(experiment("pfam", "mae", { decoderLayers }), 0.5 + decoderLayers / 100)
    ),
  );
  const own = groupsOf(groups, ablation!);
  const options = { id: "t", title: "t", rows: "method", published: ablation! } as const;
  const text = renderMarkdownTable(buildTable(own, options));
  assertEquals(rowOf(text, "MAE, decoder size 2").split(" | ")[2], "52.0 (61.4)");
  assertEquals(rowOf(text, "MAE, decoder size 0").split(" | ")[2], "– (44.7)");
  assertEquals(rowOf(text, "MAE (decoder layers 5)").split(" | ")[2], "**55.0**");
});

Deno.test("buildTable() explains a missing number and passes superseded rows over", () => {
  const of = experiment("vqa", "scratch", {}, "mscoco");
  const options = { id: "t", title: "t", rows: "dataset", published: dabsTable! } as const;
  const table = buildTable(groupRecords([scoreRecord(of, null)]), options);
  const rows = table.rows.filter(([header]) => header!.text === "VQA");
  assertEquals(rows.length, 1);
  assertEquals(rows[0]![1]!.note, "the predictions are all equal");
  assertEquals(rows[0]![1]!.published!.text, "53.4");
});

Deno.test("estimateText() is the mean alone where there is no interval", () => {
  const estimate = { mean: 0.5, count: 1, deviation: null, interval: null };
  assertEquals(estimateText(estimate, "coefficient"), "0.50");
  const interval = { low: 0.4, high: 0.7, kind: "samples" } as const;
  assertEquals(estimateText({ ...estimate, interval }, "coefficient"), "0.50 ± 0.15");
});
