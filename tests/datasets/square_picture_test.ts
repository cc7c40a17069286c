import { assert, assertEquals, assertRejects } from "../assert.ts";
import { createJobPool } from "../../lib/datasets/conversion/jobs.ts";
import { decodeMedia, squareSide } from "../../lib/datasets/conversion/media.ts";
import { DataError } from "../../lib/util/errors.ts";

const format = { kind: "square" } as const;

/** An image of value (7x + 13y + 29c) mod 256, as a PPM file. */
function pattern(width: number, height: number): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(`P6\n${width} ${height}\n255\n`);
  const bytes = new Uint8Array(header.length + width * height * 3);
  bytes.set(header);
  for (let y = 0, at = header.length; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) bytes[at++] = (7 * x + 13 * y + 29 * c) % 256;
    }
  }
  return bytes;
}

const at = (values: Uint8Array, y: number, x: number) =>
  [0, 1, 2].map((channel) => values[(channel * squareSide + y) * squareSide + x]);

Deno.test("decodeMedia() takes the square steps of the references, as Pillow does", async () => {
  const { rows: [values], damaged } = await decodeMedia({
    name: "x.ppm",
    bytes: pattern(640, 480),
    format,
  });
  assert(values instanceof Uint8Array);
  // Numbers of Pillow 13 with the same steps.
  assertEquals([at(values, 0, 0), at(values, 100, 50)], [[30, 56, 85], [39, 68, 97]]);
  assertEquals(values.reduce((sum, value) => sum + value, 0), 19_223_865);
  assertEquals([values.length, damaged], [3 * 224 * 224, false]);
});

Deno.test("createJobPool() gives the same pictures in workers, and errors as they are", async () => {
  using pool = createJobPool("media", 1);
  const { rows } = await pool.run({ name: "x.ppm", bytes: pattern(64, 48), format });
  const alone = await decodeMedia({ name: "x.ppm", bytes: pattern(64, 48), format });
  assertEquals(rows, alone.rows);
  await assertRejects(
    () => pool.run({ name: "y.jpg", bytes: new TextEncoder().encode("rubbish"), format }),
    DataError,
    'Cannot decode "y.jpg": it is no JPEG, PNG or PPM image',
  );
});
