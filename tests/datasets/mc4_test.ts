import { gzipSync } from "node:zlib";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { mc4 } from "../../lib/datasets/mc4.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { dirname, fromFileUrl, join } from "../../lib/util/path.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { assertTextSamples } from "./text_rows.ts";
import { inFolder } from "./unpack.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/mc4", import.meta.url));
const hub = fromFileUrl(new URL("../fixtures/raw/text-hub/mc4", import.meta.url));
const model = "sentencepiece.bpe.model";
const expected = JSON.parse(Deno.readTextFileSync(`${raw}.json`));
const german = "multilingual/c4-de.tfrecord-00000-of-02048.json.gz";

async function copyAll(from: string, to: string, below = "") {
  for (const { name, isDirectory } of Deno.readDirSync(join(from, below))) {
    const path = join(below, name);
    if (isDirectory) {
      await copyAll(from, to, path);
      continue;
    }
    await Deno.mkdir(dirname(join(to, path)), { recursive: true });
    await Deno.copyFile(join(from, path), join(to, path));
  }
}

/** Runs on a copy of the raw files. */
const onCopy = (run: (folder: string) => Promise<void>, from = raw) =>
  inFolder(async (folder) => {
    await copyAll(from, folder);
    await run(folder);
  });

Deno.test("mc4 takes the languages in turn until one runs out, as Python does", async () => {
  const store = await tokenizeToMemory(mc4, { raw });
  assertTextSamples(store, expected, 1);
  // German has two training pages, so its third turn ends the part: two rounds and two pages.
  assertEquals(store.lists.train!.length, 16);
  assertEquals(store.lists.test!.length, 9);
  assertEquals(store.warnings.length, 1);
  assert(store.notes.includes(
    "Shards of the train part: en 2, fr 1, de 1, zh 1, es 1, ja 1, ko 1",
  ));
});

Deno.test("mc4 reads shards without their folder, and Parquet files", async () => {
  await inFolder(async (folder) => {
    await copyAll(`${raw}/multilingual`, folder);
    await Deno.copyFile(`${raw}/${model}`, `${folder}/${model}`);
    assertTextSamples(await tokenizeToMemory(mc4, { raw: folder }), expected, 1);
  });
  await onCopy(async (folder) => {
    await Deno.copyFile(`${raw}/${model}`, `${folder}/${model}`);
    assertTextSamples(await tokenizeToMemory(mc4, { raw: folder }), expected, 1);
  }, hub);
});

Deno.test("mc4 stops at the limit, in the middle of a turn", async () => {
  const { lists, rows } = await tokenizeToMemory(mc4, { raw, limit: 3 });
  assertEquals([lists.train, lists.test], [[0, 1, 2], [3, 4, 5]]);
  assertEquals(Array.from(rows[1]![0]!).slice(0, 9), expected.train[1].ids.slice(0, 9));
});

Deno.test("mc4 says which shard is missing, and warns of a gap", async () => {
  await onCopy(async (folder) => {
    await Deno.remove(join(folder, german));
    const error = await assertRejects(
      () => tokenizeToMemory(mc4, { raw: folder }),
      MissingError,
      `"${join(folder, german)}" is missing`,
    );
    assert(error.hint!.includes(`/resolve/main/${german}`), error.hint);
  });
  await onCopy(async (folder) => {
    await Deno.remove(join(folder, "multilingual/c4-en.tfrecord-00000-of-11264.json.gz"));
    const { warnings } = await tokenizeToMemory(mc4, { raw: folder });
    assert(warnings[0]!.startsWith('Shard 0 of the train part in "en" is missing'), warnings[0]);
  });
});

Deno.test("mc4 refuses shards that are damaged or hold no pages", async () => {
  const refuses = (bytes: Uint8Array, message: string) =>
    onCopy(async (folder) => {
      await Deno.writeFile(join(folder, german), bytes);
      const error = await assertRejects(() => tokenizeToMemory(mc4, { raw: folder }), DataError);
      assert(error.message.includes(message), error.message);
      assert(error.message.includes("c4-de.tfrecord-00000"), error.message);
    });
  const whole = await Deno.readFile(join(raw, german));
  await refuses(whole.slice(0, 200), "it is cut off");
  await refuses(new TextEncoder().encode("rubbish"), "it is damaged");
  await refuses(gzipSync('{"text": "a"}\n{"text": "b"\n'), "Cannot parse line 2 of");
  await refuses(gzipSync('{"text": 1}\n'), 'line 1 is no object with a "text"');
});
