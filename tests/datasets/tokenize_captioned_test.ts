import { assert, assertEquals, assertRejects } from "../assert.ts";
import { findRaw } from "../../lib/raw/raw_files.ts";
import { captionedShape, convertCaptioned } from "../../lib/datasets/families/captioned.ts";
import type { TextTokenizer } from "../../lib/text/text_tokenizer.ts";
import type { Dataset } from "../../lib/datasets/conversion/dataset.ts";
import { mscoco } from "../../lib/datasets/mscoco.ts";
import { decodeImage } from "../../lib/formats/image/images.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const archive = fromFileUrl(new URL("../fixtures/raw/mscoco/train2017.zip", import.meta.url));
const [first, second, third] = [9, 25, 30].map((id) => `${String(id).padStart(12, "0")}.jpg`);

/** Ids that are the number which a text spells. */
const tokenizer: TextTokenizer = {
  vocabulary: 9,
  encode: ([text]) => new Int32Array(32).fill(Number(text)),
};

/** A data set of some samples of the images in a folder. */
function datasetOf(folder: string, images: readonly string[]): Dataset {
  const { convert: _, ...facts } = mscoco;
  return {
    ...facts,
    id: "toy",
    variants: [{ name: "only", difference: "", shape: captionedShape() }],
    convert: async (run) => {
      const samples = images.map((image, i) => ({ image, texts: [String(i)] }));
      const found = await findRaw("toy", folder, { path: "train2017" });
      await convertCaptioned([{ split: "train", images: found, samples }], tokenizer, run);
    },
  };
}

Deno.test("convertCaptioned() stores an image once a sample, rows in the order of the files", async () => {
  await inFolder(async (folder) => {
    await unpack(archive, folder);
    const dataset = datasetOf(folder, [third!, first!, third!, second!]);
    const { rows, lists } = await tokenizeToMemory(dataset);
    assertEquals(lists.train, [2, 0, 3, 1]);
    assertEquals(rows.map(([, ids]) => ids![0]), [1, 3, 0, 2]);
    assertEquals(rows[2]![0], rows[3]![0]);
    assert(rows[0]![0]!.join() !== rows[1]![0]!.join());

    const trial = await tokenizeToMemory(dataset, { limit: 2 });
    assertEquals([trial.rows.length, trial.lists.train], [2, [1, 0]]);
  });
});

Deno.test("convertCaptioned() counts what is missing before it decodes anything", async () => {
  await inFolder(async (folder) => {
    await unpack(archive, folder);
    await Deno.writeTextFile(`${folder}/train2017/${first}`, "rubbish");
    await assertRejects(
      () => tokenizeToMemory(datasetOf(folder, [first!, "a.jpg", "b.jpg", "a.jpg"])),
      MissingError,
      `Cannot tokenize "toy": "${folder}/train2017" lacks 2 images of 3, such as "a.jpg"`,
    );
    await assertRejects(
      () => tokenizeToMemory(datasetOf(folder, [first!])),
      DataError,
      `Cannot decode "${folder}/train2017/${first}": it is no JPEG, PNG or PPM image`,
    );
  });
});

/** Damages the coded data of a photo so that decoders pass over it. */
async function damage(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  for (let at = bytes.length >> 1; at < bytes.length - 2; at++) {
    const changed = bytes.slice();
    changed[at] = 0xff;
    changed[at + 1] = 0xd5;
    const decoded = await decodeImage(changed, path).catch(() => undefined);
    if (decoded?.damaged !== true) continue;
    return await Deno.writeFile(path, changed);
  }
  throw new Error(`No damage of "${path}" was passed over`);
}

Deno.test("convertCaptioned() tells of an image that is damaged, and stops at a second one", async () => {
  await inFolder(async (folder) => {
    await unpack(archive, folder);
    await damage(`${folder}/train2017/${first}`);
    const dataset = datasetOf(folder, [first!, second!, third!]);
    const { rows, warnings, counters } = await tokenizeToMemory(dataset);
    assertEquals([rows.length, counters], [3, { "damaged images": 1 }]);
    assertEquals(warnings, [
      `"${folder}/train2017/${first}" is damaged; it is used as it decodes`,
    ]);
    await damage(`${folder}/train2017/000000000034.jpg`);
    await assertRejects(
      () => tokenizeToMemory(datasetOf(folder, [first!, second!, "000000000034.jpg"])),
      DataError,
      "it is damaged inside its pixels",
    );
  });
});
