import { cub200 } from "../../lib/datasets/cub200.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { assertVariant, rawFolder, withUnpacked } from "./expected_images.ts";
import { tokenizeToMemory } from "./memory_store.ts";

const archive = `${rawFolder("cub200")}/CUB_200_2011.tgz`;

for (const variant of ["metamae", "dabs", "dabs-small"]) {
  Deno.test(`cub200 equals Pillow and the official lists: ${variant}`, async () => {
    const { declaration, warnings } = await assertVariant(cub200, variant);
    assertEquals(declaration.columns, [{ dtype: "uint8", divisor: 255 }]);
    assertEquals(declaration.defaults.batchSize, variant === "dabs-small" ? 256 : 64);
    assertEquals(warnings.slice(1), [
      "The files hold 6 training images, the official ones 5994",
      "The files hold 3 test images, the official ones 5794",
    ]);
  });
}

Deno.test("cub200 reads the unpacked folder, from beside it or from inside", async () => {
  await withUnpacked(archive, async (folder) => {
    await assertVariant(cub200, "metamae", { raw: folder });
    await assertVariant(cub200, "metamae", { raw: `${folder}/CUB_200_2011` });
  });
});

Deno.test("cub200 refuses missing images and lists, and lists that do not fit", async () => {
  await withUnpacked(archive, async (folder) => {
    const read = () => tokenizeToMemory(cub200, { raw: folder });
    const path = (name: string) => `${folder}/CUB_200_2011/${name}`;
    const labels = await Deno.readTextFile(path("image_class_labels.txt"));

    await Deno.writeTextFile(path("image_class_labels.txt"), labels.replace("2 1\n", "2 201\n"));
    await assertRejects(
      read,
      DataError,
      `Cannot read "${path("image_class_labels.txt")}": it holds "201" where an integer in 1..200`,
    );
    await Deno.writeTextFile(path("image_class_labels.txt"), labels.replace("2 1\n", "2\n"));
    await assertRejects(read, DataError, "line 2 has 1 fields, 2 are wanted");
    await Deno.writeTextFile(path("image_class_labels.txt"), labels.replace("2 1\n", ""));
    await assertRejects(read, DataError, "it lacks the image 2");
    await Deno.writeTextFile(path("image_class_labels.txt"), "");
    await assertRejects(read, DataError, "it has no lines");
    await Deno.writeTextFile(path("image_class_labels.txt"), labels);

    await Deno.remove(path("images/087.Mallard"), { recursive: true });
    await assertRejects(
      read,
      MissingError,
      'lacks 3 images that the splits name, such as "087.Mallard/',
    );
    await Deno.remove(path("train_test_split.txt"));
    await assertRejects(read, MissingError, 'lacks the list "train_test_split.txt"');
  });
});

Deno.test("cub200 names the image that is cut off or damaged", async () => {
  await withUnpacked(archive, async (folder) => {
    const read = () => tokenizeToMemory(cub200, { raw: folder });
    const images = `${folder}/CUB_200_2011/images/087.Mallard`;
    const [{ name }] = [...Deno.readDirSync(images)] as [Deno.DirEntry];
    const bytes = await Deno.readFile(`${images}/${name}`);

    await Deno.writeFile(`${images}/${name}`, bytes.subarray(0, bytes.length - 100));
    await assertRejects(read, DataError, `Cannot decode "${images}/${name}": it is cut off`);
    const scan = bytes.findLastIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xda);
    bytes.fill(0x55, scan + 20, scan + 200);
    await Deno.writeFile(`${images}/${name}`, bytes);
    await assertRejects(read, DataError, `Cannot decode "${images}/${name}": it is damaged`);
    await Deno.writeTextFile(`${images}/${name}`, "<html>not found</html>");
    await assertRejects(read, DataError, `"${images}/${name}": it is no JPEG, PNG or PPM image`);
  });
});

Deno.test("cub200 with a limit decodes the first images of each split alone", async () => {
  const { rows, lists } = await tokenizeToMemory(cub200, { raw: rawFolder("cub200"), limit: 2 });
  assertEquals(rows.length, 4);
  assertEquals([lists.train!.length, lists.test!.length], [2, 2]);
});
