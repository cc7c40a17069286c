import { assertEquals, assertRejects } from "../assert.ts";
import { findRaw } from "../../lib/raw/raw_files.ts";
import { findShards, languageShard, readPages } from "../../lib/datasets/mc4.ts";
import { readSplitFiles, type SplitColumns } from "../../lib/datasets/families/texts.ts";
import type { TextRowListener } from "../../lib/datasets/families/texts.ts";
import { DataError } from "../../lib/util/errors.ts";
import { dirname, fromFileUrl } from "../../lib/util/path.ts";
import { inFolder } from "./unpack.ts";

const parquet = fromFileUrl(new URL("../fixtures/raw/parquet/snappy.parquet", import.meta.url));
const splits = [
  { split: "train", file: "train.tsv", parquet: "train" },
  { split: "test", file: "en/dev.tsv", parquet: "validation", parquetFolder: "en" },
] as const;
const columns: SplitColumns = {
  separated: ["text", "label"],
  parquet: ["text", "label"],
  labelOf: (cell) => Number(cell) === -1 ? undefined : Number(cell),
  dropEmpty: true,
};

/** Reads the rows of a folder of files; a `.parquet` file is the fixture of 50 rows. */
async function read(
  files: Readonly<Record<string, string>>,
  { full = () => false, ...overrides }: Partial<SplitColumns & TextRowListener> = {},
) {
  const rows: [string, string, number | undefined][] = [];
  const drops: Record<string, number> = {};
  const opened: string[] = [];
  await inFolder(async (folder) => {
    for (const [file, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(`${folder}/raw/${file}`), { recursive: true });
      if (file.endsWith(".parquet")) await Deno.copyFile(parquet, `${folder}/raw/${file}`);
      else await Deno.writeTextFile(`${folder}/raw/${file}`, text);
    }
    const found = await findRaw("toy", folder, { path: "raw" });
    const listener: TextRowListener = {
      full,
      open: (split) => void opened.push(split),
      drop: (what) => void (drops[what] = (drops[what] ?? 0) + 1),
    };
    const all = readSplitFiles(found, splits, { ...columns, ...overrides }, listener);
    for await (const { split, texts, label } of all) rows.push([split, texts.join("|"), label]);
  });
  return { rows, drops, opened };
}

Deno.test("readSplitFiles() reads the files of the splits and no others", async () => {
  const { rows, drops, opened } = await read({
    "train.tsv": "label\ttext\n1\ta\n0\t\n\n-1\tc\n2\n1\td\n",
    "en/dev.tsv": "text\tlabel\ne\t3\n",
    "de/dev.tsv": "rubbish",
    "my_train.tsv": "rubbish",
    "test.tsv": "rubbish",
  });
  assertEquals(rows, [["test", "e", 3], ["train", "a", 1], ["train", "d", 1]]);
  assertEquals(drops, {
    "rows with an empty text, left out": 1,
    "rows without a label, left out": 1,
    "rows with missing columns, left out": 1,
  });
  assertEquals(opened, ["test", "train"]);
});

Deno.test("readSplitFiles() reads Parquet shards of the right folder in order", async () => {
  const { rows, drops } = await read({
    "en/validation-00000-of-00002.parquet": "",
    "en/validation-00001-of-00002.parquet": "",
    "de/validation-00000-of-00001.parquet": "",
    "en/validation_mismatched-00000-of-00001.parquet": "",
  });
  // Of the 50 rows 17 have the label -1, those with an empty text among them.
  assertEquals(rows.length, 2 * 33);
  assertEquals(rows.slice(0, 33), rows.slice(33));
  assertEquals(drops, { "rows without a label, left out": 34 });
});

Deno.test("readSplitFiles() reads one of two forms of a split", async () => {
  const { rows, opened } = await read({
    "train-00000-of-00001.parquet": "",
    "train.tsv": "text\tlabel\na\t1\n",
  });
  assertEquals([rows.length, opened], [33, ["train"]]);
});

Deno.test("readSplitFiles() reads lines as texts, without labels", async () => {
  const { rows, drops } = await read({ "train.tsv": " = A = \n \t \nb\tc\n" }, {
    separated: "lines",
    // deno-lint-ignore no-explicit-any -- the field is left out, not undefined
    labelOf: undefined as any,
  });
  assertEquals(rows, [["train", " = A = ", undefined], ["train", "b\tc", undefined]]);
  assertEquals(drops, { "rows with an empty text, left out": 1 });
});

Deno.test("readSplitFiles() stops reading a split that is full", async () => {
  let asked = 0;
  const { rows } = await read({ "train.tsv": "text\tlabel\n" + "a\t1\n".repeat(100) }, {
    full: () => asked++ >= 4,
  });
  assertEquals(rows.length, 3);
});

Deno.test("readSplitFiles() refuses what is no text or label, with the row", async () => {
  await assertRejects(
    () => read({ "train.tsv": "text\tlabel\na\tx\n" }),
    DataError,
    'train.tsv": line 2 has the label "x", which is none',
  );
  await assertRejects(
    () => read({ "train-00000-of-00001.parquet": "" }, { parquet: ["idx", "label"] }),
    DataError,
    'train-00000-of-00001.parquet": row 0 has no text where one is wanted',
  );
});

Deno.test("findShards() sorts the shards of one part and language", async () => {
  const part = { language: "en", split: "train" } as const;
  assertEquals(languageShard(part, 7, 11_264), "c4-en.tfrecord-00007-of-11264.json.gz");
  await inFolder(async (folder) => {
    const names = [
      languageShard(part, 10, 11_264),
      languageShard(part, 2, 11_264),
      languageShard({ ...part, split: "validation" }, 0, 128),
      languageShard({ ...part, language: "de" }, 0, 2_048),
      "c4-en.tfrecord-00003-of-11264.json.gz.part",
    ];
    for (const name of names) await Deno.writeTextFile(`${folder}/${name}`, "");
    assertEquals((await findShards(folder, part)).map(({ number }) => number), [2, 10]);
    assertEquals(await findShards(folder, { language: "fr", split: "train" }), []);
    assertEquals(await findShards(`${folder}/nothing`, part), []);
    await Deno.mkdir(`${folder}/fr/train`, { recursive: true });
    const shard = `${folder}/fr/train/train-00000-of-00001.parquet`;
    await Deno.copyFile(parquet, shard);
    const found = await findShards(folder, { language: "fr", split: "train" });
    assertEquals(found, [{ path: shard, number: 0 }]);
    assertEquals((await Array.fromAsync(readPages(found))).length, 50);
  });
});
