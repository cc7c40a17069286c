import { assert, assertEquals, assertMatch, assertThrows } from "../../assert.ts";
import { crc16, crc8, isFlac, readFlac } from "../../../lib/formats/audio/flac.ts";
import { DataError } from "../../../lib/util/errors.ts";

const folder = new URL("../../fixtures/raw/audio/", import.meta.url);
const read = (name: string) => Deno.readFileSync(new URL(name, folder));
const decode = (bytes: Uint8Array<ArrayBuffer>) => readFlac(bytes, { name: "a.flac" });
const files = ["blocks", "level_8", "stereo_pcm_24", "six_channels", "wasted_bits"];

/** Where the audio begins: behind the last header block. */
function audioStart(bytes: Uint8Array): number {
  let at = 4;
  for (;;) {
    const end = at + 4 + (bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!);
    if (bytes[at]! >= 128) return end;
    at = end;
  }
}

Deno.test("readFlac() refuses a file cut off anywhere", () => {
  for (const name of files) {
    const bytes = read(`${name}.flac`);
    const step = Math.ceil(bytes.length / 150);
    for (let length = 4; length < bytes.length; length += step) {
      const error = assertThrows(() => decode(bytes.slice(0, length)), DataError, undefined, name);
      assertMatch(error.message, new RegExp(`^Cannot read "a.flac": .* it ends at byte ${length}`));
    }
  }
});

Deno.test("readFlac() refuses a flipped bit anywhere in the audio and names the frame", () => {
  for (const name of files) {
    const bytes = read(`${name}.flac`);
    const start = audioStart(bytes);
    for (let bit = 8 * start; bit < 8 * bytes.length; bit += 41) {
      const damaged = bytes.slice();
      damaged[bit >>> 3]! ^= 0x80 >>> (bit & 7);
      const error = assertThrows(
        () => decode(damaged),
        DataError,
        undefined,
        `${name}, bit ${bit}`,
      );
      assertMatch(error.message, /at byte \d+/);
    }
  }
});

Deno.test("readFlac() refuses samples that are whole but not those of the header's digest", () => {
  const bytes = read("level_8.flac");
  bytes[26]! ^= 1;
  assertThrows(() => decode(bytes), DataError, "it is damaged, the MD5 of its samples is ");
  // An encoder that knows no digest writes zeros.
  bytes.fill(0, 26, 42);
  assertEquals(decode(bytes), decode(read("level_8.flac")));
});

Deno.test("readFlac() refuses more and fewer samples than its header promises", () => {
  const bytes = read("blocks.flac");
  const view = new DataView(bytes.buffer);
  assertEquals(view.getUint32(22), 6000);
  view.setUint32(22, 6001);
  const fewer =
    `it is cut off, it ends at byte ${bytes.length} with 6000 samples, its header promises`;
  assertThrows(() => decode(bytes), DataError, fewer);
  view.setUint32(22, 5999);
  assertThrows(() => decode(bytes), DataError, "it has 6000 samples or more, 5999 are expected");
  // Unknown: decoded to the end, and the digest still counts.
  view.setUint32(22, 0);
  assertEquals(decode(bytes), decode(read("blocks.flac")));
});

Deno.test("readFlac() allocates nothing for what a header merely promises", () => {
  const bytes = read("blocks.flac");
  const view = new DataView(bytes.buffer);
  view.setUint32(22, 0xffffffff);
  assertThrows(() => decode(bytes), DataError, "its header promises 4294967295 samples");
  view.setUint32(22, 2 ** 26);
  const before = performance.now();
  assertThrows(() => decode(bytes), DataError, "its header promises 67108864");
  assert(performance.now() - before < 1000);
});

Deno.test("readFlac() refuses wrong headers", () => {
  const bytes = read("level_8.flac");
  const change = (at: number, value: number) => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  const isWrong = (copy: Uint8Array<ArrayBuffer>, message: string) =>
    assertThrows(() => decode(copy), DataError, message);
  isWrong(change(4, 1), "the header at byte 4 is not as FLAC has it");
  isWrong(change(7, 33), "the header at byte 4 is not as FLAC has it");
  isWrong(bytes.slice(0, 30), "it is cut off, it ends at byte 30 in its header");
  const noRate = bytes.slice();
  noRate.fill(0, 18, 20);
  noRate[20]! &= 15;
  isWrong(noRate, "has 0 samples a second of 16 bits");
  // The stream says 2 channels, its frames have one.
  isWrong(change(20, bytes[20]! | 2), "has 1 channels of 16 bits, the stream 2 of 16");
});

Deno.test("isFlac() looks at the mark", () => {
  assertEquals(isFlac(new TextEncoder().encode("fLaC")), true);
  assertEquals(isFlac(new TextEncoder().encode("fLaX")), false);
});

Deno.test("crc8() and crc16() have the catalogued check values", () => {
  const digits = new TextEncoder().encode("123456789");
  assertEquals([crc8(digits, 0, 9), crc16(digits, 0, 9)], [0xf4, 0xfee8]);
  assertEquals(crc16(digits, 4, 4), 0);
});
