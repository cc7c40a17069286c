/**
 * Amino acids as tokens: one id a residue, the first 128 residues, padded with X.
 *
 * The pad has the id of a genuine X, so the two cannot be told apart; the references have it so.
 *
 * @module
 */

import type { InputSpec } from "../../spec/mod.ts";

/** Letters in the order of their ids. */
const alphabet = "XARNDCQEGHILKMFPSTWYVUOBZJ";

/** Tokens of a sequence. */
export const proteinLength = 128;

/** The input of all protein data sets. */
export const proteinInput: InputSpec = {
  kind: "tokens",
  vocabulary: alphabet.length,
  length: proteinLength,
};

const unknown = 255;
const ids = new Uint8Array(128).fill(unknown);
for (const [id, letter] of [...alphabet].entries()) ids[letter.charCodeAt(0)] = id;

/**
 * The tokens of a sequence.
 *
 * @returns The tokens, or the position of the first letter that is no residue.
 */
export function proteinTokens(sequence: string): Uint8Array<ArrayBuffer> | number {
  const tokens = new Uint8Array(proteinLength);
  const length = Math.min(sequence.length, proteinLength);
  for (let i = 0; i < length; i++) {
    const id = ids[sequence.charCodeAt(i)] ?? unknown;
    if (id === unknown) return i;
    tokens[i] = id;
  }
  return tokens;
}
