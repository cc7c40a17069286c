import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { aircraft } from "../../lib/datasets/aircraft.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { assertVariant, rawFolder, withUnpacked } from "./expected_images.ts";
import { tokenizeToMemory } from "./memory_store.ts";

const archive = `${rawFolder("aircraft")}/fgvc-aircraft-2013b.tar.gz`;

for (const variant of ["metamae", "dabs", "dabs-small"]) {
  Deno.test(`aircraft equals Pillow, cut to the boxes: ${variant}`, async () => {
    const { warnings } = await assertVariant(aircraft, variant);
    assertEquals(warnings.slice(1), [
      "The files hold 4 variants, the official ones 100",
      "The files hold 8 training images, the official ones 6667",
      "The files hold 4 test images, the official ones 3333",
    ]);
  });
}

Deno.test("aircraft has the number of outputs of each reference", () => {
  const classes = ["metamae", "dabs", "dabs-small"].map((name) =>
    variantOf(aircraft, name).shape!.task!.classes
  );
  assertEquals(classes, [100, 102, 102]);
});

Deno.test("aircraft reads the unpacked folder", async () => {
  await withUnpacked(archive, async (folder) => {
    await assertVariant(aircraft, "metamae", { raw: folder });
    await assertVariant(aircraft, "metamae", { raw: `${folder}/fgvc-aircraft-2013b` });
  });
});

Deno.test("aircraft refuses missing boxes, empty boxes and missing images", async () => {
  await withUnpacked(archive, async (folder) => {
    const read = () => tokenizeToMemory(aircraft, { raw: folder });
    const data = `${folder}/fgvc-aircraft-2013b/data`;
    const boxes = await Deno.readTextFile(`${data}/images_box.txt`);
    const [first] = boxes.split("\n") as [string];
    const key = first.split(" ")[0]!;
    const change = (line: string) =>
      Deno.writeTextFile(`${data}/images_box.txt`, boxes.replace(`${first}\n`, line));

    await change("");
    await assertRejects(read, DataError, `images_box.txt": it lacks the image "${key}"`);
    await change(`${key} 9 2 9 20\n`);
    await assertRejects(
      read,
      DataError,
      `${key}.jpg" to its box: 9 2 9 20 holds no pixel`,
    );
    await change(`${key} 1 2 3.5 4\n`);
    await assertRejects(read, DataError, 'it holds "3.5" where an integer in 0..65535 is wanted');
    await change(`${first}\n`);
    await Deno.remove(`${data}/images/${key}.jpg`);
    await assertRejects(read, MissingError, `such as "${key}"`);
  });
});
