import { z } from "zod";
import { datasetList, datasetPage, datasetRecord } from "../../../cli/commands/datasets.ts";
import { createStyle } from "../../../lib/terminal/output.ts";
import type { Dataset } from "../../../lib/datasets/conversion/dataset.ts";
import { assertEquals, assertStringIncludes } from "../../assert.ts";

const plain = createStyle(false);

const toy: Dataset = {
  id: "toy",
  title: "Toy | data",
  domain: "toys",
  role: "transfer",
  summary: "A toy.",
  licence: "CC0",
  homepage: "https://example.org",
  citation: "Nobody (2000)",
  files: [
    { path: "a.zip", url: "https://example.org/a.zip", bytes: 1536, sha256: "ab", md5: "cd" },
    { path: "b.csv", how: "Ask the authors", alternatives: ["b/", "b.csv.gz"] },
  ],
  variants: [
    {
      name: "dabs",
      difference: "as DABS has it",
      shape: {
        inputs: [
          { kind: "image", channels: 3, height: 4, width: 4, patch: 2 },
          { kind: "tokens", vocabulary: 9, length: 5 },
        ],
        task: { kind: "binary", classes: 2, metric: "auroc" },
        defaults: { batchSize: 4 },
      },
    },
    { name: "own", difference: "shape from the data" },
  ],
  convert: () => Promise.resolve(),
};

Deno.test("datasetList shows the inputs and the metric of the first variant", () => {
  const [, row] = datasetList([toy], plain, Infinity).split("\n");
  assertEquals(
    row,
    "toy   toys    transfer  image 3x4x4, patch 2 + tokens 5, vocabulary 9  auroc   Toy | data",
  );
});

Deno.test("datasetPage tells where every raw file comes from", () => {
  const page = datasetPage(toy, plain);
  for (
    const part of [
      "  a.zip (1.5 KiB)\n    https://example.org/a.zip\n    sha256 ab\n    md5 cd",
      "  b.csv\n    Ask the authors\n    or b/ or b.csv.gz",
      "metamae tokenize toy --raw DIR --out toy.store",
    ]
  ) assertStringIncludes(page, part);
});

Deno.test("datasetPage describes every variant, also one without a fixed shape", () => {
  const page = datasetPage(toy, plain);
  assertStringIncludes(page, "  dabs: as DABS has it\n    image 3x4x4, patch 2 + tokens 5");
  assertStringIncludes(page, "; binary, 2 classes, auroc");
  assertStringIncludes(page, "  own: shape from the data\n    from the data");
});

Deno.test("datasetPage says where files can be fetched", () => {
  const fetched = "With --download files that have an address and a digest are fetched";
  const file = { path: "a.zip", url: "https://example.org/a.zip" };
  const page = (files: Dataset["files"]) => datasetPage({ ...toy, files }, plain);
  assertStringIncludes(page([{ ...file, md5: "0".repeat(32) }]), fetched);
  assertEquals(page([file]).includes(fetched), false);
});

Deno.test("datasetPage needs no raw folder for packaged data", () => {
  const page = datasetPage({ ...toy, files: [] }, plain);
  assertStringIncludes(page, "none: the data are packaged with the program");
  assertStringIncludes(page, "metamae tokenize toy --out toy.store");
});

Deno.test("datasetPage lists the options of own data", () => {
  const options = z.strictObject({
    window: z.number().int().default(250).describe("Length of a window"),
    alphabet: z.enum(["dna", "protein"]).optional().describe("Letters"),
  });
  const own: Dataset = { ...toy, files: [], role: "generic", options };
  const page = datasetPage(own, plain);
  for (
    const part of [
      "Raw files\n  your own file or folder",
      "Options\n  --window\n    Length of a window (default 250)\n",
      "  --alphabet\n    Letters (dna, protein)\n",
      "metamae tokenize toy --raw PATH --out toy.store",
    ]
  ) assertStringIncludes(page, part);
  const { options: listed } = JSON.parse(JSON.stringify(datasetRecord(own)));
  assertEquals(listed.map(({ name }: { name: string }) => name), ["window", "alphabet"]);
});

Deno.test("datasetRecord survives JSON with the shape of every variant", () => {
  const record = JSON.parse(JSON.stringify(datasetRecord(toy)));
  assertEquals(record.files.length, 2);
  assertEquals(record.variants[0].shape.task.metric, "auroc");
  assertEquals(record.variants[1].shape, null);
});
