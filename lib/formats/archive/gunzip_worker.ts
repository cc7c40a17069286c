/**
 * Runs in a worker: unpacks a gzip file in pieces, a few of them ahead of what is used up.
 *
 * @module
 */

import { readFileChunks } from "../bytes/mod.ts";
import {
  gunzipChunks,
  type GunzipReply,
  type GunzipRequest,
  piecesAhead,
  toGunzipReply,
} from "./gzip.ts";

const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<GunzipRequest>) => void;
  postMessage(reply: GunzipReply, transfer: ArrayBuffer[]): void;
};

const pieceBytes = 2 ** 20;
let allowed = piecesAhead;
let resume = () => {};

async function send(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  while (allowed === 0) await new Promise<void>((resolve) => resume = resolve);
  allowed--;
  worker.postMessage({ bytes }, [bytes.buffer]);
}

async function unpack({ path, ...options }: Exclude<GunzipRequest, "more">): Promise<void> {
  try {
    let piece = new Uint8Array(pieceBytes);
    let filled = 0;
    for await (const chunk of gunzipChunks(readFileChunks(path), options)) {
      for (let at = 0; at < chunk.length;) {
        const part = chunk.subarray(at, at + pieceBytes - filled);
        piece.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < pieceBytes) continue;
        await send(piece);
        [piece, filled] = [new Uint8Array(pieceBytes), 0];
      }
    }
    if (filled > 0) await send(piece.slice(0, filled));
    worker.postMessage({ end: true }, []);
  } catch (error) {
    worker.postMessage(toGunzipReply(error), []);
  }
}

worker.onmessage = ({ data }) => {
  if (data !== "more") {
    void unpack(data);
    return;
  }
  allowed++;
  resume();
};
