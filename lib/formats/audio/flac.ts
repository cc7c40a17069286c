/**
 * FLAC (RFC 9639), decoded to the exact integers that were encoded.
 *
 * The decoder is our own because those of the package registry cannot say that a file is damaged:
 * they pass over bad frames and give fewer samples without a word. Here every frame's checksum, the
 * number of samples and the MD5 digest of all of them are verified.
 *
 * @module
 */

import { createHasher, DataError } from "../../util/mod.ts";
import type { Audio, ReadAudioOptions } from "./audio.ts";
import { type BitCursor, createBitCursor } from "./flac_bits.ts";
import { readFrame } from "./flac_frame.ts";
import { type FlacStream, readMetadata } from "./flac_stream.ts";
import { createSampleSink } from "./sample_sink.ts";

/** Whether a file starts like FLAC. */
export function isFlac(start: Uint8Array): boolean {
  return start[0] === 0x66 && start[1] === 0x4c && start[2] === 0x61 && start[3] === 0x43;
}

/**
 * Decodes a FLAC file.
 *
 * @throws {DataError} If it is damaged, cut off or too long; the message has the offset of the
 * frame.
 */
export function readFlac(bytes: Uint8Array<ArrayBuffer>, { name }: ReadAudioOptions): Audio {
  const { stream, audioStart } = readMetadata(bytes, name);
  const cursor = createBitCursor(bytes, name);
  cursor.at = 8 * audioStart;
  const sink = createSampleSink(stream, name);
  const md5 = createHasher("md5");
  let frame = 0;
  while (hasFrame(cursor, stream, sink.length)) {
    const block = readFrame(cursor, stream, frame++);
    md5.update(interleaved(block, stream.bits));
    sink.append(block, 2 ** (stream.bits - 1));
  }
  if (stream.samples !== 0 && sink.length !== stream.samples) {
    throw new DataError(
      `Cannot read "${name}": it is cut off, it ends at byte ${bytes.length} with ${sink.length} ` +
        `samples, its header promises ${stream.samples}`,
    );
  }
  const digest = md5.hex();
  if (/[^0]/.test(stream.md5) && digest !== stream.md5) {
    throw new DataError(
      `Cannot read "${name}": it is damaged, the MD5 of its samples is ${digest}, ` +
        `its header at byte 26 promises ${stream.md5}`,
    );
  }
  return { sampleRate: stream.sampleRate, channels: sink.finish() };
}

/** Whether a frame follows; behind the promised samples only tags may, which are passed over. */
function hasFrame({ at, end }: BitCursor, { samples }: FlacStream, done: number): boolean {
  return samples === 0 ? at < end : at < end && done < samples;
}

/** The samples as the encoder's digest took them: channels in turn, little-endian, whole bytes. */
function interleaved(
  block: readonly Int32Array<ArrayBuffer>[],
  bits: number,
): Uint8Array<ArrayBuffer> {
  const width = Math.ceil(bits / 8);
  const channels = block.length;
  const length = block[0]!.length;
  if (width === 2) {
    // The usual case by words, on the little-endian machines that there are.
    const words = new Int16Array(length * channels);
    for (let c = 0; c < channels; c++) {
      const samples = block[c]!;
      for (let i = 0; i < length; i++) words[i * channels + c] = samples[i]!;
    }
    return new Uint8Array(words.buffer);
  }
  const bytes = new Uint8Array(length * channels * width);
  for (let c = 0; c < channels; c++) {
    const samples = block[c]!;
    for (let i = 0; i < length; i++) {
      for (let k = 0, at = (i * channels + c) * width; k < width; k++) {
        bytes[at + k] = samples[i]! >> (8 * k);
      }
    }
  }
  return bytes;
}
