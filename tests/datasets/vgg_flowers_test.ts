import { vggFlowers } from "../../lib/datasets/vgg_flowers.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assert, assertRejects } from "../assert.ts";
import { assertVariant, rawFolder, withUnpacked } from "./expected_images.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = rawFolder("vgg-flowers");

for (const variant of ["metamae", "dabs", "dabs-small"]) {
  Deno.test(`vgg-flowers equals SciPy, Pillow and the references' split: ${variant}`, async () => {
    const { warnings } = await assertVariant(vggFlowers, variant);
    assert(warnings.includes("The files hold 16 images, the official ones 8189"));
  });
}

Deno.test("vgg-flowers reads the unpacked folder beside the labels", async () => {
  await withUnpacked(`${raw}/102flowers.tgz`, async (folder) => {
    await Deno.copyFile(`${raw}/imagelabels.mat`, `${folder}/imagelabels.mat`);
    await assertVariant(vggFlowers, "metamae", { raw: folder });
  });
});

Deno.test("vgg-flowers says which file to put where", async () => {
  await inFolder(async (folder) => {
    await assertRejects(
      () => tokenizeToMemory(vggFlowers, { raw: folder }),
      MissingError,
      `"${folder}/102flowers.tgz" is missing ("jpg" would do as well)`,
    );
    await Deno.copyFile(`${raw}/102flowers.tgz`, `${folder}/102flowers.tgz`);
    const error = await assertRejects(
      () => tokenizeToMemory(vggFlowers, { raw: folder }),
      MissingError,
      `"${folder}/imagelabels.mat" is missing`,
    );
    assert(error.hint?.startsWith("Download https://www.robots.ox.ac.uk/~vgg/data/flowers/102/"));
  });
});

Deno.test("vgg-flowers refuses a label file of other contents, and missing images", async () => {
  await withUnpacked(`${raw}/102flowers.tgz`, async (folder) => {
    const read = () => tokenizeToMemory(vggFlowers, { raw: folder });
    await Deno.copyFile(
      fromFileUrl(new URL("../fixtures/raw/images/plain.mat", import.meta.url)),
      `${folder}/imagelabels.mat`,
    );
    await assertRejects(read, DataError, 'imagelabels.mat": it has no array of numbers "labels"');
    await Deno.copyFile(`${raw}/imagelabels.mat`, `${folder}/imagelabels.mat`);
    await Deno.remove(`${folder}/jpg/image_00003.jpg`);
    await assertRejects(
      read,
      MissingError,
      `"${folder}/jpg" lacks 1 image that the splits name, such as "image_00003.jpg"`,
    );
  });
});
