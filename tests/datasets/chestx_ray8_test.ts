import { chestxRay8 } from "../../lib/datasets/chestx_ray8.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { assertVariant, rawFolder } from "./expected_images.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder, unpack } from "./unpack.ts";

const raw = rawFolder("chestx-ray8");

for (const variant of ["dabs", "clean"]) {
  Deno.test(`chestx-ray8 equals pandas, NumPy and Pillow: ${variant}`, async () => {
    const { warnings, notes } = await assertVariant(chestxRay8, variant);
    assertEquals(warnings, ["The files hold 16 images, the official ones 112120"]);
    assertEquals(notes.some((note) => note.includes("both sides")), variant === "dabs");
  });
}

/** A raw folder with the images unpacked. */
async function withImages(run: (folder: string) => Promise<void>) {
  await inFolder(async (folder) => {
    for (const number of ["01", "12"]) await unpack(`${raw}/images_${number}.tar.gz`, folder);
    for (const name of ["Data_Entry_2017_v2020.csv", "train_val_list.txt", "test_list.txt"]) {
      await Deno.copyFile(`${raw}/${name}`, `${folder}/${name}`);
    }
    await run(folder);
  });
}

Deno.test("chestx-ray8 reads one folder of images, or a folder for every archive", async () => {
  await withImages(async (folder) => {
    await assertVariant(chestxRay8, "dabs", { raw: folder });
    await assertVariant(chestxRay8, "clean", { raw: folder });
    await Deno.mkdir(`${folder}/images_001`);
    await Deno.rename(`${folder}/images`, `${folder}/images_001/images`);
    await Deno.rename(`${folder}/Data_Entry_2017_v2020.csv`, `${folder}/metadata.csv`);
    await assertVariant(chestxRay8, "dabs", { raw: folder });
  });
});

Deno.test("chestx-ray8 finds a finding by a part of the text", async () => {
  const { labels } = await tokenizeToMemory(chestxRay8, { raw });
  const found = new Set(labels.map((label) => (label as number[]).join("")));
  assert(found.has("00001100"), "Mass|Nodule");
  assert(found.has("00100000"), "Effusion|Pleural_Thickening");
  assert(found.has("00000000"), "No Finding, Hernia, Fibrosis");
});

Deno.test("chestx-ray8 says what is missing", async () => {
  await inFolder(async (folder) => {
    const read = (variant: string) => () => tokenizeToMemory(chestxRay8, { raw: folder, variant });
    await assertRejects(read("dabs"), MissingError, `"${folder}/images_01.tar.gz" is missing`);
    await Deno.copyFile(`${raw}/images_01.tar.gz`, `${folder}/images_01.tar.gz`);
    await assertRejects(
      read("dabs"),
      MissingError,
      `"${folder}/Data_Entry_2017_v2020.csv" is missing`,
    );
    await Deno.copyFile(
      `${raw}/Data_Entry_2017_v2020.csv`,
      `${folder}/Data_Entry_2017_v2020.csv`,
    );
    await assertRejects(read("clean"), MissingError, `"${folder}/train_val_list.txt" is missing`);
    for (const name of ["train_val_list.txt", "test_list.txt"]) {
      await Deno.copyFile(`${raw}/${name}`, `${folder}/${name}`);
    }
    await assertRejects(read("clean"), MissingError, "lacks 7 images that the splits name");
    const table = await Deno.readTextFile(`${raw}/Data_Entry_2017_v2020.csv`);
    await Deno.writeTextFile(
      `${folder}/Data_Entry_2017_v2020.csv`,
      table.split("\n").slice(0, 3).join("\n"),
    );
    await assertRejects(read("dabs"), DataError, 'v2020.csv": it lacks the image');
  });
});

Deno.test("chestx-ray8 refuses an image whose checksum is wrong", async () => {
  await withImages(async (folder) => {
    const path = `${folder}/images/00000002_001.png`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await Deno.writeFile(path, bytes);
    await assertRejects(
      () => tokenizeToMemory(chestxRay8, { raw: folder }),
      DataError,
      `Cannot decode "${path}": it is damaged, the checksum`,
    );
  });
});
