import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { decodeJpeg, isJpeg } from "../../../lib/formats/image/jpeg.ts";
import { DataError } from "../../../lib/util/errors.ts";

const folder = new URL("../../fixtures/raw/images/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(name, folder));

Deno.test("isJpeg() looks at the first bytes", () => {
  assert(isJpeg(bytesOf("jpeg_0.jpg")));
  assert(!isJpeg(bytesOf("png_L.png")));
  assert(!isJpeg(new Uint8Array(0)));
});

Deno.test("decodeJpeg() accepts an image of one scan that lacks its end mark alone", async () => {
  const whole = bytesOf("jpeg_2.jpg");
  const cut = whole.slice(0, -2);
  const decoded = await decodeJpeg(cut, "cut.jpg");
  assertEquals(decoded.data, (await decodeJpeg(whole, "whole.jpg")).data);
  assertEquals(decoded.damaged, undefined);
  await assertRejects(
    () => decodeJpeg(bytesOf("jpeg_2_progressive.jpg").slice(0, -2), "progressive.jpg"),
    DataError,
    'Cannot decode "progressive.jpg": it is cut off',
  );
});

Deno.test("decodeJpeg() marks damage that libjpeg passes over", async () => {
  const bytes = bytesOf("jpeg_restart.jpg");
  const scan = bytes.findIndex((byte, i) => byte === 0xff && bytes[i + 1] === 0xda);
  const middle = scan + ((bytes.length - scan) >> 1);
  bytes.fill(0x55, middle, middle + 60);
  const decoded = await decodeJpeg(bytes, "damaged.jpg");
  assertEquals(decoded.damaged, true);
  assertEquals(decoded.data.length, 61 * 45 * 3);
});

Deno.test("decodeJpeg() goes on after an image that broke the decoder", async () => {
  const good = bytesOf("jpeg_1.jpg");
  const before = await decodeJpeg(good, "good.jpg");
  const bad = good.slice();
  const tables = bad.findIndex((byte, i) => byte === 0xff && bad[i + 1] === 0xc4);
  bad.fill(0xee, tables + 4, tables + 30);
  for (let i = 0; i < 3; i++) {
    await assertRejects(
      () => decodeJpeg(bad, "bad.jpg"),
      DataError,
      'Cannot decode "bad.jpg": it is damaged',
    );
    assertEquals((await decodeJpeg(good, "good.jpg")).data, before.data);
  }
});

Deno.test("decodeJpeg() gives data or a data error whatever bit is flipped", async () => {
  const bytes = bytesOf("jpeg_2.jpg");
  let refused = 0;
  for (let i = 0; i < 300; i++) {
    const flipped = bytes.slice();
    flipped[2 + (i * 7919) % (bytes.length - 2)]! ^= 1 << (i % 8);
    try {
      const { width, height, data } = await decodeJpeg(flipped, "flipped.jpg");
      assertEquals(data.length, width * height * 3);
    } catch (error) {
      assert(error instanceof DataError, String(error));
      refused++;
    }
  }
  assert(refused > 0 && refused < 300);
});
