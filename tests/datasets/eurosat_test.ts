import { eurosat } from "../../lib/datasets/eurosat.ts";
import { openStore } from "../../lib/store/store.ts";
import { tokenizeDataset } from "../../lib/datasets/tokenize_dataset.ts";
import { DataError } from "../../lib/util/errors.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import { assertVariant, rawFolder, withUnpacked } from "./expected_images.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const archive = `${rawFolder("eurosat")}/EuroSATallBands.zip`;

for (const variant of ["metamae", "dabs"]) {
  Deno.test(`eurosat equals tifffile and the record order of TFDS: ${variant}`, async () => {
    const { declaration, warnings, lists } = await assertVariant(eurosat, variant);
    assertEquals(declaration.columns[0]!.dtype, "uint16");
    assertEquals(lists.test!.length, variant === "dabs" ? 2 : 1);
    assert(warnings.includes("The files hold 200 images, the official ones 27000"));
  });
}

Deno.test("eurosat gives the model the recorded normalised bands", async () => {
  await inFolder(async (folder) => {
    const out = `${folder}/store`;
    await tokenizeDataset("eurosat", { raw: rawFolder("eurosat"), out, limit: 3 });
    await using store = await openStore(out);
    const split = await store.split("train");
    assert(split.source.kind === "list");
    const { inputs: [x], labels } = await split.read(split.source.ids);
    assertEquals(x!.shape, [3, 13, 64, 64]);
    const memory = await tokenizeToMemory(eurosat, { raw: rawFolder("eurosat"), limit: 3 });
    const { mean, deviation } = memory.declaration.columns[0]!;
    memory.lists.train!.forEach((row, sample) => {
      assertEquals(labels!.data[sample], memory.labels[row]);
      const raw = memory.rows[row]![0]!;
      for (let at = 0; at < raw.length; at += 97) {
        const band = Math.floor(at / 4096);
        const wanted = Math.fround(
          Math.fround(raw[at]! - Math.fround(mean![band]!)) / Math.fround(deviation![band]!),
        );
        assertEquals(x!.data[sample * raw.length + at], wanted);
      }
    });
    // The constants are those that the reference normalised the recorded images with.
    const fixture = readFixture("datasets");
    const recorded = fixture.tensor("eurosat/raw").values;
    const normalised = fixture.tensor("eurosat/x").values;
    for (let band = 0; band < 13; band++) {
      const value = Math.fround(
        Math.fround(recorded[band]! - Math.fround(mean![band]!)) / Math.fround(deviation![band]!),
      );
      assert(Math.abs(value - normalised[band * 64]!) <= 1e-6 * Math.max(1, Math.abs(value)));
    }
  });
});

Deno.test("eurosat reads the unpacked folder", async () => {
  await withUnpacked(archive, async (folder) => {
    await assertVariant(eurosat, "metamae", { raw: folder });
    const inner = `${folder}/ds/images/remote_sensing/otherDatasets/sentinel_2`;
    await assertVariant(eurosat, "metamae", { raw: inner });
    await assertVariant(eurosat, "metamae", { raw: `${inner}/tif` });
  });
});

Deno.test("eurosat refuses other sizes, damaged images and too few of them", async () => {
  await withUnpacked(archive, async (folder) => {
    const read = () => tokenizeToMemory(eurosat, { raw: folder });
    const images = `${folder}/ds/images/remote_sensing/otherDatasets/sentinel_2/tif`;
    const path = `${images}/River/River_7.tif`;
    const bytes = await Deno.readFile(path);
    await Deno.copyFile(
      fromFileUrl(new URL("../fixtures/raw/images/plain.tif", import.meta.url)),
      path,
    );
    await assertRejects(
      read,
      DataError,
      `Cannot read "${path}": it has 7 x 9 pixels of 13 bands in a Uint16Array, wanted 64 x 64`,
    );
    await Deno.writeFile(path, bytes.subarray(0, bytes.length >> 1));
    await assertRejects(read, DataError, `Cannot decode "${path}": it is damaged or cut off`);
    await Deno.remove(images, { recursive: true });
    await assertRejects(read, DataError, "0 images are too few for a test split");
  });
});
