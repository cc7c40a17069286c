/**
 * Event files that TensorBoard reads: scalars by tag and step.
 *
 * A file is a row of records, each `length (uint64), masked CRC of the length, data, masked CRC of the
 * data`, little-endian, with CRC-32C. The data are protocol buffers (`Event`), of which only the few
 * fields that scalars need are written: wall time 1, step 2, file version 3, summary 5, session log 7.
 *
 * @module
 */

import {
  doubleField,
  floatField,
  integerField,
  message,
  messageField,
  textField,
} from "../util/mod.ts";

/** Scalars of one step. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly scalars: Readonly<Record<string, number>>;
}

const crcTable = new Uint32Array(256).map((_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0x82f63b78 : byte >>> 1;
  return byte;
});

/** CRC-32C (Castagnoli) of bytes. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff]!;
  return ~crc >>> 0;
}

/**
 * The first two records of a file: its version, and the start of a session at a step, which makes
 * TensorBoard drop what an earlier file holds of that step and later ones.
 */
export function eventFileStart(wallTime: number, step: number): Uint8Array<ArrayBuffer> {
  const version = record([doubleField(1, wallTime), textField(3, "brain.Event:2")]);
  const start = messageField(7, [integerField(1, 1)]);
  const session = record([doubleField(1, wallTime), integerField(2, step), start]);
  return message([version, session]);
}

/** One record with the scalars of a step. */
export function scalarRecord({ wallTime, step, scalars }: ScalarEvent): Uint8Array<ArrayBuffer> {
  const values = Object.entries(scalars).map(([tag, value]) =>
    messageField(1, [textField(1, tag), floatField(2, value)])
  );
  return record([doubleField(1, wallTime), integerField(2, step), messageField(5, values)]);
}

function record(fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const data = message(fields);
  const out = new Uint8Array(data.length + 16);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(out.subarray(0, 8)), true);
  out.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return out;
}

/** The checksum as stored: rotated and shifted, so that a checksum of checksums stays strong. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
