/**
 * The header of a FLAC file (RFC 9639, section 8).
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";

/** What a FLAC file says about itself in its first block. */
export interface FlacStream {
  readonly sampleRate: number;
  readonly channels: number;
  readonly bits: number;
  /** Samples of each channel; 0 if the encoder did not know. */
  readonly samples: number;
  /** MD5 of the samples, in hexadecimal; zeros if the encoder did not compute it. */
  readonly md5: string;
}

/**
 * Reads the blocks before the audio.
 *
 * @throws {DataError} If they are damaged or cut off.
 */
export function readMetadata(
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): { readonly stream: FlacStream; readonly audioStart: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let stream: FlacStream | undefined;
  let at = 4;
  for (let last = false; !last;) {
    const cutOff = () =>
      new DataError(
        `Cannot read "${name}": it is cut off, it ends at byte ${bytes.length} in its header`,
      );
    if (at + 4 > bytes.length) throw cutOff();
    const start = view.getUint32(at);
    last = start >>> 31 === 1;
    const type = (start >>> 24) & 0x7f;
    const length = start & 0xffffff;
    if (at + 4 + length > bytes.length) throw cutOff();
    if ((type === 0) !== (stream === undefined) || type === 0 && length !== 34) {
      throw new DataError(`Cannot read "${name}": the header at byte ${at} is not as FLAC has it`);
    }
    stream ??= readStreamInfo(view, at + 4, name);
    at += 4 + length;
  }
  return { stream: stream!, audioStart: at };
}

function readStreamInfo(view: DataView, at: number, name: string): FlacStream {
  const packed = view.getUint32(at + 10);
  const low = view.getUint32(at + 14);
  const stream = {
    sampleRate: packed >>> 12,
    channels: ((packed >>> 9) & 7) + 1,
    bits: ((packed >>> 4) & 31) + 1,
    samples: (packed & 15) * 2 ** 32 + low,
    md5: Array.from(
      { length: 16 },
      (_, i) => view.getUint8(at + 18 + i).toString(16).padStart(2, "0"),
    ).join(""),
  };
  if (stream.sampleRate === 0 || stream.bits < 4) {
    throw new DataError(
      `Cannot read "${name}": its header at byte ${at + 10} has ${stream.sampleRate} samples a ` +
        `second of ${stream.bits} bits`,
    );
  }
  return stream;
}
