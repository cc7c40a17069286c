import { createHash } from "node:crypto";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { decodeImage } from "../../../lib/formats/image/images.ts";
import { DataError } from "../../../lib/util/errors.ts";

const folder = new URL("../../fixtures/raw/images/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(name, folder));
const expected = JSON.parse(Deno.readTextFileSync(new URL("../images.json", folder)));

for (const kind of ["jpeg", "png", "ppm", "pgm"]) {
  Deno.test(`decodeImage() equals Pillow bit for bit: ${kind}`, async () => {
    let files = 0;
    for (const [name, wanted] of Object.entries<Record<string, unknown>>(expected.decoded)) {
      if (!name.startsWith(kind)) continue;
      files++;
      const { width, height, data, damaged } = await decodeImage(bytesOf(name), name);
      const sha256 = createHash("sha256").update(data).digest("hex");
      assertEquals({ width, height, sha256 }, wanted, name);
      assertEquals(damaged, undefined);
    }
    assert(files > 0);
  });
}

Deno.test("decodeImage() goes by the contents and not by the name", async () => {
  const { width } = await decodeImage(bytesOf("png_RGB.png"), "photo.jpg");
  assertEquals(width, 61);
});

Deno.test("decodeImage() refuses files of other kinds, and empty ones", async () => {
  const read = (bytes: number[]) => decodeImage(Uint8Array.from(bytes), "photo.jpg");
  await assertRejects(
    () => read([0x47, 0x49, 0x46, 0x38]),
    DataError,
    'Cannot decode "photo.jpg": it is no JPEG, PNG or PPM image',
  );
  await assertRejects(() => read([]), DataError, 'Cannot decode "photo.jpg": it is empty');
});

Deno.test("decodeImage() notices every cut", async () => {
  for (const name of Object.keys(expected.decoded)) {
    const bytes = bytesOf(name);
    const step = Math.max(1, Math.floor(bytes.length / 40));
    // Without its end mark alone a JPEG image of one scan is whole.
    const last = bytes.length - (name.startsWith("jpeg") ? 3 : 1);
    for (let length = last; length >= 0; length -= step) {
      await assertRejects(
        () => decodeImage(bytes.slice(0, length), name),
        DataError,
        `Cannot decode "${name}"`,
        `${name} cut to ${length} of ${bytes.length} bytes`,
      );
    }
  }
});

Deno.test("decodeImage() refuses sides of no or too many pixels before it takes memory", async () => {
  const jpeg = bytesOf("jpeg_0.jpg");
  const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0);
  const png = (width: number) => {
    const bytes = bytesOf("png_L.png");
    new DataView(bytes.buffer).setUint32(16, width);
    return bytes;
  };
  jpeg.set([0xff, 0xff, 0xff, 0xff], frame + 5);
  await assertRejects(
    () => decodeImage(jpeg, "big.jpg"),
    DataError,
    'Cannot decode "big.jpg": it is 65535 pixels wide and 65535 high',
  );
  // The checksum is verified first.
  await assertRejects(() => decodeImage(png(0x7fffffff), "big.png"), DataError, "checksum");
  const ppm = new TextEncoder().encode("P6\n0 4\n255\n");
  await assertRejects(() => decodeImage(ppm, "a.ppm"), DataError, "it is 0 pixels wide and 4 high");
});
