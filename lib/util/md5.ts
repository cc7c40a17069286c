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
   * @returns The digest as four 32-bit words, big-endian, so that comparing word by word compares the
   * digests as numbers. The array is overwritten by the next call.
   */
  words(text: string): Uint32Array<ArrayBuffer>;
}

/** Makes a digester with buffers of its own. */
export function createMd5(): Md5 {
  const encoder = new TextEncoder();
  const block = new Int32Array(16);
  const state = new Int32Array(4);
  const digest = new Uint32Array(4);
  let bytes = new Uint8Array(128);
  /** Plain characters without a call into the runtime. */
  const encode = (text: string, target: Uint8Array) => {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return encoder.encodeInto(text, target).written;
      target[i] = code;
    }
    return text.length;
  };
  return {
    words(text) {
      // One block holds 55 bytes of text; UTF-8 takes at most three bytes a code unit.
      const wanted = 3 * text.length + 72;
      if (bytes.length < wanted) bytes = new Uint8Array(wanted);
      const written = encode(text, bytes);
      const end = (((written + 8) >> 6) + 1) << 6;
      bytes.fill(0, written, end);
      bytes[written] = 0x80;
      const view = new DataView(bytes.buffer);
      view.setUint32(end - 8, written * 8, true);
      state.set([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476]);
      for (let start = 0; start < end; start += 64) {
        for (let i = 0; i < 16; i++) block[i] = view.getInt32(start + 4 * i, true);
        addBlock(state, block);
      }
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
