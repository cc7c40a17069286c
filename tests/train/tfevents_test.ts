import { crc32c, eventFileStart, scalarRecord } from "../../lib/train/run_log.ts";
import { assertAlmostEquals, assertEquals } from "../assert.ts";

/** Fields of a protocol buffer: number, wire type and payload, in order. */
function fields(
  bytes: Uint8Array,
): { field: number; wire: number; data: Uint8Array; value: number }[] {
  const out = [];
  let at = 0;
  const varint = () => {
    let value = 0, scale = 1;
    for (;; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key & 7;
    const value = wire === 0 || wire === 2 ? varint() : 0;
    const size = [0, 8, value, 0, 0, 4][wire]!;
    out.push({ field: key >> 3, wire, value, data: bytes.slice(at, at + size) });
    at += size;
  }
  return out;
}

/** Payloads of the records of a file, with both checksums checked. */
function records(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const masked = (part: Uint8Array) => {
    const crc = crc32c(part);
    return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  };
  const out = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    assertEquals(view.getUint32(at + 8, true), masked(bytes.subarray(at, at + 8)));
    const data = bytes.slice(at + 12, at + 12 + length);
    assertEquals(view.getUint32(at + 12 + length, true), masked(data));
    out.push(data);
    at += length + 16;
  }
  return out;
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const asDouble = (bytes: Uint8Array) => new DataView(bytes.buffer).getFloat64(0, true);
const asFloat = (bytes: Uint8Array) => new DataView(bytes.buffer).getFloat32(0, true);

Deno.test("crc32c gives the check values of RFC 3720", () => {
  assertEquals(crc32c(new TextEncoder().encode("123456789")), 0xe3069283);
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
});

Deno.test("eventFileStart names the format and starts a session at the step", () => {
  const [version, session] = records(eventFileStart(1.5, 300)).map(fields);
  assertEquals(version!.map((field) => field.field), [1, 3]);
  assertEquals(asDouble(version![0]!.data), 1.5);
  assertEquals(decode(version![1]!.data), "brain.Event:2");
  assertEquals(session![1]!.value, 300);
  assertEquals(session![2]!.field, 7);
  assertEquals(fields(session![2]!.data)[0]!.value, 1);
});

Deno.test("scalarRecord holds step, tags and values", () => {
  const [event] = records(
    scalarRecord({ wallTime: 2, step: 2 ** 33, scalars: { loss: 0.1, "größe": -3 } }),
  ).map(fields);
  assertEquals(event!.map((field) => field.field), [1, 2, 5]);
  assertEquals(event![1]!.value, 2 ** 33);
  const values = fields(event![2]!.data).map((value) => fields(value.data));
  assertEquals(values.map((value) => decode(value[0]!.data)), ["loss", "größe"]);
  assertAlmostEquals(asFloat(values[0]![1]!.data), 0.1, 1e-7);
  assertEquals(asFloat(values[1]![1]!.data), -3);
});

Deno.test("scalarRecord writes the bytes of an event worked out by hand", () => {
  // Event(wall_time: 1, step: 2, summary { value { tag: "a", simple_value: 1 } }).
  const data = [
    9,
    0,
    0,
    0,
    0,
    0,
    0,
    0xf0,
    0x3f,
    16,
    2,
    42,
    10,
    10,
    8,
    10,
    1,
    97,
    21,
    0,
    0,
    0x80,
    0x3f,
  ];
  const record = scalarRecord({ wallTime: 1, step: 2, scalars: { a: 1 } });
  assertEquals([...record.slice(12, -4)], data);
});
