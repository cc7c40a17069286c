import { gunzipSync, gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { openStore } from "../../lib/store/store.ts";
import { higgs } from "../../lib/datasets/higgs.ts";
import { tokenizeDataset, type TokenizeOptions } from "../../lib/datasets/tokenize_dataset.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assertSplits } from "./expected_splits.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/higgs", import.meta.url));
const packed = Deno.readFileSync(`${raw}/HIGGS.csv.gz`);
const text = new TextDecoder().decode(gunzipSync(packed));
const expected = JSON.parse(Deno.readTextFileSync(`${raw}.json`));

/** Tokenizes one raw file. */
async function withRaw(
  files: Readonly<Record<string, string | Uint8Array>>,
  run: (
    convert: (options?: Partial<TokenizeOptions>) => Promise<unknown>,
    folder: string,
  ) => Promise<void>,
) {
  await inFolder(async (folder) => {
    for (const [name, contents] of Object.entries(files)) {
      if (typeof contents === "string") await Deno.writeTextFile(`${folder}/${name}`, contents);
      else await Deno.writeFile(`${folder}/${name}`, contents);
    }
    const out = `${folder}/store`;
    await run((options) => tokenizeDataset("higgs", { raw: folder, out, ...options }), folder);
  });
}

for (const variant of ["metamae", "dabs"] as const) {
  Deno.test(`higgs equals pandas over the order of TFDS, row for row: ${variant}`, async () => {
    await inFolder(async (folder) => {
      await tokenizeDataset("higgs", { raw, out: `${folder}/store`, variant });
      await using store = await openStore(`${folder}/store`);
      await assertSplits(store, expected[variant]);
      assertEquals(store.manifest.rows, 300);
    });
  });
}

Deno.test("higgs has one test row more under DABS", () => {
  assertEquals(expected.metamae.test.rows, expected.dabs.test.rows.slice(1));
});

Deno.test("higgs feeds the features in alphabetical order", async () => {
  const line = Array.from({ length: 29 }, (_, i) => Math.min(i, 1) * i).join() + "\n";
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/HIGGS.csv`, line.repeat(40));
    const { rows } = await tokenizeToMemory(higgs, { raw: folder });
    // The b-tag of the first jet, the 10th column of the file, comes first.
    assertEquals(Array.from(rows[0]![0]!.subarray(0, 5)), [9, 7, 8, 6, 13]);
  });
  assertEquals(expected.features.slice(16, 19), ["lepton_eta", "lepton_pT", "lepton_phi"]);
});

Deno.test("higgs reads the table unpacked, and the archive of the UCI site", async () => {
  for (
    const files of [
      { "HIGGS.csv": text },
      { "higgs.zip": zipSync({ "HIGGS.csv.gz": packed }) },
      // Parallel compressors write several members.
      {
        "HIGGS.csv.gz": Uint8Array.from([
          ...gzipSync(text.slice(0, 9000)),
          ...gzipSync(text.slice(9000)),
        ]),
      },
    ]
  ) {
    await withRaw(files, async (convert, folder) => {
      await convert();
      await using store = await openStore(`${folder}/store`);
      await assertSplits(store, expected.metamae);
    });
  }
});

Deno.test("higgs gives the same rows whatever the number of workers", async () => {
  const [here, one, three] = await Promise.all(
    [0, 1, 3].map((workers) => tokenizeToMemory(higgs, { raw, workers })),
  );
  assertEquals(here!.rows.length, 300);
  assertEquals([one!.rows, one!.labels], [here!.rows, here!.labels]);
  assertEquals([three!.rows, three!.labels], [here!.rows, here!.labels]);
});

Deno.test("higgs leaves out the test split of an excerpt that is too short for one", async () => {
  const warnings: string[] = [];
  await withRaw(
    { "HIGGS.csv": text.split("\n").slice(0, 40).join("\n") + "\n" },
    async (convert, folder) => {
      await convert({ warn: (message) => void warnings.push(message) });
      await using store = await openStore(`${folder}/store`);
      assertEquals([...store.splits].sort(), ["pretrain", "train"]);
    },
  );
  assert(warnings.some((message) => message.includes('The split "test" is left out')));
  assert(warnings.some((message) => message.includes("holds 40 rows, the official one 11000000")));
});

Deno.test("higgs names file, line and column of what is wrong", async () => {
  const lines = text.split("\n");
  const cases: [change: (line: string) => string, message: string][] = [
    [(line) => line.replace(/,[^,]*$/, ""), "line 4 has 28 columns, 29 are wanted"],
    [(line) => line + ",1", "line 4 has more than 29 columns"],
    [(line) => line.replace(/,[^,]*,/, ",?,"), 'line 4 has "?" in column 2, a finite number'],
    [(line) => line.replace(/,[^,]*,/, ",,"), "line 4 has NaN in column 2, a finite number"],
    [(line) => line.replace(/^[^,]*/, "2"), "line 4 has 2 in column 1, 0 or 1 is wanted"],
  ];
  for (const [change, message] of cases) {
    const changed = lines.with(3, change(lines[3]!)).join("\n");
    await withRaw({ "HIGGS.csv": changed }, async (convert, folder) => {
      await assertRejects(convert, DataError, `Cannot read "${folder}/HIGGS.csv": ${message}`);
      assertEquals([...Deno.readDirSync(folder)].length, 1);
    });
  }
});

Deno.test("higgs refuses a file that is cut off or damaged", async () => {
  const changed = packed.slice();
  changed[packed.length >> 1]! ^= 16;
  for (const bytes of [packed.slice(0, -9), packed.slice(0, 5000), changed]) {
    await withRaw({ "HIGGS.csv.gz": bytes }, async (convert) => {
      const error = await assertRejects(convert, DataError);
      assert(error.message.includes("HIGGS.csv.gz"));
    });
  }
  await withRaw({ "HIGGS.csv": text.slice(0, -300) }, async (convert) => {
    await assertRejects(convert, DataError, "columns, 29 are wanted");
  });
  await withRaw({ "higgs.zip": zipSync({ "other.csv": packed }) }, async (convert) => {
    await assertRejects(convert, DataError, 'it has no "HIGGS.csv.gz"');
  });
});

Deno.test("higgs says where to get the file", async () => {
  await withRaw({}, async (convert, folder) => {
    const error = await assertRejects(convert, MissingError);
    assert(error.message.includes(`"${folder}/HIGGS.csv.gz" is missing ("HIGGS.csv", "higgs.zip"`));
    assert(error.hint?.includes(higgs.files[0]!.url!));
  });
});
