/**
 * Unpacks large gzip files in a worker, so that the caller's thread can work on what comes out.
 *
 * @module
 */

import { openFileSource, readFileChunks } from "../bytes/mod.ts";
import { AppError, DataError, StorageError, usefulWorkers } from "../../util/mod.ts";
import { gunzipChunks, type InflateOptions } from "./gzip.ts";

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
