/**
 * JPEG images, decoded by libjpeg-turbo: equal to Pillow, bit for bit.
 *
 * The package holds nothing but the library as WebAssembly, so its few functions are called here
 * directly. `@jsquash/jpeg` gives the same pixels, but takes 1.6 times as long, cannot decode the
 * CMYK images of ImageNet and does not tell whether an image was cut off.
 *
 * @module
 */

import {} from "../../util/mod.ts";
import { checkImageSize, type RgbImage, undecodable } from "./rgb_image.ts";

/** Functions of the TurboJPEG API that the module exports. */
interface TurboJpeg {
  readonly memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(pointer: number): void;
  tjInitDecompress(): number;
  /** Returns 0, or -1 after an error or a warning. */
  tjDecompress2(
    handle: number,
    source: number,
    sourceBytes: number,
    target: number,
    width: number,
    pitch: number,
    height: number,
    pixelFormat: number,
    flags: number,
  ): number;
}

const pixelFormat = { rgb: 0, cmyk: 11 };

let module: Promise<WebAssembly.Module> | undefined;
let running: { readonly turbo: TurboJpeg; readonly handle: number } | undefined;

/** Whether bytes start like a JPEG image. */
export function isJpeg(start: Uint8Array): boolean {
  return start[0] === 0xff && start[1] === 0xd8 && start[2] === 0xff;
}

/**
 * Decodes a baseline or progressive JPEG image of 8 bits. Grey is repeated, CMYK (taken as
 * inverted, as Adobe writes it) is converted as Pillow does. The orientation that cameras note is
 * ignored.
 *
 * @param name Name for messages.
 * @throws {DataError} If the image is damaged so that it cannot be decoded, or is cut off. Damage
 * that libjpeg passes over is only marked.
 */
export async function decodeJpeg(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<RgbImage> {
  const frame = readFrame(bytes, name);
  checkImageSize(name, frame.width, frame.height);
  module ??= loadModule();
  if (running === undefined) {
    const instance = await WebAssembly.instantiate(await module, systemCalls);
    const turbo = instance.exports as unknown as TurboJpeg;
    running = { turbo, handle: turbo.tjInitDecompress() };
  }
  const { data, warned } = decompress(bytes, frame, name);
  if (warned && !frame.ended) checkOnlyEndMissing(bytes, frame, name);
  const damaged = warned && frame.ended;
  return {
    width: frame.width,
    height: frame.height,
    data: frame.components === 4 ? cmykToRgb(data) : data,
    ...(damaged ? { damaged } : {}),
  };
}

/**
 * Tells an image that merely lacks its end mark from one that was cut off.
 *
 * @throws {DataError} If it was cut off.
 */
function checkOnlyEndMissing(bytes: Uint8Array, frame: Frame, name: string): void {
  const completed = new Uint8Array(bytes.length + 2);
  completed.set(bytes);
  completed.set([0xff, 0xd9], bytes.length);
  // Whether a progressive image lacks scans does not show.
  if (!frame.progressive && !decompress(completed, frame, name).warned) return;
  throw undecodable(name, `it is cut off after ${bytes.length} bytes`);
}

function loadModule(): Promise<WebAssembly.Module> {
  // This way needs no permission to read the folder of the packages.
  // @ts-ignore: the type checker does not know imports of the source phase yet
  return import.source("@cwasm/jpeg-turbo/jpeg-turbo.wasm");
}

const refuse = (call: string) => () => {
  throw new Error(`The decoder asked for "${call}"`);
};

/** What the module imports. An error of libjpeg ends in `longjmp`, which cannot be resumed from. */
const systemCalls: WebAssembly.Imports = {
  env: { setjmp: () => 0, longjmp: refuse("longjmp") },
  ["wasi_snapshot_preview1"]: {
    environ_sizes_get: () => 0,
    environ_get: () => 0,
    proc_exit: refuse("proc_exit"),
    fd_close: refuse("fd_close"),
    fd_seek: refuse("fd_seek"),
    fd_write: refuse("fd_write"),
  },
};

interface Decompressed {
  readonly data: Uint8Array<ArrayBuffer>;
  /** Whether libjpeg met something that it passed over. */
  readonly warned: boolean;
}

function decompress(
  bytes: Uint8Array,
  { width, height, components }: Frame,
  name: string,
): Decompressed {
  const { turbo, handle } = running!;
  const [channels, format] = components === 4 ? [4, pixelFormat.cmyk] : [3, pixelFormat.rgb];
  const size = width * height * channels;
  const source = turbo.malloc(bytes.length);
  const target = turbo.malloc(size);
  if (source === 0 || target === 0) {
    running = undefined;
    throw undecodable(name, `${width} x ${height} pixels need more memory than the decoder has`);
  }
  // Taking memory may have moved it.
  new Uint8Array(turbo.memory.buffer).set(bytes, source);
  let status: number;
  try {
    const pitch = width * channels;
    // deno-fmt-ignore
    status = turbo.tjDecompress2(
      handle, source, bytes.length, target, width, pitch, height, format, 0,
    );
  } catch (cause) {
    // The decoder was left in the middle of its work: the next image gets a fresh one.
    running = undefined;
    throw undecodable(name, "it is damaged, or of a rare kind of JPEG", cause);
  }
  const data = new Uint8Array(turbo.memory.buffer, target, size).slice();
  turbo.free(source);
  turbo.free(target);
  return { data, warned: status !== 0 };
}

/** What the segments of a JPEG image say. */
interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  readonly progressive: boolean;
  /** Whether the image ends with its end mark. */
  readonly ended: boolean;
}

/** Reads the segments up to the first scan, and looks for the end mark behind it. */
function readFrame(bytes: Uint8Array<ArrayBuffer>, name: string): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cutOff = () => undecodable(name, `it is cut off after ${bytes.length} bytes`);
  let frame: Omit<Frame, "ended"> | undefined;
  for (let at = 2;;) {
    while (at < bytes.length && bytes[at] !== 0xff) at++;
    while (at < bytes.length && bytes[at] === 0xff) at++;
    if (at + 8 > bytes.length) throw cutOff();
    const marker = bytes[at]!;
    const start = at + 3;
    // Frames of all kinds; the three codes in between define tables.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      frame = {
        height: view.getUint16(start + 1),
        width: view.getUint16(start + 3),
        components: view.getUint8(start + 5),
        progressive: marker === 0xc2,
      };
    }
    at += 1 + view.getUint16(at + 1);
    if (marker !== 0xda) continue;
    if (frame === undefined) {
      throw undecodable(name, "it is damaged, its size is missing");
    }
    return { ...frame, ended: endsProperly(bytes, at) };
  }
}

/** Whether an end mark follows a position; inside coded data a zero follows every 0xff. */
function endsProperly(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.length - 2; at >= from; at--) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  }
  return false;
}

/** Converts inverted CMYK as Pillow does: each colour is `(255 - k)` less its share of ink. */
function cmykToRgb(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const rgb = new Uint8Array(data.length / 4 * 3);
  for (let pixel = 0; pixel < data.length / 4; pixel++) {
    const light = data[4 * pixel + 3]!;
    for (let channel = 0; channel < 3; channel++) {
      const ink = 255 - data[4 * pixel + channel]!;
      const product = ink * light + 128;
      rgb[3 * pixel + channel] = light - (((product >> 8) + product) >> 8);
    }
  }
  return rgb;
}
