import { createHash } from "node:crypto";
import { assertEquals } from "../assert.ts";
import { sampleOrder } from "../../lib/reference/numpy_random.ts";
import { createMd5, tfdsOrder, tfdsRecordBytes, tfdsShards } from "../../lib/reference/tfds.ts";

// Expected orders were computed with tensorflow-datasets 4.9.10.

Deno.test("tfdsOrder() sorts by the hash of split name and key", () => {
  const order = (split: string) => [...tfdsOrder(10, String, { split, shards: 1 })];
  assertEquals(order("train"), [6, 5, 4, 0, 8, 3, 1, 9, 7, 2]);
  assertEquals(order("validation"), [3, 9, 0, 8, 7, 4, 2, 5, 1, 6]);
});

Deno.test("tfdsOrder() reads 16 files in turn, 16 records each", () => {
  assertEquals(
    [...tfdsOrder(5000, String, { split: "train", shards: 64 }).subarray(0, 10)],
    [1680, 1456, 4223, 4093, 3017, 2896, 4352, 2784, 499, 837],
  );
});

Deno.test("tfdsOrder() gives the published order of EuroSAT", () => {
  const counts: Record<string, number> = {
    AnnualCrop: 3000,
    Forest: 3000,
    HerbaceousVegetation: 3000,
    Highway: 2500,
    Industrial: 2500,
    Pasture: 2000,
    PermanentCrop: 2500,
    Residential: 3000,
    River: 2500,
    SeaLake: 3000,
  };
  const names = Object.entries(counts).flatMap(([name, count]) =>
    Array.from({ length: count }, (_, i) => `${name}_${i + 1}.tif`)
  );
  const key = (i: number) => `${names[i]!.split("_")[0]}_${names[i]}`;
  const sorted = tfdsOrder(names.length, key, { split: "train", shards: 1 });
  assertEquals(
    Array.from(sorted.subarray(0, 5), (i) => names[i]),
    [
      "River_15.tif",
      "Industrial_631.tif",
      "Pasture_1854.tif",
      "Pasture_497.tif",
      "Highway_1399.tif",
    ],
  );
  assertEquals(tfdsShards(27_000, 27_000 * 213_000), 64);
  const read = tfdsOrder(names.length, key, { split: "train", shards: 64 });
  const shuffled = Array.from(sampleOrder(names.length), (k) => names[read[k]!]!);
  assertEquals(
    shuffled.slice(0, 3),
    ["Highway_1287.tif", "Industrial_696.tif", "Forest_1833.tif"],
  );
  const transfer = shuffled.slice(24_300);
  assertEquals(
    transfer.slice(0, 3),
    ["PermanentCrop_1278.tif", "AnnualCrop_2946.tif", "River_1430.tif"],
  );
  const found = Object.fromEntries(Object.keys(counts).map((name) => [name, 0]));
  for (const name of transfer) found[name.split("_")[0]!]!++;
  assertEquals(found, {
    AnnualCrop: 301,
    Forest: 296,
    HerbaceousVegetation: 292,
    Highway: 252,
    Industrial: 253,
    Pasture: 206,
    PermanentCrop: 248,
    Residential: 299,
    River: 246,
    SeaLake: 307,
  });
});

Deno.test("tfdsOrder() compares whole digests where their first words are equal", () => {
  // Among 200,000 keys some pairs share the first 32 bits of their digests.
  const records = 200_000;
  const digest = (i: number) => createHash("md5").update(`train${i}`).digest("hex");
  const digests = Array.from({ length: records }, (_, i) => digest(i));
  const order = tfdsOrder(records, String, { split: "train", shards: 1 });
  let close = 0;
  for (let k = 1; k < records; k++) {
    const [left, right] = [digests[order[k - 1]!]!, digests[order[k]!]!];
    if (left >= right) throw new Error(`records ${k - 1} and ${k} are out of order`);
    if (left.slice(0, 8) === right.slice(0, 8)) close++;
  }
  assertEquals(close > 0, true);
});

Deno.test("tfdsOrder() names every record once, also with empty and uneven shards", () => {
  for (const [records, shards] of [[1, 1], [5, 8], [33, 2], [1000, 37], [256, 16], [4096, 256]]) {
    const order = tfdsOrder(records!, String, { split: "train", shards: shards! });
    assertEquals([...order].sort((a, b) => a - b), Array.from({ length: records! }, (_, i) => i));
  }
});

Deno.test("tfdsShards() keeps shards between 64 MiB and 1 GiB", () => {
  const mebibyte = 2 ** 20;
  assertEquals(tfdsShards(10, 100 * mebibyte), 1);
  assertEquals(tfdsShards(1, 128 * mebibyte - 16), 2);
  assertEquals(tfdsShards(1, 128 * mebibyte - 17), 1);
  assertEquals(tfdsShards(0, 2 ** 40), 1024);
});

Deno.test("tfdsRecordBytes() gives the 672 bytes of a HIGGS record", () => {
  const jets = [1, 2, 3, 4].flatMap((jet) =>
    ["pt", "eta", "phi", "b-tag"].map((part) => `jet_${jet}_${part}`)
  );
  const names = ["class_label", "lepton_pT", "lepton_eta", "lepton_phi", ...jets];
  names.push("missing_energy_magnitude", "missing_energy_phi");
  names.push("m_jj", "m_jjj", "m_lv", "m_jlv", "m_bb", "m_wbb", "m_wwbb");
  assertEquals(names.length, 29);
  assertEquals(tfdsRecordBytes(Object.fromEntries(names.map((name) => [name, "float"]))), 672);
});

Deno.test("tfdsRecordBytes() equals the library protobuf, also for lengths from 128 on", () => {
  assertEquals(tfdsRecordBytes({ a: { textBytes: 0 } }), 13);
  assertEquals(tfdsRecordBytes({ a: { textBytes: 100 } }), 113);
  assertEquals(tfdsRecordBytes({ a: { textBytes: 250 } }), 268);
  assertEquals(tfdsRecordBytes({ label: "small integer" }), 18);
  const texts = {
    seq: { textBytes: 250 },
    "seq_info": { textBytes: 60 },
    domain: { textBytes: 2 },
  };
  assertEquals(tfdsRecordBytes({ ...texts, label: "small integer" }), 382);
});

const hex = (words: Uint32Array) =>
  Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");

Deno.test("createMd5() equals the runtime's digest at every length around the block size", () => {
  const md5 = createMd5();
  for (let length = 0; length <= 200; length++) {
    const text = "River_River_15.tif".repeat(12).slice(0, length);
    assertEquals(hex(md5.words(text)), createHash("md5").update(text).digest("hex"), text);
  }
});

Deno.test("createMd5() digests the UTF-8 bytes of a text", () => {
  const md5 = createMd5();
  for (const text of ["café", "蝴蝶".repeat(40), "😀"]) {
    assertEquals(hex(md5.words(text)), createHash("md5").update(text, "utf8").digest("hex"));
  }
});

Deno.test("createMd5() equals the digests of TFDS keys", () => {
  const md5 = createMd5();
  assertEquals(hex(md5.words("train0")), "9318f9213195ac5c50b1ddb3c7d5aacd");
  assertEquals(hex(md5.words("trainRiver_River_15.tif")), "000084b5fc3e9110b3195ea8d1f04da8");
});
