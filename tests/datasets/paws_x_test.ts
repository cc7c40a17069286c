import { assert, assertEquals, assertRejects } from "../assert.ts";
import { pawsX } from "../../lib/datasets/paws_x.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { assertTextSamples } from "./text_rows.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/paws-x", import.meta.url));
const hub = fromFileUrl(new URL("../fixtures/raw/text-hub/paws-x", import.meta.url));
const model = "sentencepiece.bpe.model";
const expected = JSON.parse(Deno.readTextFileSync(`${raw}.json`));
const languageOf = (code: string) => pawsX.find(({ id }) => id === `paws-x-${code}`)!;

Deno.test("paws-x has seven languages", () => {
  const codes = ["en", "fr", "es", "de", "zh", "ja", "ko"];
  assertEquals(pawsX.map(({ id }) => id), codes.map((code) => `paws-x-${code}`));
});

for (const dataset of pawsX) {
  const code = dataset.id.slice(-2);
  Deno.test(`${dataset.id} equals Python's reading of the official archive`, async () => {
    const store = await tokenizeToMemory(dataset, { raw });
    assertTextSamples(store, expected[code], 1);
    assertEquals(store.declaration.columns, [{ dtype: "int32" }]);
  });
}

Deno.test("paws-x reads the unpacked folder and the Parquet files of the hub", async () => {
  await inFolder(async (folder) => {
    await unpack(`${raw}/x-final.tar.gz`, folder);
    await Deno.copyFile(`${raw}/${model}`, `${folder}/${model}`);
    assertTextSamples(await tokenizeToMemory(languageOf("fr"), { raw: folder }), expected.fr, 1);
  });
  for (const code of ["en", "ko"]) {
    await inFolder(async (folder) => {
      await Deno.copyFile(`${raw}/${model}`, `${folder}/${model}`);
      await Deno.mkdir(`${folder}/${code}`);
      for (const { name } of Deno.readDirSync(`${hub}/${code}`)) {
        await Deno.copyFile(`${hub}/${code}/${name}`, `${folder}/${code}/${name}`);
      }
      const store = await tokenizeToMemory(languageOf(code), { raw: folder });
      assertTextSamples(store, expected[code], 1);
      assertEquals(store.counters, { "rows without a label, left out": 2 });
    });
  }
});

Deno.test("paws-x wants the model of XLM-RoBERTa", async () => {
  await inFolder(async (folder) => {
    await Deno.copyFile(`${raw}/x-final.tar.gz`, `${folder}/x-final.tar.gz`);
    const read = () => tokenizeToMemory(languageOf("en"), { raw: folder });
    const error = await assertRejects(read, MissingError, `"${folder}/${model}" is missing`);
    assert(error.hint!.startsWith("Download https://"), error.hint);
    const bytes = await Deno.readFile(`${raw}/${model}`);
    await Deno.writeFile(`${folder}/${model}`, bytes.slice(0, 2000));
    await assertRejects(read, DataError, `the SentencePiece model "${folder}/${model}": it is`);
    // A model whose symbol for the start has another name: all ids might mean something else.
    const at = bytes.findIndex((_, i) => bytes[i] === 0x3c && bytes[i + 1] === 0x73);
    bytes[at + 1] = 0x71;
    await Deno.writeFile(`${folder}/${model}`, bytes);
    await assertRejects(read, DataError, 'its first pieces are not "<unk>", "<s>" and "</s>"');
  });
});

Deno.test("paws-x refuses labels that are none", async () => {
  await inFolder(async (folder) => {
    await unpack(`${raw}/x-final.tar.gz`, folder);
    await Deno.copyFile(`${raw}/${model}`, `${folder}/${model}`);
    const path = `${folder}/x-final/de/dev_2k.tsv`;
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace(/\t[01]\n$/, "\t2\n"));
    await assertRejects(
      () => tokenizeToMemory(languageOf("de"), { raw: folder }),
      DataError,
      'dev_2k.tsv": line 5 has the label "2", which is none',
    );
  });
});
