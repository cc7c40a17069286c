/**
 * Writing protocol buffers: the few kinds of fields that this project sends.
 *
 * @module
 */

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
