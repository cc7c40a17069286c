import { assert, assertEquals, assertRejects } from "../assert.ts";
import { fasta } from "../../lib/datasets/fasta.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { expected, labelsOf, own, storedRows } from "./generic/own_data.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder } from "./unpack.ts";

type Options = Record<string, string | number | boolean>;
const genomes = (options: Options) => tokenizeToMemory(fasta, { raw: own("genomes"), options });

Deno.test("fasta equals Python: windows of two genomes, a class each, unknown bases left out", async () => {
  const store = await genomes({ window: 20, testFraction: 0.2 });
  const { train, test, labels } = expected.genomes;
  assertEquals(storedRows(store, "train"), train);
  assertEquals(storedRows(store, "test"), test);
  assertEquals(labelsOf(store, "train"), labels);
  assertEquals(store.declaration.task!.classNames, ["alpha", "beta"]);
  assertEquals(store.declaration.inputs, [{ kind: "tokens", vocabulary: 4, length: 20 }]);
  assertEquals(store.counters, { "windows with unknown bases": 1 });
});

Deno.test("fasta keeps overlapping windows of a record in one split", async () => {
  const { lists, rows } = await genomes({ window: 20, stride: 5 });
  // Records of 95, 40 and 63 bases; four windows of the first hold its unknown base.
  assertEquals(rows.length, 12 + 5 + 9);
  assert([12, 5, 9].includes(lists.test!.length));
  const first = lists.test![0]!;
  assertEquals(lists.test, lists.test!.map((_, i) => first + i));
});

Deno.test("fasta leaves bases between windows out where the stride is longer", async () => {
  const near = await genomes({ window: 10, stride: 10 });
  const far = await genomes({ window: 10, stride: 30 });
  const rows = far.rows.map(([row]) => row!.join());
  assertEquals(rows[0], near.rows[0]![0]!.join());
  assertEquals(rows.length, 3 - 1 + 2 + 2);
});

Deno.test("fasta equals Python: whole proteins, cut and filled up, classes in headers", async () => {
  const store = await tokenizeToMemory(fasta, {
    raw: own("proteins.fasta"),
    options: {
      alphabet: "protein",
      window: 12,
      labelPattern: "family=(\\w+)",
      testPattern: "^P4",
    },
  });
  assertEquals(store.rows.map(([row]) => Array.from(row!)), expected.proteins);
  assertEquals(store.labels, [0, 1, 0, 1]);
  assertEquals(store.lists, { train: [0, 1, 2], test: [3] });
  assertEquals(store.declaration.task!.classNames, ["globin", "kinase"]);
  assertEquals(store.counters, { "records cut off": 1 });
});

Deno.test("fasta names file and line of wrong letters and of a missing header", async () => {
  await inFolder(async (folder) => {
    const raw = `${folder}/a.fa`;
    const convert = (options: Options = {}) => tokenizeToMemory(fasta, { raw, options });
    const refused = async (text: string, message: string, options?: Options) => {
      await Deno.writeTextFile(raw, text);
      await assertRejects(() => convert(options), DataError, message);
    };
    await refused(">r\nACGT\n\nAC!T\n", `Cannot read "${raw}": line 4 has "!", a base is wanted`);
    await refused(">r\nMK1\n", 'line 2 has "1", a residue is wanted', { alphabet: "protein" });
    await refused("ACGT\n", 'line 1 has letters before the first header (">")');
    await refused(">r\nACGT\n", "it has no windows");
    await refused(">r\nACGT\n", 'the header "r" does not match', { window: 2, labelPattern: "x" });
    await Deno.remove(raw);
    await assertRejects(convert, MissingError, "there is no such file");
  });
});
