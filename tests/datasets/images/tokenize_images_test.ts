import type { Dataset } from "../../../lib/datasets/conversion/dataset.ts";
import {
  imageDataset,
  photoForms,
  photoShape,
  type Picture,
} from "../../../lib/datasets/families/images.ts";
import { cub200 } from "../../../lib/datasets/cub200.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { tokenizeToMemory } from "../memory_store.ts";
import { inFolder } from "../unpack.ts";

const image = Deno.readFileSync(
  new URL("../../fixtures/raw/images/jpeg_restart.jpg", import.meta.url),
);

/** A data set of all images of a folder, without labels. */
const { convert: _, ...facts } = cub200;
const images: Dataset = imageDataset({
  ...facts,
  id: "images",
  files: [{ path: "images" }],
  variants: [{ name: "only", difference: "", shape: photoShape(photoForms.metamae) }],
  keyOf: (path) => /\/([^/]+\.jpg)$/.exec(path)?.[1],
  plan: ({ keys }) => {
    const pictures = keys.map((key): Picture => ({ key }));
    return { splits: { train: pictures, validation: pictures } };
  },
});

/** A raw folder with copies of an image, of which some are changed. */
async function withImages(
  count: number,
  change: (index: number, bytes: Uint8Array) => void,
  run: (folder: string) => Promise<void>,
) {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/images`);
    for (let i = 0; i < count; i++) {
      const bytes = image.slice();
      change(i, bytes);
      await Deno.writeFile(`${folder}/images/${String(i).padStart(5, "0")}.jpg`, bytes);
    }
    await run(folder);
  });
}

/** Damages the coded pixels, which libjpeg passes over. */
function damage(bytes: Uint8Array) {
  const scan = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xda);
  const middle = scan + ((bytes.length - scan) >> 1);
  bytes.fill(0x55, middle, middle + 60);
}

Deno.test("imageDataset() gives the same rows whatever the number of workers", async () => {
  const tint = (i: number, bytes: Uint8Array) => {
    // The first quantization table: images differ in contrast.
    const table = bytes.findIndex((byte, at) => byte === 0xff && bytes[at + 1] === 0xdb);
    bytes[table + 5] = 1 + i;
  };
  await withImages(20, tint, async (raw) => {
    const [none, one, three] = await Promise.all(
      [0, 1, 3].map((workers) => tokenizeToMemory(images, { raw, workers })),
    );
    assertEquals(new Set(none!.rows.map(([values]) => values!.join())).size, 20);
    assertEquals(one!.rows, none!.rows);
    assertEquals(three!.rows, none!.rows);
  });
});

Deno.test("imageDataset() stores an image once, also if it is in two splits", async () => {
  await withImages(3, () => {}, async (raw) => {
    const { rows, lists } = await tokenizeToMemory(images, { raw });
    assertEquals(rows.length, 3);
    assertEquals([lists.train, lists.validation], [[0, 1, 2], [0, 1, 2]]);
  });
});

Deno.test("imageDataset() accepts one damaged image in a thousand, and says so", async () => {
  const one = (i: number, bytes: Uint8Array) => i === 7 && damage(bytes);
  await withImages(1000, one, async (raw) => {
    const { warnings, counters, rows } = await tokenizeToMemory(images, { raw, workers: 0 });
    assertEquals(rows.length, 1000);
    assertEquals(counters, { "damaged images": 1 });
    assertEquals(warnings, [`"${raw}/images/00007.jpg" is damaged; it is used as it decodes`]);
  });
  await withImages(999, one, async (raw) => {
    await assertRejects(
      () => tokenizeToMemory(images, { raw, workers: 0 }),
      DataError,
      `Cannot decode "${raw}/images/00007.jpg": it is damaged inside its pixels`,
    );
  });
});
