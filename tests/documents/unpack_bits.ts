/** Undoes `packBits`. */
export function unpackBits(text: string, length: number): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.fromBase64(text);
  return Uint8Array.from({ length }, (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1);
}
