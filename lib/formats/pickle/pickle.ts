/**
 * A restricted reader of Python pickles, protocols 0 to 5, that builds data and nothing else.
 *
 * A pickle is a program for a small stack machine, and Python lets it call anything. Here it may
 * name only the callables of an allow-list ({@linkcode pickleGlobals}), each a function of this
 * program that returns plain data; everything else is refused before it has an effect.
 *
 * What becomes what: `None` null, integers numbers (or bigint beyond 2^53), text strings, `bytes`
 * and `bytearray` Uint8Array, Python 2 `str` a string of Latin-1 characters, lists and tuples
 * arrays, dictionaries Map (keys that are bytes become Latin-1 strings), sets Set, NumPy arrays
 * NdArray. Source: `pickletools` of CPython 3.
 *
 * @module
 */

import { DataError, reasonOf } from "../../util/mod.ts";
import { type PickleGlobal, pickleGlobals, setPickleState } from "./pickle_globals.ts";
import type { Chunks } from "../bytes/mod.ts";

/** Options of {@linkcode readPickle}. */
export interface PickleOptions {
  /** Name for messages. */
  readonly name: string;
  /** Callables beyond the built-in ones, by `module.name`. */
  readonly globals?: ReadonlyMap<string, PickleGlobal>;
  /** Most lists, tuples, dictionaries, sets and calls; a bound on memory. */
  readonly objects?: number;
  /**
   * Memo entries that are kept; all if left out. A long pickle recalls few of those that it makes.
   */
  readonly memo?: ReadonlySet<number>;
  /**
   * Sees every object when its state was set or a call has returned it, and its contents may be
   * taken away then.
   */
  visit?(object: unknown): void;
}

/** A pickle that is being read. */
export interface PickleRun {
  /** Runs one operation; true when it was the last. */
  step(): boolean;
  /** The object that was built. */
  result(): unknown;
}

interface Machine {
  readonly cursor: PickleCursor;
  readonly memo: Map<number, unknown>;
  /** Entries of the memo so far, those that were not kept included. */
  memorised: number;
  readonly keeps: (index: number) => boolean;
  readonly visit: (object: unknown) => void;
  /** Items since the last mark. */
  stack: unknown[];
  /** Stacks that a mark put aside. */
  readonly marks: unknown[][];
  readonly lookUp: (name: string) => PickleGlobal;
  /** Counts a container. */
  readonly grow: <T>(container: T) => T;
}

const depthLimit = 1_000;

/**
 * Reads the first pickle of some bytes.
 *
 * @throws {DataError} If it is damaged or cut off, nests more than a thousand marks deep, has too
 * many objects, or names a callable that is not allowed.
 */
export function readPickle(bytes: Uint8Array, options: PickleOptions): unknown {
  const run = startPickle(pickleCursor(bytes, options.name), options);
  while (!run.step());
  return run.result();
}

/** Starts to read a pickle, step by step; see {@linkcode readPickle}. */
export function startPickle(cursor: PickleCursor, options: PickleOptions): PickleRun {
  const objectLimit = options.objects ?? 4_000_000;
  let objects = 0;
  const machine: Machine = {
    cursor,
    memo: new Map(),
    memorised: 0,
    keeps: (index) => options.memo === undefined || options.memo.has(index),
    visit: (object) => options.visit?.(object),
    stack: [],
    marks: [],
    lookUp(name) {
      const found = pickleGlobals.get(name) ?? options.globals?.get(name);
      if (found === undefined) throw cursor.error(`it names "${name}", which is not allowed`);
      return found;
    },
    grow(container) {
      if (++objects > objectLimit) throw cursor.error(`it has more than ${objectLimit} objects`);
      return container;
    },
  };
  return {
    step() {
      const code = cursor.byte();
      if (code === 0x2e) return true;
      const operation = operations.get(code);
      if (operation === undefined) throw unknownOperation(cursor, code);
      operation(machine);
      return false;
    },
    result: () => pop(machine),
  };
}

/** The error of an operation that is not allowed. */
export function unknownOperation(cursor: PickleCursor, code: number): Error {
  const text = code > 0x20 && code < 0x7f ? String.fromCharCode(code) : `0x${code.toString(16)}`;
  return cursor.error(`the operation "${text}" is not allowed`);
}

type Operation = (machine: Machine) => void;

const push = (operation: (machine: Machine) => unknown): Operation => (machine) => {
  // The operation may put another stack in place, so it must run first.
  const value = operation(machine);
  machine.stack.push(value);
};

/** The operations by code; calls to registered extensions and outside buffers are missing. */
const operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  // Structure.
  [0x80, ({ cursor }) => cursor.protocol()],
  [0x95, ({ cursor }) => cursor.frame()],
  [0x28, (machine) => mark(machine)],
  [0x30, (machine) => void pop(machine)],
  [0x31, (machine) => void popMark(machine)],
  [0x32, push((machine) => top(machine))],
  // Constants and numbers.
  [0x4e, push(() => null)],
  [0x88, push(() => true)],
  [0x89, push(() => false)],
  [0x49, push(({ cursor }) => cursor.integerLine())],
  [0x4c, push(({ cursor }) => cursor.integerLine())],
  [0x46, push(({ cursor }) => cursor.floatLine())],
  [0x4a, push(({ cursor }) => cursor.int32())],
  [0x4b, push(({ cursor }) => cursor.byte())],
  [0x4d, push(({ cursor }) => cursor.uint16())],
  [0x47, push(({ cursor }) => cursor.float64())],
  [0x8a, push(({ cursor }) => cursor.long(cursor.byte()))],
  [0x8b, push(({ cursor }) => cursor.long(cursor.uint32()))],
  // Text and bytes.
  [0x53, push(({ cursor }) => cursor.quotedLine())],
  [0x54, push(({ cursor }) => cursor.latin1(cursor.uint32()))],
  [0x55, push(({ cursor }) => cursor.latin1(cursor.byte()))],
  [0x56, push(({ cursor }) => cursor.unicodeLine())],
  [0x58, push(({ cursor }) => cursor.utf8(cursor.uint32()))],
  [0x8c, push(({ cursor }) => cursor.utf8(cursor.byte()))],
  [0x8d, push(({ cursor }) => cursor.utf8(cursor.uint64()))],
  [0x42, push(({ cursor }) => cursor.bytes(cursor.uint32()))],
  [0x43, push(({ cursor }) => cursor.bytes(cursor.byte()))],
  [0x8e, push(({ cursor }) => cursor.bytes(cursor.uint64()))],
  [0x96, push(({ cursor }) => cursor.bytes(cursor.uint64()))],
  // Containers.
  [0x5d, push(({ grow }) => grow([]))],
  [0x29, push(({ grow }) => grow([]))],
  [0x6c, push((machine) => machine.grow(popMark(machine)))],
  [0x74, push((machine) => machine.grow(popMark(machine)))],
  [0x85, push((machine) => machine.grow(popLast(machine, 1)))],
  [0x86, push((machine) => machine.grow(popLast(machine, 2)))],
  [0x87, push((machine) => machine.grow(popLast(machine, 3)))],
  [0x61, (machine) => appendItems(machine, [pop(machine)])],
  [0x65, (machine) => appendItems(machine, popMark(machine))],
  [0x7d, push(({ grow }) => grow(new Map()))],
  [0x64, push((machine) => machine.grow(setItems(machine, new Map(), popMark(machine))))],
  [0x73, (machine) => updateTop(machine, popLast(machine, 2))],
  [0x75, (machine) => updateTop(machine, popMark(machine))],
  [0x8f, push(({ grow }) => grow(new Set()))],
  [0x90, (machine) => addItems(machine, popMark(machine))],
  [0x91, push((machine) => machine.grow(new Set(popMark(machine))))],
  // The memo.
  [0x70, (machine) => remember(machine, machine.cursor.indexLine())],
  [0x71, (machine) => remember(machine, machine.cursor.byte())],
  [0x72, (machine) => remember(machine, machine.cursor.uint32())],
  [0x94, (machine) => remember(machine, machine.memorised)],
  [0x67, push((machine) => recall(machine, machine.cursor.indexLine()))],
  [0x68, push((machine) => recall(machine, machine.cursor.byte()))],
  [0x6a, push((machine) => recall(machine, machine.cursor.uint32()))],
  // Calls of allowed callables.
  [0x63, push(({ cursor, lookUp }) => lookUp(`${cursor.line()}.${cursor.line()}`))],
  [0x93, push((machine) => machine.lookUp(popLast(machine, 2).join(".")))],
  [0x52, push((machine) => call(machine, popLast(machine, 2)))],
  [0x81, push((machine) => call(machine, popLast(machine, 2)))],
  [
    0x6f,
    push((machine) => {
      const [callable, ...values] = popMark(machine);
      return call(machine, [callable, values]);
    }),
  ],
  [0x62, (machine) => {
    const state = pop(machine);
    build(machine, top(machine), state);
  }],
]);

function pop({ stack, cursor }: Machine): unknown {
  if (stack.length === 0) throw cursor.error("its stack is empty");
  return stack.pop();
}

function top({ stack, cursor }: Machine): unknown {
  if (stack.length === 0) throw cursor.error("its stack is empty");
  return stack[stack.length - 1];
}

function popLast({ stack, cursor }: Machine, count: number): unknown[] {
  if (stack.length < count) throw cursor.error("its stack is empty");
  return stack.splice(stack.length - count);
}

function mark(machine: Machine): void {
  if (machine.marks.length >= depthLimit) {
    throw machine.cursor.error(`it is nested more than ${depthLimit} levels deep`);
  }
  machine.marks.push(machine.stack);
  machine.stack = [];
}

function popMark(machine: Machine): unknown[] {
  const items = machine.stack;
  const before = machine.marks.pop();
  if (before === undefined) throw machine.cursor.error("a mark is missing");
  machine.stack = before;
  return items;
}

function remember(machine: Machine, index: number): void {
  const value = top(machine);
  machine.memorised++;
  if (machine.keeps(index)) machine.memo.set(index, value);
}

function recall({ memo, cursor }: Machine, index: number): unknown {
  if (!memo.has(index)) throw cursor.error(`nothing was memorised at ${index}`);
  return memo.get(index);
}

function appendItems(machine: Machine, items: readonly unknown[]): void {
  const list = top(machine);
  if (!Array.isArray(list)) throw machine.cursor.error("it appends to something that is no list");
  for (const item of items) list.push(item);
}

function addItems(machine: Machine, items: readonly unknown[]): void {
  const set = top(machine);
  if (!(set instanceof Set)) throw machine.cursor.error("it adds to something that is no set");
  for (const item of items) set.add(item);
}

function updateTop(machine: Machine, items: readonly unknown[]): void {
  const map = top(machine);
  if (!(map instanceof Map)) throw machine.cursor.error("it sets an item of no dictionary");
  setItems(machine, map, items);
}

function setItems(
  { cursor }: Machine,
  map: Map<unknown, unknown>,
  items: readonly unknown[],
): Map<unknown, unknown> {
  if (items.length % 2 !== 0) throw cursor.error("a key has no value");
  for (let i = 0; i < items.length; i += 2) {
    const key = items[i];
    map.set(key instanceof Uint8Array ? latin1Key(key) : key, items[i + 1]);
  }
  return map;
}

function latin1Key(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function call({ cursor, grow, visit }: Machine, [callable, args]: unknown[]): unknown {
  if (typeof callable !== "function") throw cursor.error("it calls something that is no callable");
  if (!Array.isArray(args)) throw cursor.error("it calls without a list of arguments");
  const object = explained(cursor, () => grow((callable as PickleGlobal)(...args)));
  visit(object);
  return object;
}

function build({ cursor, visit }: Machine, target: unknown, state: unknown): void {
  explained(cursor, () => setPickleState(target, state));
  visit(target);
}

/** Adds the position to the errors of allowed callables. */
function explained<T>(cursor: PickleCursor, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const text = reasonOf(error);
    throw cursor.error(text.replace(/^Cannot read /, ""), error);
  }
}

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
      0x28, 0x29, 0x2e, 0x30, 0x31, 0x32, 0x4e, 0x52, 0x5d, 0x61, 0x62, 0x64, 0x65, 0x6c, 0x6f,
      0x73, 0x74, 0x75, 0x7d, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x93, 0x94,
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

/** A position in the bytes of a pickle. */
export interface PickleCursor {
  /** Bytes that are left. */
  readonly left: number;
  /** Exchanges the bytes: those that are left, and more behind them. */
  extend(bytes: Uint8Array): void;
  /** An error that names the pickle and the position. */
  error(what: string, cause?: unknown): DataError;
  byte(): number;
  uint16(): number;
  int32(): number;
  uint32(): number;
  uint64(): number;
  /** A big-endian double. */
  float64(): number;
  /** A little-endian two's complement integer of some bytes. */
  long(length: number): number | bigint;
  bytes(length: number): Uint8Array<ArrayBuffer>;
  skip(length: number): void;
  latin1(length: number): string;
  utf8(length: number): string;
  /** Text up to the end of the line. */
  line(): string;
  integerLine(): number | bigint | boolean;
  floatLine(): number;
  indexLine(): number;
  /** A quoted Python 2 string with escapes. */
  quotedLine(): string;
  /** Text with `\uXXXX` and `\UXXXXXXXX` escapes. */
  unicodeLine(): string;
  /** Checks a protocol header. */
  protocol(): void;
  /** Checks that a frame lies inside the bytes. */
  frame(): void;
}

/** Digits of an integer: more are no data. */
const longestInteger = 1_000;
const longestLine = 1 << 26;

/** Starts at the first byte. */
export function pickleCursor(bytes: Uint8Array, name: string): PickleCursor {
  let view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  /** Bytes before those in memory. */
  let passed = 0;

  const error = (what: string, cause?: unknown) =>
    new DataError(`Cannot read pickle "${name}": ${what} (byte ${passed + position})`, { cause });
  const take = (length: number) => {
    if (length > bytes.length - position) {
      throw error(`it ends before ${length} bytes that it promises`);
    }
    position += length;
    return position - length;
  };
  const slice = (length: number) => {
    const start = take(length);
    return bytes.subarray(start, start + length);
  };
  const line = () => {
    const end = bytes.indexOf(10, position);
    if (end < 0 || end - position > longestLine) throw error("a line does not end");
    const text = latin1Text(bytes.subarray(position, end));
    position = end + 1;
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  };
  const uint64 = () => {
    const value = view.getBigUint64(take(8), true);
    if (value > BigInt(bytes.length)) throw error(`it ends before ${value} bytes that it promises`);
    return Number(value);
  };
  return {
    error,
    get left() {
      return bytes.length - position;
    },
    extend(next) {
      passed += position;
      position = 0;
      bytes = next;
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    byte: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    int32: () => view.getInt32(take(4), true),
    uint32: () => view.getUint32(take(4), true),
    uint64,
    float64: () => view.getFloat64(take(8), false),
    skip: (length) => void take(length),
    // A frame is read value by value: its bytes only have to be there.
    frame: () => void (position = take(uint64())),
    line,
    ...binaryOperands(slice, error),
    ...lineOperands(line, error),
  };
}

type Fail = PickleCursor["error"];

/** What a run of bytes stands for. */
function binaryOperands(slice: (length: number) => Uint8Array, error: Fail) {
  return {
    bytes: (length: number) => new Uint8Array(slice(length)),
    latin1: (length: number) => latin1Text(slice(length)),
    utf8(length: number) {
      const text = slice(length);
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(text);
      } catch (cause) {
        throw error("a text is no valid UTF-8", cause);
      }
    },
    long(length: number) {
      if (length > longestInteger) throw error(`an integer has ${length} bytes`);
      const digits = slice(length);
      let value = 0n;
      for (let i = digits.length - 1; i >= 0; i--) value = value << 8n | BigInt(digits[i]!);
      return compact(BigInt.asIntN(8 * length, value));
    },
    protocol() {
      const version = slice(1)[0]!;
      if (version > 5) throw error(`it has protocol ${version}, protocols 0 to 5 are known`);
    },
  };
}

/** What a line of text stands for, in protocol 0. */
function lineOperands(line: () => string, error: Fail) {
  return {
    integerLine() {
      const text = line();
      if (text === "00") return false;
      if (text === "01") return true;
      if (!/^-?\d+L?$/.test(text) || text.length > longestInteger) {
        throw error(`"${text.slice(0, 40)}" is no integer`);
      }
      return compact(BigInt(text.replace("L", "")));
    },
    floatLine() {
      const text = line().trim();
      const special = /^([+-]?)(inf|nan)$/.exec(text);
      if (special !== null) {
        return special[2] === "nan" ? NaN : special[1] === "-" ? -Infinity : Infinity;
      }
      const value = Number(text);
      if (text === "" || Number.isNaN(value)) throw error(`"${text.slice(0, 40)}" is no number`);
      return value;
    },
    indexLine() {
      const text = line();
      if (!/^\d{1,15}$/.test(text)) throw error(`"${text.slice(0, 40)}" is no memo index`);
      return Number(text);
    },
    quotedLine() {
      const quoted = /^(['"])(.*)\1$/s.exec(line());
      if (quoted === null) throw error("a text is not quoted");
      return unescape(quoted[2]!);
    },
    unicodeLine: () =>
      line().replaceAll(
        /\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g,
        (_, short, long) => String.fromCodePoint(Math.min(parseInt(short ?? long, 16), 0x10ffff)),
      ),
  };
}

/** A number where no digit is lost, else a bigint. */
function compact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** One character a byte; `TextDecoder("latin1")` would be Windows-1252. */
function latin1Text(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

// deno-fmt-ignore
const escapes: Readonly<Record<string, string>> = {
  n: "\n", r: "\r", t: "\t", a: "\x07", b: "\b", f: "\f", v: "\v",
};

function unescape(text: string): string {
  return text.replaceAll(
    /\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)/gs,
    (_, escape: string) => {
      if (escape.length === 3 && escape[0] === "x") {
        return String.fromCharCode(parseInt(escape.slice(1), 16));
      }
      if (/^[0-7]+$/.test(escape)) return String.fromCharCode(parseInt(escape, 8) & 255);
      return escapes[escape] ?? escape;
    },
  );
}
