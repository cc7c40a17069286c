import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import type { Dataset } from "../../lib/datasets/conversion/dataset.ts";
import { glue } from "../../lib/datasets/glue.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { fromFileUrl, join } from "../../lib/util/path.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { assertTextSamples } from "./text_rows.ts";
import { inFolder, unpack } from "./unpack.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/glue", import.meta.url));
const hub = fromFileUrl(new URL("../fixtures/raw/text-hub/glue", import.meta.url));
const expected = JSON.parse(Deno.readTextFileSync(`${raw}.json`));
const taskOf = (name: string) => glue.find(({ id }) => id === `glue-${name}`)!;

const archives = {
  cola: "CoLA.zip",
  "mnli-m": "MNLI.zip",
  "mnli-mm": "MNLI.zip",
  mrpc: undefined,
  qnli: "QNLIv2.zip",
  qqp: "QQP-clean.zip",
  rte: "RTE.zip",
  sst2: "SST-2.zip",
  stsb: "STS-B.zip",
  wnli: "WNLI.zip",
};

Deno.test("glue has the ten tasks of DABS", () => {
  assertEquals(glue.map(({ id }) => id), Object.keys(archives).map((name) => `glue-${name}`));
  const kinds = glue.map((task) => variantOf(task, "dabs").shape!.task!)
    .map(({ kind, classes, metric }) => `${kind} ${classes} ${metric}`);
  assertEquals(kinds, [
    "binary 2 pearson",
    "single-label 3 accuracy",
    "single-label 3 accuracy",
    "binary 2 accuracy",
    "binary 2 accuracy",
    "binary 2 accuracy",
    "binary 2 accuracy",
    "binary 2 accuracy",
    "regression 1 spearman",
    "binary 2 accuracy",
  ]);
});

for (const [name, archive] of Object.entries(archives)) {
  Deno.test(`glue-${name} equals Python's reading of the official files`, async () => {
    const store = await tokenizeToMemory(taskOf(name), { raw });
    assertTextSamples(store, expected[name], 0);
    const { missing, empty } = expected[name];
    const unlabelled = store.counters["rows without a label, left out"] ?? 0;
    assertEquals(
      (store.counters["rows with missing columns, left out"] ?? 0) + unlabelled,
      missing,
    );
    assertEquals(store.counters["rows with an empty text, left out"] ?? 0, empty);
    assert(store.warnings.some((text) => text.includes("is not the official file: it has")));
    assert(store.warnings.some((text) => /the split "test" has \d+ samples, \d+ /i.test(text)));
    if (archive === undefined) return;
    await inFolder(async (folder) => {
      await unpack(`${raw}/${archive}`, folder);
      assertTextSamples(await tokenizeToMemory(taskOf(name), { raw: folder }), expected[name], 0);
    });
  });
}

Deno.test("glue reads the Parquet files of the hub", async () => {
  for (const name of ["cola", "mnli-m", "mnli-mm", "mrpc", "stsb"]) {
    assertTextSamples(await tokenizeToMemory(taskOf(name), { raw: hub }), expected[name], 0);
  }
});

Deno.test("glue stops at the limit", async () => {
  const { rows, lists, warnings } = await tokenizeToMemory(taskOf("mrpc"), { raw, limit: 2 });
  assertEquals([rows.length, lists.train!.length, lists.test!.length], [4, 2, 2]);
  assertEquals(warnings.filter((text) => text.includes("samples")), []);
});

/** Copies raw files, changes one and reads them. */
async function changed(task: Dataset, file: string, change: (text: string) => string) {
  return await inFolderWith(async (folder) => {
    for (const { name } of Deno.readDirSync(raw)) {
      if (!name.endsWith(".zip")) await Deno.copyFile(join(raw, name), join(folder, name));
    }
    for (const archive of ["QQP-clean.zip", "STS-B.zip", "CoLA.zip"]) {
      await unpack(`${raw}/${archive}`, folder);
    }
    const path = join(folder, file);
    await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
    return await tokenizeToMemory(task, { raw: folder });
  });
}

async function inFolderWith<T>(run: (folder: string) => Promise<T>): Promise<T> {
  let result: T;
  await inFolder(async (folder) => void (result = await run(folder)));
  return result!;
}

Deno.test("glue refuses labels, columns and lists that are none", async () => {
  const refuses = (name: string, file: string, change: (text: string) => string, message: string) =>
    assertRejects(() => changed(taskOf(name), file, change), DataError, message);
  await refuses(
    "qqp",
    "QQP/train.tsv",
    (text) => text.replace(/[01]\n/, "2\n"),
    'QQP/train.tsv": line 2 has the label "2", which is none',
  );
  await refuses(
    "stsb",
    "STS-B/dev.tsv",
    (text) => text.replace(/[\d.]+\n/, "much\n"),
    'STS-B/dev.tsv": line 2 has the label "much", which is none',
  );
  await refuses(
    "qqp",
    "QQP/dev.tsv",
    (text) => text.replace("is_duplicate", "label"),
    'QQP/dev.tsv": line 1 lacks the column "is_duplicate"',
  );
  await refuses(
    "mrpc",
    "mrpc_dev_ids.tsv",
    () => "1\n",
    'mrpc_dev_ids.tsv": line 1 has no two ids',
  );
});

Deno.test("glue says what is missing", async () => {
  await assertRejects(
    () => changed(taskOf("cola"), "CoLA/dev.tsv", () => "rubbish\n"),
    DataError,
    'Cannot read "dev.tsv": it has no sample for the split "test"',
  );
  await inFolder(async (folder) => {
    await unpack(`${raw}/RTE.zip`, folder);
    await Deno.remove(`${folder}/RTE/dev.tsv`);
    await assertRejects(
      () => tokenizeToMemory(taskOf("rte"), { raw: folder }),
      MissingError,
      `Cannot tokenize "glue-rte": "${folder}/RTE" lacks "dev.tsv", the split "test"`,
    );
  });
  await inFolder(async (folder) => {
    await Deno.copyFile(`${raw}/msr_paraphrase_train.txt`, `${folder}/msr_paraphrase_train.txt`);
    const error = await assertRejects(
      () => tokenizeToMemory(taskOf("mrpc"), { raw: folder }),
      MissingError,
      `"${folder}/mrpc_dev_ids.tsv" is missing`,
    );
    assertEquals(
      error.hint,
      "Download https://dl.fbaipublicfiles.com/glue/data/mrpc_dev_ids.tsv and put it at " +
        `"${folder}/mrpc_dev_ids.tsv"`,
    );
  });
});
