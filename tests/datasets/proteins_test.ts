import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import { openStore } from "../../lib/store/store.ts";
import { datasets } from "../../lib/datasets/registry.ts";
import { proteinTokens } from "../../lib/datasets/families/proteins.ts";
import { integerLabel, realLabel, residueLabels } from "../../lib/datasets/families/proteins.ts";
import type { ProteinRecord } from "../../lib/datasets/families/proteins.ts";
import { tokenizeDataset } from "../../lib/datasets/tokenize_dataset.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assertSplits } from "./expected_splits.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/", import.meta.url));
const expected = JSON.parse(Deno.readTextFileSync(`${raw}proteins.json`));
const archives = new Map([
  ["scop", "remote_homology"],
  ["secondary-structure", "secondary_structure"],
  ["stability", "stability"],
  ["fluorescence", "fluorescence"],
]);

for (const [id, name] of archives) {
  for (const variant of ["metamae", "dabs"]) {
    Deno.test(`${id} equals pandas, protein for protein: ${variant}`, async () => {
      await inFolder(async (folder) => {
        const out = `${folder}/store`;
        await tokenizeDataset(id, { raw: `${raw}${id}`, out, variant });
        await using store = await openStore(out);
        await assertSplits(store, expected[variant][id]);
      });
    });
  }

  Deno.test(`${id} reads its unpacked folder, and its files beside each other`, async () => {
    await inFolder(async (folder) => {
      await unpack(`${raw}${id}/${name}.tar.gz`, folder);
      await Deno.rename(`${folder}/${name}`, `${folder}/other name`);
      for (const place of ["other name", name]) {
        if (place === name) await Deno.rename(`${folder}/other name`, `${folder}/${name}`);
        const out = `${folder}/store of ${place}`;
        await tokenizeDataset(id, { raw: place === name ? folder : `${folder}/${place}`, out });
        await using store = await openStore(out);
        await assertSplits(store, expected.metamae[id]);
      }
    });
  });
}

Deno.test("fluorescence has batches of 512 under DABS", () => {
  const sizes = ["metamae", "dabs"].map((variant) =>
    variantOf(datasets.get("fluorescence")!, variant).shape!.defaults.batchSize
  );
  assertEquals(sizes, [128, 512]);
});

Deno.test("secondary-structure pads its labels with a class of its own", async () => {
  await inFolder(async (folder) => {
    const manifest = await tokenizeDataset("secondary-structure", {
      raw: `${raw}secondary-structure`,
      out: `${folder}/store`,
    });
    const { classes, ignoreLabel } = manifest.task!;
    assertEquals([classes, ignoreLabel], [4, 3]);
    assert(expected.metamae["secondary-structure"].train.labels.includes(3));
  });
});

Deno.test("protein data sets equal the recorded outputs of the reference", () => {
  const fixture = readFixture("datasets");
  const lines = (fixture.json.files["protein_transfer.csv"] as string).trim().split("\n").slice(1);
  const pattern = /^\d+,([A-Z]+),(\d+),"(\[[^"]*\])",(\[[^,]*\]),(\[.*\])$/;
  const records = lines.map((line, index): ProteinRecord => {
    const [, primary, fold, ss3, stability, fluorescence] = pattern.exec(line)!;
    const tokens = proteinTokens(primary!);
    assert(typeof tokens !== "number");
    const lists = [ss3, stability, fluorescence].map((text) => JSON.parse(text!));
    const names = ["ss3", "stability_score", "log_fluorescence"];
    const fields = Object.fromEntries(names.map((name, i) => [name, lists[i]]));
    fields["fold_label"] = Number(fold);
    return { index, tokens, residues: primary!.length, fields };
  });
  const recorded = (name: string) => fixture.tensor(`protein/${name}`).values;
  assertEquals(records.flatMap(({ tokens }) => [...tokens]), recorded("x"));
  const fold = integerLabel("fold_label", 1195);
  assertEquals(records.map((record) => fold(record, "")), recorded("scop/y"));
  const states = residueLabels("ss3", 3, 3);
  assertEquals(
    records.flatMap((record) => states(record, "")),
    recorded("secondary_structure/y"),
  );
  for (
    const [field, name] of [["stability_score", "stability"], ["log_fluorescence", "fluorescence"]]
  ) {
    const label = realLabel(field!);
    assertEquals(
      records.map((record) => Math.fround(label(record, "") as number)),
      recorded(`${name}/y`),
    );
  }
});

Deno.test("proteinTokens() keeps 128 residues and pads with X", () => {
  const tokens = proteinTokens("ACJ");
  assert(typeof tokens !== "number");
  assertEquals([tokens.length, ...tokens.subarray(0, 4)], [128, 1, 5, 25, 0]);
  assertEquals(proteinTokens("A".repeat(200)), new Uint8Array(128).fill(1));
  assertEquals(proteinTokens("ARN*D"), 3);
  assertEquals(proteinTokens("AéA"), 1);
  assertEquals(proteinTokens("a"), 0);
  // Behind the cut nothing is read.
  assertEquals(proteinTokens("A".repeat(128) + "*"), new Uint8Array(128).fill(1));
});

/** Tokenizes Fluorescence with a changed training list. */
async function withTraining(
  change: (items: Record<string, unknown>[]) => unknown,
  id: string,
  run: (convert: () => Promise<unknown>, file: string) => Promise<void>,
) {
  const name = archives.get(id)!;
  await inFolder(async (folder) => {
    await unpack(`${raw}${id}/${name}.tar.gz`, folder);
    const file = `${folder}/${name}/${name}_train.json`;
    const changed = change(JSON.parse(await Deno.readTextFile(file)));
    await Deno.writeTextFile(file, typeof changed === "string" ? changed : JSON.stringify(changed));
    await run(() => tokenizeDataset(id, { raw: folder, out: `${folder}/store` }), file);
  });
}

Deno.test("protein data sets name file and item of what is wrong", async () => {
  type Item = Record<string, unknown>;
  const change = (field: string, value: unknown) => (items: Item[]) =>
    items.with(3, { ...items[3], [field]: value });
  const cases: [id: string, change: (items: Item[]) => unknown, message: string][] = [
    ["fluorescence", change("primary", "AR1D"), 'item 3 has "1" as residue 3 of "primary"'],
    ["fluorescence", change("primary", 5), 'item 3 has no sequence "primary"'],
    ["fluorescence", (items) => items.with(3, [] as unknown as Item), "item 3 is no object"],
    [
      "fluorescence",
      change("log_fluorescence", [1, 2]),
      'item 3 has [1,2] as "log_fluorescence", a list of one number is wanted',
    ],
    ["stability", change("stability_score", ["x"]), 'item 3 has ["x"] as "stability_score"'],
    ["stability", change("stability_score", undefined), "item 3 has nothing as"],
    ["scop", change("fold_label", 1195), 'item 3 has 1195 as "fold_label", a class in 0..1194'],
    ["secondary-structure", change("ss3", [1, 2]), 'item 3 has [1,2] as "ss3", a list of'],
    ["scop", (items) => JSON.stringify(items).slice(0, -40), "it is cut off in item 23"],
    ["scop", () => "[]", "its list is empty"],
  ];
  for (const [id, changed, message] of cases) {
    await withTraining(changed, id, async (convert, file) => {
      await assertRejects(convert, DataError, `Cannot read "${file}": ${message}`);
    });
  }
});

Deno.test("secondary-structure refuses residues without a state", async () => {
  await withTraining(
    (items) => {
      (items[1]!.ss3 as number[])[7] = 3;
      return items;
    },
    "secondary-structure",
    async (convert) => {
      await assertRejects(
        convert,
        DataError,
        '... as "ss3", a list of 129 classes in 0..2 is wanted',
      );
    },
  );
});

Deno.test("protein data sets say which file is missing, and warn about other row counts", async () => {
  await inFolder(async (folder) => {
    await unpack(`${raw}scop/remote_homology.tar.gz`, folder);
    const warnings: string[] = [];
    const convert = () =>
      tokenizeDataset("scop", {
        raw: folder,
        out: `${folder}/store`,
        warn: (message) => void warnings.push(message),
      });
    await convert();
    assertEquals(warnings.length, 2);
    assert(warnings[0]!.includes('_train.json" holds 24 proteins, the official file about 12312'));
    await Deno.remove(`${folder}/remote_homology/remote_homology_valid.json`);
    await Deno.remove(`${folder}/store`, { recursive: true });
    await assertRejects(
      convert,
      MissingError,
      `"${folder}/remote_homology" lacks "remote_homology_valid.json"`,
    );
  });
});
