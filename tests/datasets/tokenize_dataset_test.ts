import { assertEquals, assertRejects } from "../assert.ts";
import { MissingError, UsageError } from "../../lib/util/errors.ts";
import type { Dataset } from "../../lib/datasets/conversion/dataset.ts";
import { mnist } from "../../lib/datasets/mnist.ts";
import { tokenizeDataset } from "../../lib/datasets/tokenize_dataset.ts";

const withFiles: Dataset = {
  ...mnist,
  id: "toy",
  files: [{ path: "toy.zip", url: "https://example.org/toy.zip" }],
};

Deno.test("tokenizeDataset() writes a store of a packaged data set", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const done: number[] = [];
    const manifest = await tokenizeDataset("mnist", {
      out: `${folder}/mnist.store`,
      limit: 5,
      progress: (digits) => void done.push(digits),
    });
    assertEquals([manifest.dataset, manifest.variant, manifest.rows], [
      "mnist",
      "packaged",
      10_000,
    ]);
    assertEquals(manifest.splits.train?.count, 5);
    assertEquals(done, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["mnist.store"]);
    await assertRejects(
      () => tokenizeDataset("mnist", { out: `${folder}/mnist.store` }),
      UsageError,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("tokenizeDataset() lists the valid names of data sets and variants", async () => {
  await assertRejects(
    () => tokenizeDataset("mnits", { out: "out" }),
    UsageError,
    'Unknown data set "mnits": the valid names are ',
  );
  await assertRejects(
    () => tokenizeDataset("mnist", { out: "out", variant: "dabs" }),
    UsageError,
    'Unknown variant of "mnist" "dabs": the valid names are packaged',
  );
  await assertRejects(
    () => tokenizeDataset("mnist", { out: "out", limit: 0 }),
    UsageError,
    "the limit is 0, a positive integer is wanted",
  );
});

Deno.test("tokenizeDataset() says which raw folder is missing before it starts", async () => {
  const none = await assertRejects(
    () => tokenizeDataset(withFiles, { out: "out" }),
    MissingError,
    'no folder of raw files was given (--raw DIR), "toy.zip" is wanted in it',
  );
  assertEquals(none.hint, 'Run "metamae datasets toy" to see how to get the files');
  await assertRejects(
    () => tokenizeDataset(withFiles, { out: "out", raw: "no such folder" }),
    MissingError,
    'there is no folder "no such folder"',
  );
});
