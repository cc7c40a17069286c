/**
 * MD5 of short texts (RFC 1321), many of them at once.
 *
 * The runtime's own digest takes about 2 us a text, most of it for the call; sorting the 11 million
 * keys of a data set wants less.
 *
 * @module
 */

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
