import { assert, assertThrows } from "../../assert.ts";
import { headerLength, parseHeader } from "../../../lib/formats/tensor/safetensors.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { bits32, drawKey, integer } from "../../../lib/util/random.ts";

function encode(header: string, bufferBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + bufferBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

/** Checks the header of a file's bytes. */
function decodeHeader(bytes: Uint8Array, what = "the data") {
  const start = 8 + headerLength(bytes.subarray(0, 8), bytes.length, what);
  return parseHeader(bytes.subarray(8, start), bytes.length - start, what);
}

function tensor(begin: number, end: number, more: Record<string, unknown> = {}) {
  return { dtype: "U8", shape: [end - begin], "data_offsets": [begin, end], ...more };
}

Deno.test("headerLength() refuses lengths beyond the file or 100 MB before anything is allocated", () => {
  const prefix = new Uint8Array(8);
  const view = new DataView(prefix.buffer);
  view.setBigUint64(0, 2n ** 60n, true);
  assertThrows(() => headerLength(prefix, 1000, '"x"'), DataError, "at most 100000000 are allowed");
  view.setBigUint64(0, 993n, true);
  assertThrows(() => headerLength(prefix, 1000, '"x"'), DataError, "the file has 1000 bytes");
  view.setBigUint64(0, 992n, true);
  assert(headerLength(prefix, 1000, '"x"') === 992);
});

Deno.test("parseHeader() refuses whatever the format does not allow", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [[1], 'it does not start with "{"'],
    [{ a: tensor(0, 4), b: tensor(2, 8) }, 'tensor "b" at byte 2 overlaps'],
    [{ a: tensor(0, 4), b: tensor(5, 8) }, 'tensor "b" at byte 5 leaves a gap'],
    [{ a: tensor(1, 8) }, "leaves a gap"],
    [{ a: tensor(0, 7) }, "the tensors take 7 bytes, the file holds 8"],
    [{}, "the tensors take 0 bytes, the file holds 8"],
    [{ a: tensor(0, 9) }, 'tensor "a" lies at 0..9, the buffer has 8 bytes'],
    [{ a: tensor(8, 0, { shape: [8] }) }, 'tensor "a" lies at 8..0'],
    [{ a: tensor(0, 8, { shape: [7] }) }, "has 8 bytes, the shape [7] of U8 takes 7"],
    [{ a: tensor(0, 8, { shape: [-8] }) }, "no valid shape"],
    [{ a: tensor(0, 8, { shape: [-2, -4] }) }, "no valid shape"],
    [{ a: tensor(0, 8, { shape: [1.6, 5] }) }, "no valid shape"],
    [{ a: tensor(0, 8, { shape: [2 ** 52, 2 ** 52] }) }, "takes 2.028"],
    [{ a: tensor(0, 8, { shape: "8" }) }, "no valid shape"],
    [{ a: tensor(0, 8, { dtype: "U128" }) }, 'the element type "U128", known are BOOL, U8'],
    [{ a: tensor(0, 8, { dtype: "I64" }) }, "of I64 takes 64"],
    [{ a: tensor(0, 8, { "data_offsets": [0, 4, 8] }) }, "no valid offsets"],
    [{ a: tensor(0, 8, { extra: 1 }) }, "has other fields"],
    [{ a: 1 }, "has other fields"],
    [{ a: tensor(0, 8), "__metadata__": { n: 1 } }, "something else than strings"],
    [{ a: tensor(0, 8), "__metadata__": [] }, "something else than strings"],
  ];
  for (const [header, problem] of cases) {
    const bytes = encode(JSON.stringify(header), 8);
    const error = assertThrows(() => decodeHeader(bytes, '"x"'), DataError);
    assert(error.message.includes(problem), `${error.message} does not say ${problem}`);
  }
});

Deno.test("parseHeader() refuses texts that are no JSON, no UTF-8 or repeat a name", () => {
  const entry = JSON.stringify(tensor(0, 8));
  const refuse = (text: string, problem: string) =>
    assertThrows(() => decodeHeader(encode(text, 8)), DataError, problem);
  refuse("{", "it is no valid JSON");
  refuse("{".repeat(100_000), "it is no valid JSON");
  refuse(` {"a":${entry}}`, 'it does not start with "{"');
  refuse(`{"a":${entry},"a":${entry}}`, 'the name "a" occurs twice');
  refuse(`{"a":${entry},"\\u0061":${entry}}`, 'the name "a" occurs twice');
  refuse(`{"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}}`, '"dtype" occurs');
  assertThrows(() => parseHeader(Uint8Array.of(0x7b, 0xff, 0x7d), 0, "x"), DataError, "UTF-8");
});

Deno.test("decodeHeader() gives typed errors only, whatever bytes it is fed", () => {
  const key = drawKey(7, "fuzz");
  const good = encode(JSON.stringify({ a: tensor(0, 4), b: tensor(4, 8, { shape: [2, 2] }) }), 8);
  let refused = 0;
  for (let trial = 0; trial < 2000; trial++) {
    const bytes = good.slice(0, good.length - (trial % 5 === 0 ? integer(key, 3 * trial, 20) : 0));
    for (let flip = 0; flip < 1 + trial % 3; flip++) {
      const position = integer(key, 3 * trial + flip, bytes.length);
      bytes[position] = bits32(key, 100_000 + 3 * trial + flip) & 0xff;
    }
    try {
      decodeHeader(bytes);
    } catch (error) {
      assert(error instanceof DataError, String(error));
      refused++;
    }
  }
  assert(refused > 1000);
});
