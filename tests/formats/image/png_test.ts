import { crc32, deflateSync } from "node:zlib";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { decodePng, isPng } from "../../../lib/formats/image/png.ts";
import { DataError } from "../../../lib/util/errors.ts";

const folder = new URL("../../fixtures/raw/images/", import.meta.url);
const bytesOf = (name: string) => Deno.readFileSync(new URL(name, folder));

/** A PNG file of the given chunks. */
function png(...chunks: readonly (readonly [type: string, body: Uint8Array])[]) {
  const parts = chunks.map(([type, body]) => {
    const bytes = new Uint8Array(12 + body.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, body.length);
    bytes.set(new TextEncoder().encode(type), 4);
    bytes.set(body, 8);
    view.setUint32(8 + body.length, crc32(bytes.subarray(4, 8 + body.length)));
    return bytes;
  });
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return Uint8Array.from([signature, ...parts.map((part) => [...part])].flat());
}

function header(width: number, height: number, depth: number, colour: number) {
  const body = new Uint8Array(13);
  const view = new DataView(body.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  body.set([depth, colour], 8);
  return ["IHDR", body] as const;
}

const pixels = (...rows: number[][]) =>
  ["IDAT", deflateSync(Uint8Array.from(rows.flat()))] as const;
const end = ["IEND", new Uint8Array(0)] as const;

Deno.test("isPng() looks at the signature", () => {
  assert(isPng(bytesOf("png_L.png")));
  assert(!isPng(bytesOf("jpeg_0.jpg")));
  assert(!isPng(new Uint8Array(3)));
});

Deno.test("decodePng() undoes all five filters", () => {
  const rows = [
    [0, 10, 20, 30, 40, 50, 60],
    [1, 1, 2, 3, 4, 5, 6],
    [2, 1, 1, 1, 1, 1, 1],
    [3, 7, 7, 7, 7, 7, 7],
    [4, 250, 1, 2, 3, 4, 255],
  ];
  const { width, height, data } = decodePng(png(header(2, 5, 8, 2), pixels(...rows), end), "a.png");
  assertEquals([width, height], [2, 5]);
  // deno-fmt-ignore
  assertEquals([...data], [
    10, 20, 30, 40, 50, 60,
    1, 2, 3, 5, 7, 9,
    2, 3, 4, 6, 8, 10,
    8, 8, 9, 14, 15, 16,
    2, 9, 11, 11, 19, 15,
  ]);
});

Deno.test("decodePng() keeps the upper 8 of 16 bits of grey", () => {
  const bytes = png(header(2, 1, 16, 0), pixels([0, 0x12, 0x34, 0xff, 0]), end);
  assertEquals([...decodePng(bytes, "a.png").data], [0x12, 0x12, 0x12, 0xff, 0xff, 0xff]);
});

Deno.test("decodePng() looks up colours that the palette lacks as black", () => {
  const palette = ["PLTE", Uint8Array.of(1, 2, 3)] as const;
  const bytes = png(header(2, 1, 8, 3), palette, pixels([0, 0, 9]), end);
  assertEquals([...decodePng(bytes, "a.png").data], [1, 2, 3, 0, 0, 0]);
});

Deno.test("decodePng() refuses a wrong checksum, header, filter or palette", () => {
  const good = [header(2, 1, 8, 0), pixels([0, 1, 2]), end] as const;
  const wrong = png(...good);
  wrong[wrong.length - 20]! ^= 1;
  const cases: [Uint8Array<ArrayBuffer>, string][] = [
    [wrong, "the checksum of the chunk at byte 33 is wrong"],
    [png(good[1], end), "it does not start with a header"],
    [png(header(2, 1, 3, 0), good[1], end), "its pixels are of type 0 with 3 bits"],
    [png(header(2, 1, 8, 1), good[1], end), "its pixels are of type 1 with 8 bits"],
    [png(["IHDR", new Uint8Array(5)], end), "its header has a wrong length"],
    [png(header(2, 1, 8, 0), pixels([5, 1, 2]), end), "row 0 has the filter 5"],
    [png(header(2, 1, 8, 3), good[1], end), "its palette is missing"],
    [png(header(2, 1, 8, 0), ["IDAT", Uint8Array.of(1, 2, 3)], end), "its pixels are damaged"],
    [png(header(2, 2, 8, 0), good[1], end), "it has 3 bytes of pixels, its header promises 6"],
    [png(good[0], good[1]), "it is cut off"],
    [png(header(99_999, 99_999, 8, 0), good[1], end), "it is 99999 pixels wide"],
  ];
  for (const [bytes, message] of cases) {
    const error = assertThrows(() => decodePng(bytes, "a.png"), DataError, message);
    assert(error.message.startsWith('Cannot decode "a.png": '));
  }
});

Deno.test("decodePng() stops a decompression bomb at the size of the header", () => {
  const bomb = pixels(new Array(1_000_000).fill(0));
  assertThrows(
    () => decodePng(png(header(2, 1, 8, 0), bomb, end), "bomb.png"),
    DataError,
    "its pixels are damaged",
  );
});
