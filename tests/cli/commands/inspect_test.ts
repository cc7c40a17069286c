import { storePage } from "../../../cli/commands/inspect.ts";
import { summarizeStore } from "../../../cli/commands/inspect.ts";
import { createStyle } from "../../../lib/terminal/output.ts";
import { createStore } from "../../../lib/store/create_store.ts";
import { openStore } from "../../../lib/store/store.ts";
import type { StoreWriter } from "../../../lib/store/store_writer.ts";
import type { TaskSpec } from "../../../lib/spec/task.ts";
import { assertAlmostEquals, assertEquals, assertStringIncludes } from "../../assert.ts";

async function summaryOf(
  task: TaskSpec | undefined,
  fill: (writer: StoreWriter) => Promise<void>,
  samples = 1000,
) {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/a.store`;
    const options = { dataset: "toy", variant: "plain", title: "Toy", writerVersion: "1.2.3" };
    await createStore(path, options, async (writer) => {
      writer.declare({
        inputs: [{ kind: "tabular", features: 2 }],
        ...(task === undefined ? {} : { task }),
        layout: "rows",
        columns: [{ dtype: "float32" }],
        defaults: { batchSize: 4 },
      });
      await fill(writer);
    });
    await using store = await openStore(path);
    return await summarizeStore(store, samples);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const classes: TaskSpec = {
  kind: "single-label",
  classes: 3,
  metric: "accuracy",
  classNames: ["a", "b", "c"],
};

async function fillClasses(writer: StoreWriter): Promise<void> {
  for (let i = 0; i < 6; i++) await writer.append([new Float32Array([i, i + 10])], i % 2);
  writer.list("train", [0, 1, 2, 3]);
  writer.list("test", [4, 5]);
  writer.note("Split by hand");
  writer.count("rows without a label", 2);
}

Deno.test("summarizeStore counts classes of every split", async () => {
  const { splits } = await summaryOf(classes, fillClasses);
  assertEquals(splits.map(({ name, count }) => [name, count]), [["train", 4], ["test", 2]]);
  assertEquals(splits[0]!.classes, [
    { label: 0, name: "a", count: 2 },
    { label: 1, name: "b", count: 2 },
    { label: 2, name: "c", count: 0 },
  ]);
});

Deno.test("summarizeStore measures values over all splits, each sample once", async () => {
  const { inputs, measured } = await summaryOf(classes, fillClasses);
  assertEquals(measured, 6);
  const { least, most, mean, deviation } = inputs[0]!.values;
  assertEquals([least, most], [0, 15]);
  assertAlmostEquals(mean!, 7.5, 1e-9);
  assertAlmostEquals(deviation!, Math.sqrt(25 + 35 / 12), 1e-9);
});

Deno.test("summarizeStore measures a bounded number of samples, spread over the split", async () => {
  const { inputs, measured } = await summaryOf(classes, fillClasses, 2);
  assertEquals(measured, 4);
  assertEquals([inputs[0]!.values.least, inputs[0]!.values.most], [0, 15]);
});

Deno.test("summarizeStore counts ones of multi-label tasks and ranges of regressions", async () => {
  const multi = await summaryOf(
    { kind: "multi-label", classes: 2, metric: "auroc" },
    async (writer) => {
      for (const label of [[1, 0], [1, 1], [0, 0]]) {
        await writer.append([new Float32Array(2)], label);
      }
      writer.list("train", [0, 1, 2]);
    },
  );
  assertEquals(multi.splits[0]!.classes!.map(({ count }) => count), [2, 1]);
  const regression = await summaryOf(
    { kind: "regression", classes: 1, metric: "spearman" },
    async (writer) => {
      for (const label of [1, 2, 6]) await writer.append([new Float32Array(2)], label);
      writer.list("train", [0, 1, 2]);
    },
  );
  const { targets, classes: none } = regression.splits[0]!;
  assertEquals([targets!.least, targets!.most, targets!.mean, none], [1, 6, 3, null]);
});

Deno.test("summarizeStore takes stores without labels", async () => {
  const { task, splits } = await summaryOf(undefined, async (writer) => {
    await writer.append([new Float32Array(2)]);
    writer.list("train", [0]);
  });
  assertEquals([task, splits[0]!.labelled, splits[0]!.classes], [null, false, null]);
});

Deno.test("storePage shows splits, classes by name, ranges, digest and remarks", async () => {
  const summary = await summaryOf(classes, fillClasses);
  const page = storePage(summary, createStyle(false));
  for (
    const part of [
      "Toy",
      "toy, variant plain",
      summary.digest,
      "train        4  yes     listed",
      "b          2     1",
      "0 to 15, mean 7.5, deviation 5.284",
      "- Split by hand",
      "- rows without a label: 2",
      "metamae 1.2.3",
    ]
  ) assertStringIncludes(page, part);
});

Deno.test("storePage names the most frequent of many classes and counts the rest", async () => {
  const task: TaskSpec = { kind: "single-label", classes: 25, metric: "accuracy" };
  const summary = await summaryOf(task, async (writer) => {
    for (let i = 0; i < 30; i++) await writer.append([new Float32Array(2)], Math.min(24, i));
    writer.list("train", Array.from({ length: 30 }, (_, i) => i));
  });
  const page = storePage(summary, createStyle(false));
  assertStringIncludes(page, "class  train\n24         6\n");
  assertStringIncludes(page, "and 5 rarer classes");
});
