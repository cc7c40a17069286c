/**
 * The order in which TensorFlow Datasets hands out the records of a split, and the MD5 digests of
 * short texts (RFC 1321) that it sorts by: the runtime's own digest takes about 2 us a text, most
 * of it for the call, and there are 11 million keys.
 *
 * HIGGS, EuroSAT and Genomics reached the published experiments through it, and their splits are
 * cut from that order. Records are sorted by the MD5 of their keys, cut into shard files, and read
 * from 16 files in turn. Checked against tensorflow-datasets 4.9.10 (datasets.md, section 1.4).
 *
 * @module
 */

/** How the records were prepared. */
export interface TfdsOptions {
  /** Name of the split, which salts the hashes: `train`. */
  readonly split: string;
  /** Shard files; see {@linkcode tfdsShards}. */
  readonly shards: number;
}

/** Files that are read in turn, and records taken from each at a turn. */
const cycleLength = 16;
const blockLength = 16;

const smallestShard = 64 * 2 ** 20;
const largestShard = 2 ** 30;
const recordOverhead = 16;

/**
 * Number of shard files: the largest power of two for which shards have 64 MiB to 1 GiB.
 *
 * @param records Records of the split.
 * @param bytes Bytes of all serialized records, up to 1 TiB.
 */
export function tfdsShards(records: number, bytes: number): number {
  const total = bytes + recordOverhead * records;
  for (let shards = 1024; shards >= 2; shards /= 2) {
    const fits = Math.floor(total / largestShard) <= shards &&
      shards <= Math.floor(total / smallestShard);
    if (fits) return shards;
  }
  return 1;
}

/**
 * The order in which records are read.
 *
 * @example
 * ```ts
 * import { tfdsOrder } from "./tfds.ts";
 * const order = tfdsOrder(10, String, { split: "train", shards: 1 });
 * console.assert(order.join() === "6,5,4,0,8,3,1,9,7,2");
 * ```
 *
 * @param records Number of records; 11 million take about ten seconds and 200 MB.
 * @param key Key of record i, as text. Keys must differ.
 * @returns Element k is the record that is read as the k-th.
 */
export function tfdsOrder(
  records: number,
  key: (record: number) => string,
  { split, shards }: TfdsOptions,
): Uint32Array<ArrayBuffer> {
  const sorted = hashOrder(records, (record) => split + key(record));
  const order = new Uint32Array(records);
  let k = 0;
  for (const position of readPositions(records, shards)) order[k++] = sorted[position]!;
  return order;
}

/** Records sorted by the MD5 of their texts, as 128-bit numbers. */
function hashOrder(records: number, text: (record: number) => string): Uint32Array<ArrayBuffer> {
  const md5 = createMd5();
  const first = new Uint32Array(records);
  for (let record = 0; record < records; record++) first[record] = md5.words(text(record))[0]!;
  const order = sortByWords(first);
  // The first words of a few records are equal. Their other words are computed again, which is
  // cheaper than to keep those of all.
  const compare = (a: number, b: number) => {
    const [, ...left] = md5.words(text(a));
    const [, ...right] = md5.words(text(b));
    const at = left.findIndex((word, i) => word !== right[i]);
    return at < 0 ? a - b : left[at]! - right[at]!;
  };
  for (let start = 0; start < records;) {
    let end = start + 1;
    while (end < records && first[order[end]!] === first[order[start]!]) end++;
    if (end - start > 1) order.subarray(start, end).sort(compare);
    start = end;
  }
  return order;
}

/** Indices sorted by their words: a stable radix sort of two passes, of 16 bits each. */
function sortByWords(words: Uint32Array): Uint32Array<ArrayBuffer> {
  let from = Uint32Array.from({ length: words.length }, (_, i) => i);
  let to = new Uint32Array(words.length);
  for (const shift of [0, 16]) {
    const next = new Uint32Array(0x10001);
    for (const word of words) next[((word >>> shift) & 0xffff) + 1]!++;
    for (let digit = 0; digit < 0x10000; digit++) next[digit + 1]! += next[digit]!;
    for (const index of from) to[next[(words[index]! >>> shift) & 0xffff]!++] = index;
    [from, to] = [to, from];
  }
  return from;
}

/** Positions among the sorted records, in the order of reading. */
function* readPositions(records: number, shards: number): Generator<number> {
  const start = (shard: number) => roundHalfEven(records * shard / shards);
  const slots: ({ next: number; readonly end: number } | undefined)[] = new Array(cycleLength);
  let opened = 0;
  let open = 0;
  for (let slot = 0; open > 0 || opened < shards; slot = (slot + 1) % cycleLength) {
    if (slots[slot] === undefined) {
      if (opened === shards) continue;
      slots[slot] = { next: start(opened), end: start(opened + 1) };
      opened++;
      open++;
    }
    const file = slots[slot]!;
    let taken = 0;
    while (taken < blockLength && file.next < file.end) {
      yield file.next++;
      taken++;
    }
    // The end of a file shows when one more record is asked for; the slot rests until its next
    // turn.
    if (taken < blockLength) {
      slots[slot] = undefined;
      open--;
    }
  }
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Values of a feature: a text of some bytes, or one number. */
export type TfdsFeature = { readonly textBytes: number } | "float" | "small integer";

/**
 * Bytes of one record, without the frame that the file format puts around it.
 *
 * @example
 * ```ts
 * import { tfdsRecordBytes } from "./tfds.ts";
 * console.assert(tfdsRecordBytes({ label: "small integer" }) === 18);
 * ```
 *
 * @param features Features by name; an integer is small if it is below 128.
 */
export function tfdsRecordBytes(features: Readonly<Record<string, TfdsFeature>>): number {
  let total = 0;
  for (const [name, feature] of Object.entries(features)) {
    const list = field(listBytes(feature));
    total += field(field(name.length) + field(list));
  }
  return field(total);
}

function listBytes(feature: TfdsFeature): number {
  if (feature === "float") return field(4);
  return feature === "small integer" ? field(1) : field(feature.textBytes);
}

/** A field of some bytes, with its tag and its length in front. */
function field(bytes: number): number {
  let lengthBytes = 1;
  for (let rest = bytes >>> 7; rest > 0; rest >>>= 7) lengthBytes++;
  return 1 + lengthBytes + bytes;
}

const sines = Int32Array.from({ length: 64 }, (_, i) => Math.abs(Math.sin(i + 1)) * 2 ** 32);

/** MD5 digests, one text after the other. */
export interface Md5 {
  /**
   * Digests a text.
   *
   * @returns The digest as four 32-bit words, big-endian, so that comparing word by word compares
   * the digests as numbers. The array is overwritten by the next call.
   */
  words(text: string): Uint32Array<ArrayBuffer>;
}

/** Bytes of text that a single block has room for. */
const shortText = 55;

/** Makes a digester with buffers of its own. */
export function createMd5(): Md5 {
  const encoder = new TextEncoder();
  const block = new Int32Array(16);
  const blockBytes = new Uint8Array(block.buffer);
  const state = new Int32Array(4);
  const digest = new Uint32Array(4);

  /** Puts a short plain text into the block, without a call into the runtime. */
  const putShort = (text: string) => {
    if (text.length > shortText) return false;
    block.fill(0);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      blockBytes[i] = code;
    }
    blockBytes[text.length] = 0x80;
    block[14] = 8 * text.length;
    return true;
  };
  const addLong = (text: string) => {
    const bytes = encoder.encode(text);
    for (let start = 0, isLast = false; !isLast; start += 64) {
      const part = bytes.subarray(start, start + 64);
      block.fill(0);
      blockBytes.set(part);
      if (start <= bytes.length && part.length < 64) blockBytes[part.length] = 0x80;
      isLast = part.length <= shortText;
      if (isLast) block[14] = 8 * bytes.length;
      addBlock(state, block);
    }
  };
  return {
    words(text) {
      state[0] = 0x67452301;
      state[1] = 0xefcdab89;
      state[2] = 0x98badcfe;
      state[3] = 0x10325476;
      if (putShort(text)) addBlock(state, block);
      else addLong(text);
      for (let i = 0; i < 4; i++) digest[i] = swapped(state[i]!);
      return digest;
    },
  };
}

function swapped(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

/** The 64 steps, four a turn, after which each word is in its own place again. */
function addBlock(state: Int32Array, block: Int32Array): void {
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  for (let i = 0; i < 16; i += 4) {
    a = step((a + ((b & c) | (~b & d)) + block[i]! + sines[i]!) | 0, 7, b);
    d = step((d + ((a & b) | (~a & c)) + block[i + 1]! + sines[i + 1]!) | 0, 12, a);
    c = step((c + ((d & a) | (~d & b)) + block[i + 2]! + sines[i + 2]!) | 0, 17, d);
    b = step((b + ((c & d) | (~c & a)) + block[i + 3]! + sines[i + 3]!) | 0, 22, c);
  }
  for (let i = 16; i < 32; i += 4) {
    const word = 5 * i + 1;
    a = step((a + ((d & b) | (~d & c)) + block[word & 15]! + sines[i]!) | 0, 5, b);
    d = step((d + ((c & a) | (~c & b)) + block[(word + 5) & 15]! + sines[i + 1]!) | 0, 9, a);
    c = step((c + ((b & d) | (~b & a)) + block[(word + 10) & 15]! + sines[i + 2]!) | 0, 14, d);
    b = step((b + ((a & c) | (~a & d)) + block[(word + 15) & 15]! + sines[i + 3]!) | 0, 20, c);
  }
  for (let i = 32; i < 48; i += 4) {
    const word = 3 * i + 5;
    a = step((a + (b ^ c ^ d) + block[word & 15]! + sines[i]!) | 0, 4, b);
    d = step((d + (a ^ b ^ c) + block[(word + 3) & 15]! + sines[i + 1]!) | 0, 11, a);
    c = step((c + (d ^ a ^ b) + block[(word + 6) & 15]! + sines[i + 2]!) | 0, 16, d);
    b = step((b + (c ^ d ^ a) + block[(word + 9) & 15]! + sines[i + 3]!) | 0, 23, c);
  }
  for (let i = 48; i < 64; i += 4) {
    const word = 7 * i;
    a = step((a + (c ^ (b | ~d)) + block[word & 15]! + sines[i]!) | 0, 6, b);
    d = step((d + (b ^ (a | ~c)) + block[(word + 7) & 15]! + sines[i + 1]!) | 0, 10, a);
    c = step((c + (a ^ (d | ~b)) + block[(word + 14) & 15]! + sines[i + 2]!) | 0, 15, d);
    b = step((b + (d ^ (c | ~a)) + block[(word + 21) & 15]! + sines[i + 3]!) | 0, 21, c);
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
}

/** Rotates a sum to the left and adds a word. */
function step(sum: number, bits: number, word: number): number {
  return (((sum << bits) | (sum >>> (32 - bits))) + word) | 0;
}
