import { trafficSign } from "../../lib/datasets/traffic_sign.ts";
import { groupedSplit } from "../../lib/reference/splits.ts";
import { DataError } from "../../lib/util/errors.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { assertVariant, rawFolder, withUnpacked } from "./expected_images.ts";
import { tokenizeToMemory } from "./memory_store.ts";

const archive = `${rawFolder("traffic-sign")}/GTSRB_Final_Training_Images.zip`;

for (const variant of ["metamae", "dabs", "dabs-small", "clean"]) {
  Deno.test(`traffic-sign equals Pillow and NumPy: ${variant}`, async () => {
    const { warnings, notes } = await assertVariant(trafficSign, variant);
    assertEquals(warnings, [
      "The files hold 22 images, the official ones 39209",
      "The files hold 3 classes, the official ones 43",
    ]);
    assertEquals(notes.some((note) => note.includes("on both sides")), variant !== "clean");
  });
}

Deno.test("traffic-sign reads the unpacked folder, from any place above the images", async () => {
  await withUnpacked(archive, async (folder) => {
    for (const place of [folder, `${folder}/GTSRB`, `${folder}/GTSRB/Final_Training`]) {
      await assertVariant(trafficSign, "metamae", { raw: place });
    }
  });
});

Deno.test("traffic-sign splits the official numbers of photos as the references do", () => {
  // deno-fmt-ignore
  const counts = [
    210, 2220, 2250, 1410, 1980, 1860, 420, 1440, 1410, 1470, 2010, 1320, 2100, 2160, 780, 630, 420,
    1110, 1200, 210, 360, 330, 390, 510, 270, 1500, 600, 240, 540, 270, 450, 780, 240, 689, 420, 1200,
    390, 210, 2070, 300, 360, 240, 240,
  ];
  const labels = counts.flatMap((count, label) => new Array<number>(count).fill(label));
  assertEquals(labels.length, 39_209);
  const { train, test } = groupedSplit(labels, { order: "ascending" });
  assertEquals([train.length, test.length], [31_367, 7_842]);
  const first = counts.slice(0, 33).reduce((sum, count) => sum + count, 0);
  const of = (list: Uint32Array) =>
    [...list].filter((i) => labels[i] === 33).slice(0, 5).map((i) => i - first);
  assertEquals(of(train), [330, 579, 592, 308, 408]);
  assertEquals(of(test), [193, 433, 398, 478, 551]);
});

Deno.test("traffic-sign keeps the photos of a sign together in the variant clean", async () => {
  const trackOf = async (variant: string) => {
    const { lists, rows } = await tokenizeToMemory(trafficSign, {
      raw: rawFolder("traffic-sign"),
      variant,
    });
    return { lists, rows };
  };
  const { lists, rows } = await trackOf("clean");
  assertEquals(lists.train!.length + lists.test!.length, rows.length);
  // Both frames of a track lie on the same side, so that sizes are even.
  assert(lists.train!.length % 2 === 0 && lists.test!.length % 2 === 0);
});

Deno.test("traffic-sign names a photo that is cut off", async () => {
  await withUnpacked(archive, async (folder) => {
    const path = `${folder}/GTSRB/Final_Training/Images/00014/00001_00000.ppm`;
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(path, bytes.subarray(0, bytes.length - 1));
    await assertRejects(
      () => tokenizeToMemory(trafficSign, { raw: folder }),
      DataError,
      `Cannot decode "${path}": it is cut off`,
    );
  });
});
