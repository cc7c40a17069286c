/**
 * Protocol buffers without a schema: writing the few kinds of fields that this project sends, and
 * reading the fields of a message.
 *
 * @module
 */

import { DataError } from "./errors.ts";

import { concatBytes } from "./bytes.ts";

/** A field of whole numbers: enumerations, counts, flags; 0 .. 2^53. */
export function integerField(field: number, value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...varint(field << 3), ...varint(value)]);
}

/** A field of type `double`. */
export function doubleField(field: number, value: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(9);
  out[0] = (field << 3) | 1;
  new DataView(out.buffer).setFloat64(1, value, true);
  return out;
}

/** A field of type `float`. */
export function floatField(field: number, value: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(5);
  out[0] = (field << 3) | 5;
  new DataView(out.buffer).setFloat32(1, value, true);
  return out;
}

/** A field of type `string`. */
export function textField(field: number, value: string): Uint8Array<ArrayBuffer> {
  return delimited(field, new TextEncoder().encode(value));
}

/** A field that holds a message, given by its own fields. */
export function messageField(
  field: number,
  fields: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  return delimited(field, message(fields));
}

/** A whole message: its fields, one after the other. */
export function message(fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concatBytes(fields);
}

function delimited(field: number, data: Uint8Array): Uint8Array<ArrayBuffer> {
  return message([Uint8Array.from([...varint((field << 3) | 2), ...varint(data.length)]), data]);
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  const out: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) out.push((value % 0x80) | 0x80);
  out.push(value);
  return out;
}

/** One field: a whole number, or the bytes of a number of fixed size, a text or a message. */
export interface ProtobufField {
  readonly field: number;
  /** Value of a `varint` field: enumerations, counts, flags; exact up to 2^53. */
  readonly integer: number;
  /** Contents of any other field; a view. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const none = new Uint8Array(0);

/**
 * Fields of a message in the order in which they are written.
 *
 * @param name What the message is, for errors.
 * @throws {DataError} If the message is damaged or cut off; the error names the byte.
 */
export function* protobufFields(
  message: Uint8Array<ArrayBuffer>,
  name: string,
): Generator<ProtobufField> {
  let at = 0;
  const fail = (what: string) =>
    new DataError(`Cannot read ${name}: ${what} at byte ${at} of ${message.length}`);
  const varint = () => {
    let value = 0;
    for (let scale = 1, count = 0; count < 10; count++, scale *= 128) {
      const byte = message[at++];
      if (byte === undefined) throw fail("it is cut off");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw fail("it is damaged, a number does not end");
  };
  const take = (length: number) => {
    if (length > message.length - at) throw fail("it is cut off or damaged");
    const bytes = message.subarray(at, at + length);
    at += length;
    return bytes;
  };
  while (at < message.length) {
    const key = varint();
    const field = Math.floor(key / 8);
    switch (key % 8) {
      case 0:
        yield { field, integer: varint(), bytes: none };
        break;
      case 1:
        yield { field, integer: 0, bytes: take(8) };
        break;
      case 2:
        yield { field, integer: 0, bytes: take(varint()) };
        break;
      case 5:
        yield { field, integer: 0, bytes: take(4) };
        break;
      default:
        throw fail("it is no protocol buffer, or damaged");
    }
  }
}
