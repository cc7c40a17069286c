import { gzipSync } from "node:zlib";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import { shuffledSplit } from "../../lib/reference/splits.ts";
import { openStore } from "../../lib/store/store.ts";
import { knownGenera, newGenera } from "../../lib/datasets/genomics.ts";
import { readGenomicTable } from "../../lib/datasets/genomics.ts";
import { tokenizeDataset } from "../../lib/datasets/tokenize_dataset.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assertSplits } from "./expected_splits.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/", import.meta.url));
const expected = JSON.parse(Deno.readTextFileSync(`${raw}genomics.json`));
const oodFile = "between_2011-2016_ood_val.txt";
const oodText = Deno.readTextFileSync(`${raw}genomics-ood/genomics_ood/${oodFile}`);

for (const id of ["genomics", "genomics-ood"]) {
  for (const variant of ["metamae", "dabs"]) {
    Deno.test(`${id} equals pandas over the order of TFDS, read for read: ${variant}`, async () => {
      await inFolder(async (folder) => {
        await tokenizeDataset(id, { raw: `${raw}${id}`, out: `${folder}/store`, variant });
        await using store = await openStore(`${folder}/store`);
        await assertSplits(store, expected[variant][id]);
      });
    });
  }
}

Deno.test("genomics has one test read more under DABS", () => {
  const { metamae, dabs } = expected;
  for (const id of ["genomics", "genomics-ood"]) {
    assertEquals(metamae[id].test.rows, dabs[id].test.rows.slice(1));
  }
});

Deno.test("genomics numbers 10 known genera and 60 others, each in alphabetical order", () => {
  assertEquals([knownGenera.length, newGenera.length], [10, 60]);
  assertEquals([...knownGenera].sort(), [...knownGenera]);
  assertEquals([...newGenera].sort(), [...newGenera]);
  assertEquals(new Set([...knownGenera, ...newGenera]).size, 70);
});

Deno.test("genomics reads the unpacked tables, in their folder or beside each other", async () => {
  await inFolder(async (folder) => {
    await unpack(`${raw}genomics/genomics_ood.zip`, folder);
    await tokenizeDataset("genomics", { raw: folder, out: `${folder}/store` });
    await using store = await openStore(`${folder}/store`);
    assertEquals(store.manifest.rows, 130);
    const { source } = await store.split("train");
    const first = expected.metamae.genomics;
    assert(source.kind === "list");
    // Here the training table comes first.
    assertEquals(Array.from(source.ids), first.train.rows.map((row: number) => row + 70));
  });
});

Deno.test("genomics-ood equals the recorded outputs of the reference", () => {
  const fixture = readFixture("datasets");
  const lines = (fixture.json.files["genomics.csv"] as string).trim().split("\n").slice(1);
  // The reference shuffles the table that it wrote in TFDS order, as is done here.
  const { train, test } = shuffledSplit(lines.length, "metamae");
  for (const [name, rows] of [["train", train], ["test", test]] as const) {
    const fields = Array.from(rows, (row) => /^\d+,1,(\d+),b'([ACGT]+)'/.exec(lines[row]!)!);
    const bases = fields.flatMap(([, , seq]) => [...seq!].map((base) => "ACGT".indexOf(base)));
    assertEquals(bases, fixture.tensor(`genomics_ood/${name}/x`).values);
    assertEquals(
      fields.map(([, label]) => Number(label) - 10),
      fixture.tensor(`genomics_ood/${name}/y`).values,
    );
  }
});

/** Tokenizes a changed table of Genomics-OOD. */
async function withTable(
  text: string | Uint8Array,
  run: (convert: () => Promise<unknown>, file: string) => Promise<void>,
) {
  await inFolder(async (folder) => {
    const file = `${folder}/${oodFile}`;
    if (typeof text === "string") await Deno.writeTextFile(file, text);
    else await Deno.writeFile(file, text);
    await run(() => tokenizeDataset("genomics-ood", { raw: folder, out: `${folder}/store` }), file);
  });
}

Deno.test("genomics-ood takes label ids in place of names, columns in any order and Windows line ends", async () => {
  const lines = oodText.trimEnd().split("\n").map((line) => line.split("\t"));
  const changed = lines.map(([seq, label, info, domain], i) =>
    [domain, info, i === 0 ? label : 10 + newGenera.indexOf(label!), seq].join("\t")
  );
  for (const text of [changed.join("\r\n") + "\r\n\r\n", gzipSync(changed.join("\n") + "\n")]) {
    await withTable(text, async (convert, file) => {
      await convert();
      await using store = await openStore(file.replace(oodFile, "store"));
      await assertSplits(store, expected.metamae["genomics-ood"]);
    });
  }
});

Deno.test("genomics-ood names file, line and place of what is wrong", async () => {
  const lines = oodText.split("\n");
  const third = lines[2]!;
  const cases: [line: string, message: string][] = [
    ["N" + third.slice(1), 'has "N" as base 1, A, C, G or T is wanted'],
    [third.slice(0, 249) + "a" + third.slice(250), 'has "a" as base 250'],
    [third.slice(1), "has a read of 249 bases, 250 are wanted"],
    [third.replace(/\t[^\t]*\t/, "\tYersinia\t"), 'has the label "Yersinia", which is no genus'],
    [third.replace(/\t[^\t]*\t/, "\t9\t"), 'has the label "9", which is no genus'],
    [third.replace(/\t[^\t]*$/, ""), "has 3 columns, 4 are wanted"],
    [third + "\tmore", "has 5 columns, 4 are wanted"],
  ];
  for (const [line, message] of cases) {
    await withTable(lines.with(2, line).join("\n"), async (convert, file) => {
      await assertRejects(convert, DataError, `Cannot read "${file}": line 3 ${message}`);
    });
  }
  await withTable(lines.slice(1).join("\n"), async (convert) => {
    await assertRejects(convert, DataError, 'its first line names no column "seq", "label"');
  });
  await withTable("", async (convert, file) => {
    await assertRejects(convert, DataError, `Cannot read "${file}": it is empty`);
  });
  await withTable(oodText.slice(0, -200), async (convert) => {
    await assertRejects(convert, DataError, "line 51 has");
  });
});

Deno.test("genomics says which table is missing", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/before_2011_in_tr.txt`,
      oodText.replaceAll(/\t[A-Z][a-z]+\t/g, "\tBacillus\t"),
    );
    await assertRejects(
      () => tokenizeDataset("genomics", { raw: folder, out: `${folder}/store` }),
      MissingError,
      `"${folder}" lacks "between_2011-2016_in_val.txt"`,
    );
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});

Deno.test("readGenomicTable() counts the bytes of a record as TFDS writes it", async () => {
  const table = `seq\tlabel\tseq_info\tdomain\n${"ACGTA".repeat(50)}\tBacillus\t${
    "x".repeat(60)
  }\tin\n`;
  const chunks = async function* () {
    yield await Promise.resolve(new TextEncoder().encode(table));
  };
  const options = { name: "a.txt", genera: knownGenera, firstId: 0, warn: () => {} };
  const [read] = await Array.fromAsync(readGenomicTable(chunks(), options));
  assertEquals([read!.label, read!.recordBytes, read!.bases.subarray(0, 5).join()], [
    0,
    382,
    "0,1,2,3,0",
  ]);
});
