import { balancedAccuracy } from "../../examples/add_metric.ts";
import { wheatSeeds } from "../../examples/add_dataset.ts";
import { variableMae } from "../../examples/add_method.ts";
import { main as ownDataAndMethod } from "../../examples/own_data_and_method.ts";
import { main as reportInMemory } from "../../examples/report_in_memory.ts";
import { main as sweep } from "../../examples/sweep.ts";
import { architectureOf, DataError, openStore, tokenizeDataset } from "../../mod.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { makeTempDir } from "../temporary.ts";

/** Made-up seeds in the official layout: blanks of any width between the fields. */
const seeds = (count: number) =>
  Array.from({ length: count }, (_, i) => {
    const kind = i % 3;
    const values = Array.from({ length: 7 }, (_, k) => (10 + 2 * kind + k + i / 100).toFixed(3));
    return `${values.join("\t")}\t\t${kind + 1}\n`;
  }).join("");

async function rawSeeds(text: string): Promise<string> {
  const raw = await makeTempDir();
  await Deno.writeTextFile(`${raw}/seeds_dataset.txt`, text);
  return raw;
}

Deno.test("the example of a data set stores what its file holds, and says what is not official", async () => {
  const folder = await makeTempDir();
  const warnings: string[] = [];
  const manifest = await tokenizeDataset(wheatSeeds, {
    raw: await rawSeeds(seeds(30)),
    out: `${folder}/store`,
    warn: (message) => void warnings.push(message),
  });
  assertEquals(manifest.rows, 30);
  assertEquals(warnings, ["The file holds 30 seeds, the official one 210"]);
  await using store = await openStore(`${folder}/store`);
  const train = await store.split("train");
  assertEquals([train.count, (await store.split("test")).count], [27, 3]);
  assert(train.source.kind === "list");
  const { ids, inputs, labels } = await train.read(train.source.ids);
  for (const [k, id] of ids.entries()) {
    assertEquals(labels!.data[k], id % 3);
    assertAlmostEquals(inputs[0]!.data[7 * k]!, 10 + 2 * (id % 3) + id / 100, 1e-5);
  }
});

Deno.test("the example of a data set refuses a field that is no number, with its place", async () => {
  const raw = await rawSeeds(seeds(5) + "1\t2\t3\tx\t5\t6\t7\t1\n");
  await assertRejects(
    async () => await tokenizeDataset(wheatSeeds, { raw, out: `${raw}/store` }),
    DataError,
    "row 6 has a field that is no number",
  );
});

Deno.test("the example of a method draws another mask ratio from step to step", () => {
  const inputs = [{ kind: "image", channels: 1, height: 16, width: 16, patch: 4 }] as const;
  const options = variableMae.options.parse({});
  const model = variableMae.build(inputs, architectureOf("tiny", "metamae"), options);
  const kept = new Set(Array.from({ length: 20 }, (_, step) => {
    const draws = model.draw({ seed: 0, step, firstSample: 0, samples: 2 });
    return draws.masks[0]!.keep.shape[1];
  }));
  assertEquals([...kept].sort(), [12, 4, 8].sort());
});

Deno.test("the example of a metric counts classes alike", () => {
  const labels = [0, 0, 0, 1];
  const predictions = { labels, correct: Uint8Array.of(1, 1, 1, 0), perSample: 1 };
  const values = new Float64Array();
  const metric = balancedAccuracy.statistic(
    { ...predictions, values, predicted: [0, 0, 0, 0] },
    { kind: "single-label", classes: 2, metric: "accuracy" },
  );
  assertEquals(metric(), { value: 0.5 });
  assertEquals(metric([1, 1, 1, 0]), { value: 1 });
  assertEquals(metric([0, 0, 0, 0]), { value: null, reason: "there are no samples" });
});

Deno.test("the examples lead from data and a method of one's own to a table, and sweep settings", async () => {
  const folder = await makeTempDir();
  const record = await ownDataAndMethod(await rawSeeds(seeds(60)), folder, "wasm");
  assertEquals([record.dataset, record.run.method], ["wheat-seeds", "variable-mae"]);
  const table = reportInMemory([record, { ...record, seed: 1, run: { ...record.run, seed: 1 } }]);
  assert(/\| .*variable-mae/.test(table) && table.includes("wheat-seeds"), table);
  const losses = await sweep({
    ...{ data: `${folder}/seeds.store`, out: folder, method: "mae", preset: "tiny" },
    ...{ steps: 2, batchSize: 16, backend: "wasm" },
  });
  assertEquals(losses.length, 4);
  assert(losses.every(([, loss]) => Number.isFinite(loss)));
});
