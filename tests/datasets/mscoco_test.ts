import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import type { Dataset } from "../../lib/datasets/conversion/dataset.ts";
import { mismatchedCaption } from "../../lib/datasets/mscoco.ts";
import { mscoco } from "../../lib/datasets/mscoco.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assertCaptioned, captionedFixtures } from "./captioned_rows.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/mscoco", import.meta.url));
const archives = ["annotations_trainval2017", "train2017", "val2017"];
const variant = "captions";

/** Runs on the unpacked archives. */
const unpacked = (run: (folder: string) => Promise<void>) =>
  inFolder(async (folder) => {
    for (const archive of archives) await unpack(`${raw}/${archive}.zip`, folder);
    await run(folder);
  });

for (const dataset of [mscoco, mismatchedCaption]) {
  Deno.test(`${dataset.id} equals Python's reading of the archives and of the folders`, async () => {
    assertCaptioned(await tokenizeToMemory(dataset, { raw }), captionedFixtures[dataset.id]);
    await unpacked(async (folder) => {
      const store = await tokenizeToMemory(dataset, { raw: folder });
      assertCaptioned(store, captionedFixtures[dataset.id]);
      assertEquals(store.counters, {
        "images of train2017 without an instance, left out": 1,
        "images of val2017 without an instance, left out": 1,
      });
    });
  });

  Deno.test(`${dataset.id}, variant captions, takes all captions`, async () => {
    const store = await tokenizeToMemory(dataset, { raw, variant });
    assertCaptioned(store, captionedFixtures[`${dataset.id} captions`]);
  });
}

Deno.test("mscoco has images of 196 patches and 32 word pieces", () => {
  const { inputs, task, defaults } = variantOf(mscoco, "metamae").shape!;
  assertEquals(inputs.map(({ kind }) => kind), ["image", "tokens"]);
  assertEquals([task!.kind, task!.classes, defaults.batchSize], ["single-label", 80, 64]);
  assertEquals(variantOf(mscoco, "captions").shape!.task, undefined);
  assertEquals(variantOf(mismatchedCaption, "captions").shape!.task!.kind, "binary");
});

Deno.test("mscoco keeps rows in the order of the files and lists them in the order of captions", async () => {
  const { lists } = await tokenizeToMemory(mscoco, { raw });
  assertEquals(lists.train!.toSorted((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7]);
  assertEquals(lists.test!.toSorted((a, b) => a - b), [8, 9, 10, 11]);
  assert(lists.train!.some((row, i) => row !== i));
});

Deno.test("mscoco and its mismatched captions read no more images than the limit asks for", async () => {
  for (const dataset of [mscoco, mismatchedCaption]) {
    const { rows, lists, labels } = await tokenizeToMemory(dataset, { raw, limit: 3 });
    assertEquals([rows.length, lists.train!.length, lists.test!.length], [6, 3, 3]);
    // Which captions are exchanged does not depend on the limit.
    const expected = captionedFixtures[dataset.id].train.slice(0, 3);
    assertEquals(
      lists.train!.map((row) => Array.from(rows[row]![1]!).slice(0, 6)),
      expected.map(({ ids }: { ids: number[] }) => [...ids, 0, 0, 0].slice(0, 6)),
    );
    assertEquals(
      lists.train!.map((row) => labels[row]),
      expected.map(({ label }: { label: number }) => label),
    );
  }
});

Deno.test("mscoco wants every image that it names; the variant captions takes what is there", async () => {
  await unpacked(async (folder) => {
    const image = `${folder}/train2017/000000000030.jpg`;
    await Deno.remove(image);
    await assertRejects(
      () => tokenizeToMemory(mscoco, { raw: folder }),
      MissingError,
      `"${folder}/train2017" lacks 1 images of 8, such as "000000000030.jpg"`,
    );
    const { lists, warnings, counters } = await tokenizeToMemory(mscoco, { raw: folder, variant });
    assertEquals([lists.train!.length, lists.test!.length], [8, 5]);
    assertEquals(counters, { "images of train2017 that are not there": 1 });
    assert(warnings.includes('1 of 9 captioned images of "train2017" are not there'));
  });
});

/** Changes an annotation file and reads it. */
const changed = (dataset: Dataset, file: string, change: (text: string) => string) => async () => {
  await unpacked(async (folder) => {
    const path = `${folder}/annotations/${file}.json`;
    await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
    await tokenizeToMemory(dataset, { raw: folder });
  });
};

Deno.test("mscoco refuses damaged annotations with the place", async () => {
  await assertRejects(
    changed(
      mscoco,
      "captions_train2017",
      (text) => text.replace('"caption": "', '"caption": 1, "x": "'),
    ),
    DataError,
    'Cannot use the element 0 of "annotations" in "',
  );
  await assertRejects(
    changed(
      mscoco,
      "instances_val2017",
      (text) => text.replace(/"category_id": \d+/, '"category_id": 3'),
    ),
    DataError,
    "has the category 3, which is not in the list of 5 categories",
  );
  await assertRejects(
    changed(mscoco, "instances_val2017", (text) => text.slice(0, -20)),
    DataError,
    "it is cut off",
  );
  await assertRejects(
    changed(mscoco, "captions_val2017", () => '{"annotations": []}'),
    DataError,
    'Cannot read "captions_val2017.json": it has no captions',
  );
});

Deno.test("mscoco refuses images that are cut off, and says which archive lacks what", async () => {
  await unpacked(async (folder) => {
    const path = `${folder}/val2017/000000000285.jpg`;
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.slice(0, bytes.length - 200));
    await assertRejects(
      () => tokenizeToMemory(mscoco, { raw: folder }),
      DataError,
      `Cannot decode "${path}": it is cut off`,
    );
    await Deno.remove(`${folder}/annotations/instances_train2017.json`);
    await assertRejects(
      () => tokenizeToMemory(mscoco, { raw: folder }),
      MissingError,
      `"${folder}/annotations" lacks "instances_train2017.json"`,
    );
    await Deno.remove(`${folder}/val2017`, { recursive: true });
    await assertRejects(
      () => tokenizeToMemory(mscoco, { raw: folder }),
      MissingError,
      `"${folder}/val2017.zip" is missing ("val2017" would do as well)`,
    );
  });
});
