import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { dtd } from "../../lib/datasets/dtd.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { assertVariant, rawFolder, withUnpacked } from "./expected_images.ts";
import { tokenizeToMemory } from "./memory_store.ts";

const archive = `${rawFolder("dtd")}/dtd-r1.0.1.tar.gz`;

for (const variant of ["metamae", "dabs", "dabs-small"]) {
  Deno.test(`dtd equals Pillow and the lists of partition 1: ${variant}`, async () => {
    const { warnings } = await assertVariant(dtd, variant);
    assertEquals(warnings.slice(1), [
      "The files hold 7 training images, the official ones 3760",
      "The files hold 5 test images, the official ones 1880",
    ]);
  });
}

Deno.test("dtd has 47 classes, sorted by name", () => {
  const { classNames, classes } = variantOf(dtd, "metamae").shape!.task!;
  assertEquals(classes, 47);
  assertEquals(classNames!.toSorted(), classNames);
});

Deno.test("dtd reads the unpacked folder", async () => {
  await withUnpacked(archive, async (folder) => {
    await assertVariant(dtd, "metamae", { raw: folder });
    await assertVariant(dtd, "metamae", { raw: `${folder}/dtd` });
  });
});

Deno.test("dtd refuses unknown classes and missing images", async () => {
  await withUnpacked(archive, async (folder) => {
    const list = `${folder}/dtd/labels/val1.txt`;
    const text = await Deno.readTextFile(list);
    await Deno.writeTextFile(list, `${text}furry/furry_0001.jpg\n`);
    await assertRejects(
      () => tokenizeToMemory(dtd, { raw: folder }),
      DataError,
      `Cannot read "${list}": "furry/furry_0001.jpg" is of no known class`,
    );
    await Deno.writeTextFile(list, `${text}banded/banded_9999.jpg\n`);
    await assertRejects(
      () => tokenizeToMemory(dtd, { raw: folder }),
      MissingError,
      'lacks 1 image that the splits name, such as "banded/banded_9999.jpg"',
    );
  });
});
