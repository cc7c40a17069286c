/** Forms that no encoder writes, with checksums that are right: they must be refused, not decoded. */

import { assertEquals, assertThrows } from "../../assert.ts";
import {
  crc16,
  crc8,
  createBitCursor,
  type FlacStream,
  readFrame,
} from "../../../lib/formats/audio/flac.ts";
import { DataError } from "../../../lib/util/errors.ts";

const stream: FlacStream = { sampleRate: 8000, channels: 1, bits: 16, samples: 0, md5: "" };

/** Fields of a frame header. */
interface Header {
  readonly sync?: number;
  readonly length?: number;
  readonly rate?: number;
  readonly channels?: number;
  readonly bits?: number;
  readonly reserved?: number;
  readonly number?: number;
}

const digits = (value: number, count: number) =>
  value.toString(2).padStart(count, "0").slice(-count);

/** A frame of 192 samples whose subframes are the given bits, with right checksums. */
function frame(subframes: string, fields: Header = {}): Uint8Array<ArrayBuffer> {
  const { sync = 0x7ffc, length = 1, rate = 0, channels = 0, bits = 4 } = fields;
  const { reserved = 0, number = 0 } = fields;
  const header = pack(
    digits(sync, 15) + "0" + digits(length, 4) + digits(rate, 4) + digits(channels, 4) +
      digits(bits, 3) + digits(reserved, 1) + digits(number, 8),
  );
  const body = [...header, crc8(header, 0, header.length), ...pack(subframes)];
  const checksum = crc16(Uint8Array.from(body), 0, body.length);
  return Uint8Array.from([...body, checksum >> 8, checksum & 255]);
}

function pack(bits: string): Uint8Array {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0");
  return Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => parseInt(byte, 2));
}

/** One constant channel. */
const constant = (value: number, bits = 16) => "00000000" + digits(value + 2 ** bits, bits);

function decode(bytes: Uint8Array<ArrayBuffer>, of: FlacStream = stream) {
  return readFrame(createBitCursor(bytes, "a.flac"), of, 7);
}

function assertRefused(bytes: Uint8Array<ArrayBuffer>, message: string, of?: FlacStream) {
  assertThrows(() => decode(bytes, of), DataError, message);
}

Deno.test("readFrame() decodes constant, verbatim and unused bits", () => {
  assertEquals(Array.from(decode(frame(constant(-3)))[0]!), new Array(192).fill(-3));
  const values = Array.from({ length: 192 }, (_, i) => i * 171 - 16_000);
  const verbatim = "00000010" + values.map((value) => digits(value + 2 ** 16, 16)).join("");
  assertEquals(Array.from(decode(frame(verbatim))[0]!), values);
  // Three unused bits: 13 bits are stored.
  const wasted = "00000001" + "001" + digits(-5 + 2 ** 13, 13);
  assertEquals(decode(frame(wasted))[0]![100], -40);
});

Deno.test("readFrame() gives left and right of every mixing, also of 32 bits", () => {
  const mixed = (code: number, a: string, b: string, bits: number) => {
    const of = { ...stream, channels: 2, bits };
    const [left, right] = decode(frame(a + b, { channels: code, bits: bits === 16 ? 4 : 7 }), of);
    return [left![0], right![191]];
  };
  const [wide, side] = [
    (value: number) => constant(value, 16),
    (value: number) => constant(value, 17),
  ];
  assertEquals(mixed(1, wide(-9), wide(4), 16), [-9, 4]);
  assertEquals(mixed(8, wide(-9), side(-13), 16), [-9, 4]);
  assertEquals(mixed(9, side(-13), wide(4), 16), [-9, 4]);
  assertEquals(mixed(10, wide(-3), side(-13), 16), [-9, 4]);
  // Left and right at the ends of 32 bits: their difference needs 33.
  const [low, high] = [-(2 ** 31), 2 ** 31 - 1];
  assertEquals(mixed(8, constant(low, 32), constant(low - high, 33), 32), [low, high]);
  assertEquals(mixed(9, constant(high - low, 33), constant(low, 32), 32), [high, low]);
});

Deno.test("readFrame() refuses reserved headers and names frame and byte", () => {
  const silence = constant(0);
  assertRefused(frame(silence, { sync: 0x7ffd }), "frame 7 at byte 0 does not start as frames do");
  for (
    const fields of [{ length: 0 }, { rate: 15 }, { channels: 11 }, { bits: 3 }, { reserved: 1 }]
  ) {
    assertRefused(frame(silence, fields), "frame 7 at byte 0 has a reserved form");
  }
  assertRefused(frame(silence, { number: 0x80 }), "frame 7 at byte 0 has a damaged number");
  assertRefused(frame(silence, { number: 0xff }), "frame 7 at byte 0 has a damaged number");
  assertRefused(frame(silence, { bits: 1 }), "has 1 channels of 8 bits, the stream 1 of 16");
});

Deno.test("readFrame() refuses reserved channels", () => {
  const refused = (bits: string, message: string) =>
    assertRefused(frame(bits + "0".repeat(800)), `the channel at byte 6 ${message}`);
  refused("1", "starts with a reserved bit");
  refused("0" + digits(2, 6), "has the reserved type 2");
  refused("0" + digits(13, 6), "has the reserved type 13");
  refused("00000001" + "0".repeat(15) + "1", "has 16 unused bits of 16");
  const warmUp = digits(0, 16);
  refused("0" + digits(32, 6) + "0" + warmUp + "1111", "has a reserved precision");
  refused("0" + digits(32, 6) + "0" + warmUp + "0011" + "10000", "has the negative shift -16");
  refused("0" + digits(8, 6) + "0" + "10", "has residuals of a reserved form");
  refused("0" + digits(8, 6) + "0" + "00" + "1111", "has 32768 partitions for 192 samples");
  refused(
    "0" + digits(12, 6) + "0" + warmUp.repeat(4) + "00" + "0110",
    "has 64 partitions for 192",
  );
});

Deno.test("readFrame() refuses a predictor of more samples than the frame has", () => {
  // One sample: length code 6, then the length minus one in 8 bits.
  const header = pack(
    digits(0x7ffc, 15) + "0" + "0110" + "0000" + "0000" + "100" + "0" + digits(0, 16),
  );
  const body = Uint8Array.from([
    ...header,
    crc8(header, 0, header.length),
    ...pack("0" + digits(10, 6) + "0" + "0".repeat(80)),
  ]);
  assertRefused(body, "has a predictor of order 2 for 1 samples");
});
