import { assert, assertEquals, assertRejects } from "../assert.ts";
import { wikitext103 } from "../../lib/datasets/wikitext103.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { assertTextSamples } from "./text_rows.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/wikitext103", import.meta.url));
const hub = fromFileUrl(new URL("../fixtures/raw/text-hub", import.meta.url));
const expected = JSON.parse(Deno.readTextFileSync(`${raw}.json`));

Deno.test("wikitext103 equals Python's reading of the archive, the folder and the hub", async () => {
  const packed = await tokenizeToMemory(wikitext103, { raw });
  assertTextSamples(packed, expected, 0);
  assertEquals(packed.declaration.columns, [{ dtype: "uint16" }]);
  assertEquals(packed.declaration.task, undefined);
  await inFolder(async (folder) => {
    await unpack(`${raw}/wikitext-103-v1.zip`, folder);
    const unpacked = await tokenizeToMemory(wikitext103, { raw: `${folder}/wikitext-103` });
    assertTextSamples(unpacked, expected, 0);
    assertEquals(unpacked.counters, packed.counters);
  });
  assertTextSamples(await tokenizeToMemory(wikitext103, { raw: hub }), expected, 0);
});

Deno.test("wikitext103 counts blank lines and warns of a copy that is not the official one", async () => {
  const { counters, warnings } = await tokenizeToMemory(wikitext103, { raw });
  assert(counters["rows with an empty text, left out"]! > 10);
  assertEquals(warnings.length, 3);
  assert(warnings[2]!.includes("come from the official files"));
});

Deno.test("wikitext103 refuses damaged archives and says which file is missing", async () => {
  const bytes = await Deno.readFile(`${raw}/wikitext-103-v1.zip`);
  await inFolder(async (folder) => {
    const path = `${folder}/wikitext-103-v1.zip`;
    for (const damaged of [bytes.slice(0, -30), bytes.map((b, i) => i === 900 ? b ^ 1 : b)]) {
      await Deno.writeFile(path, damaged);
      const error = await assertRejects(
        () => tokenizeToMemory(wikitext103, { raw: folder }),
        DataError,
      );
      assert(error.message.includes("wikitext-103-v1.zip"), error.message);
    }
    await Deno.remove(path);
    await unpack(`${raw}/wikitext-103-v1.zip`, folder);
    await Deno.remove(`${folder}/wikitext-103/wiki.valid.tokens`);
    await assertRejects(
      () => tokenizeToMemory(wikitext103, { raw: folder }),
      MissingError,
      `"${folder}/wikitext-103" lacks "wiki.valid.tokens", the split "test"`,
    );
  });
});
