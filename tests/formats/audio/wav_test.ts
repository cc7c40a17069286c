import { assertEquals, assertThrows } from "../../assert.ts";
import { isWav, readWav } from "../../../lib/formats/audio/read_audio.ts";
import { DataError } from "../../../lib/util/errors.ts";

const folder = new URL("../../fixtures/raw/audio/", import.meta.url);
const read = (name: string) => Deno.readFileSync(new URL(name, folder));
/** A canonical file: 12 bytes, a format of 24, then "data" and its size at 36. */
const canonical = read("pcm_16.wav");

/** A copy with other numbers at some offsets: 16 bits, or 32 where the offset is in `long`. */
function changed(numbers: Readonly<Record<number, number>>, long: readonly number[] = []) {
  const bytes = canonical.slice();
  const view = new DataView(bytes.buffer);
  for (const [at, value] of Object.entries(numbers)) {
    if (long.includes(Number(at))) view.setUint32(Number(at), value, true);
    else view.setUint16(Number(at), value, true);
  }
  return bytes;
}

function assertRefused(bytes: Uint8Array<ArrayBuffer>, message: string) {
  assertThrows(
    () => readWav(bytes, { name: "a.wav" }),
    DataError,
    `Cannot read "a.wav": ${message}`,
  );
}

Deno.test("readWav() passes over other chunks, also of odd size", () => {
  const plain = readWav(canonical, { name: "a.wav" });
  const list = new TextEncoder().encode("LIST\x05\x00\x00\x00hello\x00");
  const longer = new Uint8Array(canonical.length + list.length);
  longer.set(canonical.subarray(0, 36));
  longer.set(list, 36);
  longer.set(canonical.subarray(36), 36 + list.length);
  assertEquals(readWav(longer, { name: "b.wav" }), plain);
});

Deno.test("readWav() refuses a file cut off anywhere and names the byte", () => {
  for (let length = 12; length < canonical.length; length++) {
    const error = assertThrows(
      () => readWav(canonical.slice(0, length), { name: "a.wav" }),
      DataError,
      `it ends at byte ${length}`,
    );
    assertEquals(error.exitCode, 3);
  }
  assertRefused(
    canonical.slice(0, 100),
    "it is cut off, it ends at byte 100, 444 bytes are promised",
  );
});

Deno.test("readWav() refuses wrong headers", () => {
  assertRefused(changed({ 20: 2 }), "the format at byte 20 has samples of code 2 and 16 bits");
  assertRefused(changed({ 20: 3 }), "the format at byte 20 has samples of code 3 and 16 bits");
  assertRefused(changed({ 34: 12 }), "the format at byte 20 has samples of code 1 and 12 bits");
  assertRefused(changed({ 22: 0, 32: 0 }), "the format at byte 20 has 0 channels");
  assertRefused(changed({ 24: 0 }, [24]), "the format at byte 20 has 2 channels of 0 samples");
  assertRefused(changed({ 32: 2 }), "the format at byte 20 has blocks of 2 bytes for 2 channels");
  assertRefused(changed({ 16: 8 }, [16]), "the format at byte 20 has 8 bytes");
  assertRefused(changed({ 20: 0xfffe }), "the format at byte 20 has 16 bytes, 40 are wanted");
  assertRefused(
    changed({ 40: 399 }, [40]),
    "the 399 bytes of samples at byte 44 are no multiple of 4",
  );
  assertRefused(changed({ 12: 0x7878 }), "the samples at byte 36 come before a format");
  assertRefused(changed({ 36: 0x7878 }), "it has no samples, it ends at byte 444");
  assertRefused(new TextEncoder().encode("RIFF"), 'it does not start with "RIFF" and "WAVE"');
});

Deno.test("readWav() refuses floats that are no numbers and names the byte", () => {
  const bytes = read("float.wav");
  const data = bytes.length - 800;
  new DataView(bytes.buffer).setFloat32(data + 12, NaN, true);
  assertRefused(bytes, `the sample at byte ${data + 12} is NaN, a finite number is wanted`);
});

Deno.test("isWav() looks at both marks", () => {
  assertEquals([isWav(canonical), isWav(canonical.subarray(0, 11)), isWav(new Uint8Array(12))], [
    true,
    false,
    false,
  ]);
});
