/**
 * What turns texts into rows of ids, and how a text or a pair of texts is framed: special tokens
 * around, cut to a length, padded to it.
 *
 * @module
 */

/** Turns texts into ids. */
export interface TextTokenizer {
  /** Number of ids. */
  readonly vocabulary: number;
  /**
   * Ids of a text, or of a pair of texts, in its frame: exactly `length` of them.
   *
   * @param texts One text, or the two of a pair; an empty second one counts as none, as in the
   * published tokenizers.
   */
  encode(texts: readonly string[], length: number): Int32Array<ArrayBuffer>;
}

/** Special tokens around texts. */
export interface TextFrame {
  readonly start: number;
  /** Between the texts of a pair. */
  readonly between: readonly number[];
  readonly end: number;
  /** After the end, up to the length. */
  readonly pad: number;
}

/**
 * Makes a tokenizer of a function that gives the ids of one text.
 *
 * @param pieces Ids of a text without special tokens; when a limit is given, at least its first
 * `limit` ones, or all.
 */
export function createTextTokenizer(
  vocabulary: number,
  frame: TextFrame,
  pieces: (text: string, limit?: number) => readonly number[],
): TextTokenizer {
  return {
    vocabulary,
    encode: ([first = "", second = ""], length) =>
      // How a pair is cut depends on both of its lengths; a single text just ends.
      second === ""
        ? frameTexts([pieces(first, length)], frame, length)
        : frameTexts([pieces(first), pieces(second)], frame, length),
  };
}

/**
 * Frames the ids of a text or a pair.
 *
 * @throws {RangeError} If the special tokens alone are longer than `length`.
 */
export function frameTexts(
  [first, second]: readonly (readonly number[])[],
  { start, between, end, pad }: TextFrame,
  length: number,
): Int32Array<ArrayBuffer> {
  const room = length - 2 - (second === undefined ? 0 : between.length);
  if (room < 0) throw new RangeError(`Cannot frame a text: ${length} ids have no room for it`);
  const ids = new Int32Array(length).fill(pad);
  let filled = 0;
  const add = (id: number) => void (ids[filled++] = id);
  const [firstCount, secondCount] = second === undefined
    ? [Math.min(first!.length, room), 0]
    : longestFirst(first!.length, second.length, room);
  add(start);
  for (let i = 0; i < firstCount; i++) add(first![i]!);
  if (second !== undefined) between.forEach(add);
  for (let i = 0; i < secondCount; i++) add(second![i]!);
  add(end);
  return ids;
}

/**
 * Ids that stay of the two texts of a pair, as Hugging Face's fast tokenizers cut the longest
 * first: only the longer text is cut while that is enough; otherwise both keep half of the room,
 * and of an odd room the second keeps one more, unless the first was longer.
 */
export function longestFirst(
  first: number,
  second: number,
  room: number,
): readonly [first: number, second: number] {
  if (first + second <= room) return [first, second];
  const half = Math.floor(room / 2);
  const shorter = Math.min(first, second);
  const kept = shorter > half ? half : shorter;
  return first > second ? [room - kept, kept] : [kept, room - kept];
}

/** A part of a text: a special token's id, or what lies between two of them. */
export type TextPart = number | string;

/**
 * Cuts a text at the special tokens that it spells out, such as `[SEP]`: the published tokenizers
 * take these for the tokens themselves.
 *
 * @param tokens Ids by spelling.
 */
export function splitAtTokens(
  tokens: ReadonlyMap<string, number>,
): (text: string) => readonly TextPart[] {
  const spellings = [...tokens.keys()].sort((a, b) => b.length - a.length)
    .map((token) => token.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  const pattern = new RegExp(`(${spellings.join("|")})`, "g");
  return (text) => {
    const parts = text.split(pattern);
    if (parts.length === 1) return parts;
    return parts.filter((part) => part !== "").map((part) => tokens.get(part) ?? part);
  };
}
