import { findRaw } from "../../../lib/raw/raw_files.ts";
import type { Dataset } from "../../../lib/datasets/dataset.ts";
import type { Picture } from "../../../lib/datasets/images/plan.ts";
import { tokenizeImages } from "../../../lib/datasets/images/tokenize_images.ts";
import { photoShape } from "../../../lib/datasets/images/variants.ts";
import { cub200 } from "../../../lib/datasets/cub200.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { assertEquals, assertRejects } from "../../assert.ts";
import { tokenizeToMemory } from "../memory_store.ts";
import { inFolder } from "../unpack.ts";

const image = Deno.readFileSync(
  new URL("../../fixtures/raw/images/jpeg_restart.jpg", import.meta.url),
);

/** A data set of all images of a folder, without labels. */
function imagesOf(workers?: number): Dataset {
  const shape = photoShape("metamae");
  return {
    ...cub200,
    async tokenize(context, writer) {
      const found = await findRaw("images", context.raw, [{ path: "images" }]);
      await tokenizeImages(
        {
          id: "images",
          shape,
          found: [found],
          ...(workers === undefined ? {} : { workers }),
          keyOf: (path) => /\/([^/]+\.jpg)$/.exec(path)?.[1],
          plan: ({ keys }) => {
            const pictures = keys.map((key): Picture => ({ key }));
            return { splits: { train: pictures, validation: pictures }, counts: [], notes: [] };
          },
        },
        context,
        writer,
      );
    },
  };
}

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

Deno.test("tokenizeImages() gives the same rows whatever the number of workers", async () => {
  const tint = (i: number, bytes: Uint8Array) => {
    // The first quantization table: images differ in contrast.
    const table = bytes.findIndex((byte, at) => byte === 0xff && bytes[at + 1] === 0xdb);
    bytes[table + 5] = 1 + i;
  };
  await withImages(20, tint, async (raw) => {
    const [none, one, three] = await Promise.all(
      [0, 1, 3].map((workers) => tokenizeToMemory(imagesOf(workers), { raw })),
    );
    assertEquals(new Set(none!.rows.map(([values]) => values!.join())).size, 20);
    assertEquals(one!.rows, none!.rows);
    assertEquals(three!.rows, none!.rows);
  });
});

Deno.test("tokenizeImages() stores an image once, also if it is in two splits", async () => {
  await withImages(3, () => {}, async (raw) => {
    const { rows, lists } = await tokenizeToMemory(imagesOf(), { raw });
    assertEquals(rows.length, 3);
    assertEquals([lists.train, lists.validation], [[0, 1, 2], [0, 1, 2]]);
  });
});

Deno.test("tokenizeImages() accepts one damaged image in a thousand, and says so", async () => {
  const one = (i: number, bytes: Uint8Array) => i === 7 && damage(bytes);
  await withImages(1000, one, async (raw) => {
    const { warnings, counters, rows } = await tokenizeToMemory(imagesOf(0), { raw });
    assertEquals(rows.length, 1000);
    assertEquals(counters, { "damaged images": 1 });
    assertEquals(warnings, [`"${raw}/images/00007.jpg" is damaged; it is used as it decodes`]);
  });
  await withImages(999, one, async (raw) => {
    await assertRejects(
      () => tokenizeToMemory(imagesOf(0), { raw }),
      DataError,
      `Cannot decode "${raw}/images/00007.jpg": it is damaged inside its pixels`,
    );
  });
});
