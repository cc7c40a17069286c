import { createStore } from "../../lib/store/create_store.ts";
import type { StoreWriter } from "../../lib/store/store_writer.ts";
import { openTrainData } from "../../lib/train/train_data.ts";
import { MissingError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

/** A store of ten rows whose two values tell the row. */
async function makeStore(path: string, splits: (writer: StoreWriter) => void) {
  const names = { dataset: "fake", variant: "default", title: "Fake", writerVersion: "0" };
  await createStore(path, names, async (writer) => {
    writer.declare({
      inputs: [{ kind: "tabular", features: 2 }],
      layout: "rows",
      columns: [{ dtype: "float32" }],
      defaults: { batchSize: 3 },
    });
    for (let row = 0; row < 10; row++) await writer.append([Float32Array.of(row, -row)]);
    splits(writer);
    writer.note("invented");
  });
}

Deno.test("openTrainData gives the shuffled samples of the split for pretraining", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "store");
    await makeStore(path, (writer) => {
      writer.list("pretrain", [1, 3, 5, 7, 9, 0]);
      writer.list("train", [2]);
    });
    await using data = await openTrainData(path);
    assertEquals([data.split, data.samples, data.defaultBatchSize], ["pretrain", 6, 3]);
    assertEquals([data.dataset, data.variant, data.notes], ["fake", "default", ["invented"]]);
    const seen: number[] = [];
    for (const step of [0, 1]) {
      const { ids, inputs } = await data.batch({ seed: 4, step, batchSize: 3 });
      assertEquals(inputs[0]!.shape, [3, 2]);
      assertEquals(
        [...inputs[0]!.data],
        Array.from(ids).flatMap((id) => [id, -id]).map((x) => x || x),
      );
      seen.push(...Array.from(ids));
    }
    assertEquals(seen.toSorted(), [0, 1, 3, 5, 7, 9]);
    const again = await data.batch({ seed: 4, step: 1, batchSize: 3 });
    assertEquals(Array.from(again.ids), seen.slice(3));
  }));

Deno.test("openTrainData falls back to the split for training", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "store");
    await makeStore(path, (writer) => writer.list("train", [2, 4, 6]));
    await using data = await openTrainData(path);
    assertEquals([data.split, data.samples], ["train", 3]);
    await assertRejects(() => openTrainData(join(folder, "none")), MissingError);
  }));
