/**
 * Streaming decompression of gzip files, also of several members, and of raw deflate data; large
 * files in a worker, so that the caller's thread can work on what comes out.
 *
 * @module
 */

import { pipeline, Readable, type Transform } from "node:stream";
import { createGunzip, createInflateRaw } from "node:zlib";
import { chunkBytes, type Chunks, openFileSource, readFileChunks } from "../bytes/mod.ts";
import { AppError, DataError, reasonOf, StorageError, usefulWorkers } from "../../util/mod.ts";
import { type ArchiveLimits, cannotUnpack, checkUnpacked, defaultLimits } from "./archive_entry.ts";

/** Options of {@linkcode gunzipChunks} and {@linkcode inflateChunks}. */
export interface InflateOptions {
  /** Name for messages. */
  readonly name: string;
  readonly limits?: ArchiveLimits;
}

/** Whether bytes start like a gzip file. */
export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

/**
 * Decompresses a gzip stream of one or more members; checksums and lengths are verified.
 *
 * @throws {DataError} If the stream is damaged, cut off, followed by other data, or a bomb.
 */
export function gunzipChunks(
  chunks: Chunks,
  options: InflateOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return inflate(chunks, createGunzip({ chunkSize: chunkBytes }), options);
}

/**
 * The contents of a file that may or may not be a gzip file; its first two bytes decide.
 *
 * @throws {DataError} If it is a gzip file that is damaged, cut off, or a bomb.
 */
export async function* unpackedChunks(
  chunks: Chunks,
  options: InflateOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const start: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    while (length < 2) {
      const { done, value } = await iterator.next();
      if (done) break;
      start.push(value);
      length += value.length;
    }
    const whole = async function* () {
      yield* start;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
        yield next.value;
      }
    };
    const bytes = start.flatMap((chunk) => [...chunk.subarray(0, 2)]);
    yield* isGzip(Uint8Array.from(bytes)) ? gunzipChunks(whole(), options) : whole();
  } finally {
    await iterator.return?.();
  }
}

/**
 * Decompresses a raw deflate stream, as zip archives hold it; it carries no checksum.
 *
 * @throws {DataError} If the stream is damaged, cut off, or a bomb.
 */
export function inflateChunks(
  chunks: Chunks,
  options: InflateOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return inflate(chunks, createInflateRaw({ chunkSize: chunkBytes }), options);
}

async function* inflate(
  chunks: Chunks,
  inflater: Transform,
  { name, limits = defaultLimits }: InflateOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let packed = 0;
  let unpacked = 0;
  const counted = async function* () {
    for await (const chunk of chunks) {
      packed += chunk.length;
      yield chunk;
    }
  };
  // The errors reach the loop below; the callback only keeps them from being reported twice.
  const output = pipeline(Readable.from(counted()), inflater, () => {});
  try {
    for await (const chunk of output as AsyncIterable<Uint8Array<ArrayBuffer>>) {
      unpacked += chunk.length;
      checkUnpacked(name, packed, unpacked, limits);
      yield chunk;
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!code.startsWith("Z_")) throw error;
    const what = code === "Z_BUF_ERROR" ? "it is cut off" : `it is damaged (${reasonOf(error)})`;
    throw cannotUnpack(name, `${what} after ${unpacked} unpacked bytes`, error);
  }
}

/** What the worker is sent: the file first, then a word for every piece that was used up. */
export type GunzipRequest =
  | ({ readonly path: string } & InflateOptions)
  | "more";

/** What the worker sends back. */
export type GunzipReply =
  | { readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly end: true }
  | { readonly error: string; readonly kind: "data" | "storage" | "other" };

/** Pieces that may be under way. */
export const piecesAhead = 8;

/** Options of {@linkcode gunzipFile}. */
export interface GunzipFileOptions extends InflateOptions {
  /** Whether to use a worker; where that is of use unless something else is given. */
  readonly worker?: boolean;
}

/**
 * Decompresses a gzip file as `gunzipChunks` does.
 *
 * @throws {MissingError} If there is no such file.
 * @throws {DataError} If it is damaged, cut off, followed by other data, or a bomb.
 * @throws {StorageError} If it cannot be read.
 */
export async function* gunzipFile(
  path: string,
  { worker, ...options }: GunzipFileOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const module = new URL("./gunzip_worker.ts", import.meta.url);
  // A file that is not there is told here, with the kind of error that callers know.
  await (await openFileSource(path))[Symbol.asyncDispose]();
  if (worker ?? usefulWorkers(module) > 0) yield* unpackElsewhere(module, { path, ...options });
  else yield* gunzipChunks(readFileChunks(path), options);
}

async function* unpackElsewhere(
  module: URL,
  request: GunzipRequest,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const replies: GunzipReply[] = [];
  let wake = () => {};
  const receive = (reply: GunzipReply) => {
    replies.push(reply);
    wake();
  };
  const worker = new Worker(module, { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<GunzipReply>) => receive(data);
  worker.onerror = (event) => {
    event.preventDefault();
    receive({ error: `A worker failed: ${event.message}`, kind: "other" });
  };
  try {
    worker.postMessage(request);
    for (;;) {
      const reply = replies.shift();
      if (reply === undefined) await new Promise<void>((resolve) => wake = resolve);
      else if ("end" in reply) return;
      else if ("error" in reply) throw toError(reply);
      else {
        yield reply.bytes;
        worker.postMessage("more" satisfies GunzipRequest);
      }
    }
  } finally {
    worker.terminate();
  }
}

function toError({ error, kind }: { readonly error: string; readonly kind: string }): Error {
  if (kind === "data") return new DataError(error);
  return kind === "storage" ? new StorageError(error) : new Error(error);
}

/** An error as a worker reports it. */
export function toGunzipReply(error: unknown): GunzipReply {
  if (error instanceof DataError) return { error: error.message, kind: "data" };
  if (error instanceof AppError) return { error: error.message, kind: "storage" };
  return {
    error: error instanceof Error ? error.stack ?? error.message : String(error),
    kind: "other",
  };
}
