import { imagenet } from "../../lib/datasets/imagenet.ts";
import { imagenet32 } from "../../lib/datasets/imagenet.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { fromFileUrl, join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { assertImages, assertVariant, rawFolder, readExpected } from "./expected_images.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder, unpack } from "./unpack.ts";

const raw = rawFolder("imagenet");
const classes = ["n01440764", "n01443537", "n15075141"];
const kit = "ILSVRC2012_devkit_t12";
const labels = readExpected("imagenet")["dabs"]!["test"]!.labels as number[];

Deno.test("imagenet equals Pillow, from the official archives, ordered as ImageFolder does", async () => {
  const { warnings } = await assertVariant(imagenet, "dabs");
  assertEquals(warnings.slice(-3), [
    "The files hold 3 classes, the official ones 1000",
    "The files hold 12 training images, the official ones 1281167",
    "The files hold 7 validation images, the official ones 50000",
  ]);
});

Deno.test("imagenet32 equals Pillow, from the full images and from the downsampled release", async () => {
  await assertVariant(imagenet32, "metamae");
  const { declaration, labels, notes } = await assertVariant(imagenet32, "downsampled");
  assertEquals(declaration.task, undefined);
  assert(labels.every((label) => label === undefined));
  assert(notes.some((note) => note.includes("not what MetaMAE was trained on")));
});

/** A raw folder with the archives unpacked: training images in folders by class. */
async function withFolders(run: (folder: string) => Promise<void>) {
  await inFolder(async (folder) => {
    const archives = join(folder, "archives");
    await unpack(`${raw}/ILSVRC2012_img_train.tar`, archives);
    for (const name of classes) {
      await unpack(`${archives}/${name}.tar`, `${folder}/train/${name}`);
    }
    await unpack(`${raw}/ILSVRC2012_img_val.tar`, `${folder}/val`);
    await unpack(`${raw}/${kit}.tar.gz`, folder);
    await run(folder);
  });
}

Deno.test("imagenet reads folders, with validation images in one folder or by class", async () => {
  await withFolders(async (folder) => {
    await assertVariant(imagenet, "dabs", { raw: folder });

    await Deno.remove(`${folder}/${kit}`, { recursive: true });
    await assertRejects(
      () => tokenizeToMemory(imagenet, { raw: folder }),
      MissingError,
      `"${folder}/${kit}.tar.gz" is missing ("${kit}" would do as well)`,
    );
    for (const name of classes) {
      await Deno.mkdir(`${folder}/validation/${name}`, { recursive: true });
    }
    for (let number = 1; number <= 7; number++) {
      const name = `ILSVRC2012_val_${String(number).padStart(8, "0")}.JPEG`;
      const target = `${folder}/validation/${classes[number * 5 % 3]}/${name}`;
      await Deno.rename(`${folder}/val/${name}`, target);
    }
    await assertVariant(imagenet, "dabs", { raw: folder });
  });
});

Deno.test("imagenet does without validation images", async () => {
  await inFolder(async (folder) => {
    await Deno.copyFile(
      `${raw}/ILSVRC2012_img_train.tar`,
      `${folder}/ILSVRC2012_img_train.tar`,
    );
    const store = await tokenizeToMemory(imagenet, { raw: folder });
    assertEquals(Object.keys(store.lists), ["train"]);
    const { train } = readExpected("imagenet")["dabs"]!;
    assertImages(store, { train: train! });
  });
});

Deno.test("imagenet with a limit stops at that many images of each part", async () => {
  const { rows, lists, labels: stored } = await tokenizeToMemory(imagenet, { raw, limit: 5 });
  assertEquals(rows.length, 10);
  assertEquals(lists.train!.map((row) => stored[row]), [0, 0, 0, 0, 1]);
  assertEquals(lists.test!.length, 5);
  assert(labels.length === 7);
});

Deno.test("imagenet refuses cut archives, unknown classes and damaged images", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/ILSVRC2012_img_train.tar`;
    const bytes = await Deno.readFile(`${raw}/ILSVRC2012_img_train.tar`);
    const read = () => tokenizeToMemory(imagenet, { raw: folder });
    await Deno.writeFile(path, bytes.subarray(0, 30_000));
    await assertRejects(read, DataError, `Cannot unpack "${path}": it is cut off in the entry "n`);

    const damaged = bytes.slice();
    const image = damaged.findIndex((byte, i) => byte === 0xff && damaged[i + 1] === 0xda);
    damaged.fill(0x55, image + 40, image + 300);
    await Deno.writeFile(path, damaged);
    const error = await assertRejects(read, DataError, "it is damaged");
    assert(/n\d{8}\.tar\/n\d{8}_\d+\.JPEG"/.test(error.message), error.message);

    await Deno.writeFile(path, new Uint8Array(10_240));
    await assertRejects(read, DataError, "it holds 0 classes (n01440764 and so on), 1 to 1000");
  });
});

Deno.test("imagenet refuses a development kit that does not fit", async () => {
  await withFolders(async (folder) => {
    const read = () => tokenizeToMemory(imagenet, { raw: folder });
    const data = `${folder}/${kit}/data`;
    const truth = `${data}/ILSVRC2012_validation_ground_truth.txt`;
    await Deno.writeTextFile(truth, "1\n2\nx\n");
    await assertRejects(read, DataError, `Cannot read "${truth}": it holds "x" where an integer`);
    await Deno.writeTextFile(truth, "1\n1001\n");
    await assertRejects(read, DataError, 'its class "n00001740" is not known');
    await Deno.remove(truth);
    await assertRejects(
      read,
      DataError,
      `Cannot read "${folder}/${kit}": it lacks "data/ILSVRC2012_validation_ground_truth.txt"`,
    );
    await Deno.copyFile(
      fromFileUrl(new URL("../fixtures/raw/images/packed.mat", import.meta.url)),
      `${data}/meta.mat`,
    );
    await Deno.writeTextFile(truth, "1\n");
    await assertRejects(read, DataError, 'its class "" is not known');
  });
});

Deno.test("imagenet32 says which files the downsampled release consists of", async () => {
  await inFolder(async (folder) => {
    await assertRejects(
      () => tokenizeToMemory(imagenet32, { raw: folder, variant: "downsampled" }),
      MissingError,
      `"${folder}/train_32x32.tar" is missing`,
    );
  });
});
