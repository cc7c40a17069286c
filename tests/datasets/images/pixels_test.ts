import { createJobPool } from "../../../lib/datasets/conversion/jobs.ts";
import { decodeMedia } from "../../../lib/datasets/conversion/media.ts";
import { decodeImage } from "../../../lib/formats/image/images.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";

const folder = new URL("../../fixtures/raw/images/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(name, folder));
const colour = (width: number, height: number) => ({
  kind: "colour" as const,
  channels: 3,
  width,
  height,
});

Deno.test("decodeMedia() gives the channels one after the other", async () => {
  const bytes = bytesOf("png_RGB.png");
  const { data } = await decodeImage(bytes, "a.png");
  const { rows: [values], damaged } = await decodeMedia({
    name: "a.png",
    bytes,
    format: colour(61, 45),
  });
  assertEquals(damaged, false);
  assertEquals([values![0], values![61 * 45], values![2 * 61 * 45]], [
    data[0]!,
    data[1]!,
    data[2]!,
  ]);
  assertEquals(values!.at(-1), data.at(-1));
});

Deno.test("decodeMedia() cuts before it resizes", async () => {
  const bytes = bytesOf("png_RGB.png");
  const { data } = await decodeImage(bytes, "a.png");
  const box = { left: 10, top: 20, right: 12, bottom: 21 };
  const { rows: [values] } = await decodeMedia({
    name: "a.png",
    bytes,
    format: { ...colour(2, 1), box },
  });
  const at = (20 * 61 + 10) * 3;
  assertEquals([...values!], [0, 3, 1, 4, 2, 5].map((i) => data[at + i]!));
  await assertRejects(
    () =>
      decodeMedia({
        name: "a.png",
        bytes,
        format: { ...colour(2, 1), box: { ...box, right: 10 } },
      }),
    DataError,
    'Cannot cut "a.png" to its box: 10 20 10 21 holds no pixel',
  );
});

Deno.test("decodeMedia() moves bands to the front and refuses other sizes", async () => {
  const bytes = bytesOf("plain.tif");
  const bands = { kind: "bands" as const, channels: 13, width: 7, height: 9 };
  const { rows: [values] } = await decodeMedia({ name: "a.tif", bytes, format: bands });
  assert(values instanceof Uint16Array);
  // The file holds (37 i) mod 5000, the bands of a pixel side by side.
  assertEquals([values[0], values[1], values[63]], [0, 13 * 37, 37]);
  await assertRejects(
    () => decodeMedia({ name: "a.tif", bytes, format: { ...bands, width: 8 } }),
    DataError,
    'Cannot read "a.tif": it has 7 x 9 pixels of 13 bands in a Uint16Array, wanted 8 x 9 of 13',
  );
});

Deno.test("createJobPool() makes the same pixels in workers as in this thread", async () => {
  const format = colour(14, 12);
  const names = ["jpeg_0.jpg", "jpeg_cmyk.jpg", "png_P.png", "ppm.ppm"];
  const results: number[][][] = [];
  for (const workers of [0, 1, 2]) {
    using pool = createJobPool("media", workers);
    const made = await Promise.all(
      names.map((name) => pool.run({ name, bytes: bytesOf(name), format })),
    );
    results.push(made.map(({ rows: [values] }) => [...values!]));
    await assertRejects(
      () => pool.run({ name: "cut.png", bytes: bytesOf("png_L.png").slice(0, 99), format }),
      DataError,
      'Cannot decode "cut.png": it is cut off',
    );
  }
  assertEquals(results[1], results[0]);
  assertEquals(results[2], results[0]);
});
