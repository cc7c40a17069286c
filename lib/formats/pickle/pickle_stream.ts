/**
 * Reads pickles that are too long for the memory, in two passes over their bytes.
 *
 * The first pass only looks which entries of the memo are ever recalled. Python memorises every
 * object that it writes, so that keeping all entries would keep the whole pickle. The second pass
 * builds the objects and hands them out as they are finished: the receiver takes the large ones
 * away.
 *
 * @module
 */

import type { Chunks } from "../bytes/mod.ts";
import { type PickleOptions, startPickle, unknownOperation } from "./pickle.ts";
import { type PickleCursor, pickleCursor } from "./pickle_cursor.ts";

/** Longest single string or array: the window that is kept ahead. */
const windowBytes = 2 ** 25;

/** Options of {@linkcode readPickleStream}. */
export interface PickleStreamOptions extends PickleOptions {
  /** Entries of the memo that are recalled: what {@linkcode findRecalled} found. */
  readonly memo: ReadonlySet<number>;
  /** Runs now and then between operations, for work that must be waited for. */
  pause?(): Promise<void> | undefined;
}

/**
 * Finds the entries of the memo that a pickle recalls.
 *
 * @param chunks Bytes of the pickle.
 * @param name Name for messages.
 * @throws {DataError} If the pickle is damaged or cut off.
 */
export async function findRecalled(chunks: Chunks, name: string): Promise<ReadonlySet<number>> {
  const recalled = new Set<number>();
  await run(chunks, name, (cursor) => ({
    step() {
      const code = cursor.byte();
      const operand = operands.get(code);
      if (operand === undefined) throw unknownOperation(cursor, code);
      const value = operand(cursor);
      if (recalls.has(code)) recalled.add(value as number);
      return code === 0x2e;
    },
  }));
  return recalled;
}

/**
 * Reads a pickle as `readPickle` does, without holding its bytes.
 *
 * @param chunks Bytes of the pickle.
 * @throws {DataError} As `readPickle` does, and if a single string or array has more than 32 MiB.
 */
export async function readPickleStream(
  chunks: Chunks,
  options: PickleStreamOptions,
): Promise<unknown> {
  const { result } = await run(
    chunks,
    options.name,
    (cursor) => startPickle(cursor, options),
    options.pause,
  );
  return result();
}

/** Runs steps while bytes flow in, so that a window of bytes lies ahead of every step. */
async function run<Run extends { step(): boolean }>(
  chunks: Chunks,
  name: string,
  start: (cursor: PickleCursor) => Run,
  pause: () => Promise<void> | undefined = () => undefined,
): Promise<Run> {
  const buffer = new Uint8Array(2 * windowBytes);
  let end = 0;
  const cursor = pickleCursor(buffer.subarray(0, 0), name);
  const running = start(cursor);
  for await (const chunk of chunks) {
    for (let taken = 0; taken < chunk.length;) {
      if (end === buffer.length) {
        buffer.copyWithin(0, end - cursor.left, end);
        end = cursor.left;
        cursor.extend(buffer.subarray(0, end));
      }
      const part = chunk.subarray(taken, taken + buffer.length - end);
      buffer.set(part, end);
      const from = end - cursor.left;
      end += part.length;
      taken += part.length;
      cursor.extend(buffer.subarray(from, end));
      while (cursor.left > windowBytes) if (running.step()) return running;
      const wait = pause();
      if (wait !== undefined) await wait;
    }
  }
  while (!running.step());
  await pause();
  return running;
}

const recalls = new Set([0x67, 0x68, 0x6a]);

type Operand = (cursor: PickleCursor) => unknown;

const many = (codes: readonly number[], operand: Operand): [number, Operand][] =>
  codes.map((code) => [code, operand]);

/** How to pass over the operands of the operations. */
const operands: ReadonlyMap<number, Operand> = new Map([
  ...many(
    // deno-fmt-ignore
    [
      0x28, 0x29, 0x2e, 0x30, 0x31, 0x32, 0x4e, 0x52, 0x5d, 0x61, 0x62, 0x64, 0x65, 0x6c, 0x6f, 0x73,
      0x74, 0x75, 0x7d, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x93, 0x94,
    ],
    () => undefined,
  ),
  ...many([0x46, 0x49, 0x4c, 0x53, 0x56], (cursor) => cursor.line()),
  ...many([0x67, 0x70], (cursor) => cursor.indexLine()),
  ...many([0x4b, 0x68, 0x71], (cursor) => cursor.byte()),
  ...many([0x4d], (cursor) => cursor.uint16()),
  ...many([0x4a], (cursor) => cursor.int32()),
  ...many([0x6a, 0x72], (cursor) => cursor.uint32()),
  ...many([0x47], (cursor) => cursor.float64()),
  ...many([0x43, 0x55, 0x8a, 0x8c], (cursor) => cursor.skip(cursor.byte())),
  ...many([0x42, 0x54, 0x58, 0x8b], (cursor) => cursor.skip(cursor.uint32())),
  ...many([0x8d, 0x8e, 0x96], (cursor) => cursor.skip(cursor.uint64())),
  ...many([0x63], (cursor) => [cursor.line(), cursor.line()]),
  ...many([0x80], (cursor) => cursor.protocol()),
  ...many([0x95], (cursor) => cursor.frame()),
]);
