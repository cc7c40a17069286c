import { gunzipSync } from "node:zlib";
import { checkSamples, main, verdictText } from "./main.ts";
import { fromFileUrl, join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { inFolder, unpack } from "../datasets/unpack.ts";

const raw = fromFileUrl(new URL("../fixtures/raw", import.meta.url));
const dna = "ACGT".repeat(200);

/** A folder of samples in the layouts that the task knows, made of fixtures. */
async function makeSamples(folder: string) {
  const proteins = join(folder, "proteins/converted_tape_layout");
  await unpack(join(raw, "fluorescence/fluorescence.tar.gz"), proteins);
  await Deno.mkdir(join(folder, "higgs"));
  const table = gunzipSync(await Deno.readFile(join(raw, "higgs/HIGGS.csv.gz")));
  await Deno.writeFile(join(folder, "higgs/HIGGS.csv"), table);
  await Deno.mkdir(join(folder, "genomics"));
  await Deno.writeTextFile(join(folder, "genomics/a.fna"), `>one\n${dna}\n${dna}\n`);
  await Deno.writeTextFile(join(folder, "genomics/b.fna"), `>two\n${dna}N\n>three\n${dna}\n`);
}

/** Checks a changed copy; gives the verdict on one data set. */
async function verdictOn(dataset: string, change: (folder: string) => Promise<unknown>) {
  let text = "";
  await inFolder(async (folder) => {
    await makeSamples(folder);
    await change(folder);
    const verdicts = await checkSamples(folder);
    text = verdictText(verdicts.find((verdict) => verdict.dataset === dataset)!);
  });
  return text;
}

Deno.test("samples task reads what is there and shows what it found", async () => {
  await inFolder(async (folder) => {
    await makeSamples(folder);
    const verdicts = await checkSamples(folder);
    assertEquals(
      verdicts.map(({ dataset, pass }) => [dataset, pass]),
      [["higgs", true], ["fluorescence", true], ["fasta", true]],
    );
    const [higgs, fluorescence, fasta] = verdicts.map(({ facts }) => facts);
    assertEquals(higgs![0], "300 rows, tabular 28");
    assertEquals(higgs!.at(-1), "140 values equal those of the raw file");
    assertEquals(fluorescence![0], "21 rows, tokens 128, vocabulary 26");
    // Two records of 6 and 3 whole windows; in another one a window holds an N behind the last.
    assertEquals(fasta![0], "12 rows, tokens 250, vocabulary 4");
  });
});

Deno.test("samples task reports damaged samples and counts that differ", async () => {
  const damaged = await verdictOn("higgs", async (folder) => {
    const path = join(folder, "higgs/HIGGS.csv");
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace(",", ",x"));
  });
  assert(damaged.startsWith("FAIL  higgs, read as higgs\n"), damaged);
  assertStringIncludes(damaged, "line 1 has");
  const longer = await verdictOn("fluorescence", async (folder) => {
    const path = join(
      folder,
      "proteins/converted_tape_layout/fluorescence/fluorescence_train.json",
    );
    await Deno.writeTextFile(`${path}.copy`, await Deno.readTextFile(path));
    await Deno.writeTextFile(path, "[]");
  });
  assertStringIncludes(longer, "its list is empty");
});

Deno.test("samples task exits with 2 without a folder and 7 where it knows none of what is there", async () => {
  assertEquals(await main([]), 2);
  assertEquals(await main(["a", "b"]), 2);
  await inFolder(async (folder) => {
    assertEquals(await main([folder]), 7);
    await Deno.mkdir(join(folder, "flowers102_labels"));
    assertEquals(await main([folder]), 1);
  });
});
