import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import {
  createWordPiece,
  normalizeText,
  openWordPiece,
  packagedVocabulary,
  parseVocabulary,
  wordPieceFile,
} from "../../lib/text/word_piece.ts";
import { DataError } from "../../lib/util/errors.ts";
import { inFolder } from "../datasets/unpack.ts";

const fixture = new URL("../fixtures/raw/word-piece.json", import.meta.url);
const expected = JSON.parse(Deno.readTextFileSync(fixture));
const pieces = await packagedVocabulary();
const tokenizer = createWordPiece(pieces);
const quiet = { warn: () => {} };

/** Ids without the padding at the end, which the fixture leaves out. */
function trimmed(ids: Int32Array, length: number): number[] {
  assertEquals(ids.length, length);
  const end = ids.findLastIndex((id) => id !== 0);
  return Array.from(ids.subarray(0, end + 1));
}

Deno.test("createWordPiece() gives the ids of Python's tokenizer for single texts", () => {
  assert(expected.texts.length > 180);
  for (const { text, ids } of expected.texts) {
    assertEquals(trimmed(tokenizer.encode([text], 128), 128), ids, JSON.stringify(text));
  }
});

Deno.test("createWordPiece() cuts long texts and pads short ones", () => {
  for (const { text, ids } of expected.cut) {
    assertEquals(trimmed(tokenizer.encode([text], 8), 8), ids, JSON.stringify(text));
  }
});

Deno.test("createWordPiece() frames pairs and cuts the longest first", () => {
  for (const { texts, ids } of expected.pairs) {
    assertEquals(trimmed(tokenizer.encode(texts, 32), 32), ids, JSON.stringify(texts));
  }
});

Deno.test("createWordPiece() remembers words without mixing them up", () => {
  const many = Array.from({ length: 120_000 }, (_, i) => `w${i.toString(36)}`);
  const first = tokenizer.encode(["unaffable"], 8);
  for (let i = 0; i < many.length; i += 1000) {
    tokenizer.encode([many.slice(i, i + 1000).join(" ")], 2000);
  }
  assertEquals(tokenizer.encode(["unaffable"], 8), first);
});

Deno.test("createWordPiece() wants the special tokens", () => {
  assertThrows(() => createWordPiece(["a", "[PAD]"]), RangeError, 'it lacks "[UNK]"');
});

Deno.test("normalizeText() drops what is invisible and keeps words apart", () => {
  assertEquals(normalizeText("É\u200bA\tb\u2028c"), "ea b\u2028c");
  assertEquals(normalizeText("x漢y"), "x 漢 y");
  assertEquals(normalizeText("ΣΑΣ"), "σασ");
  assertEquals(normalizeText("\ud83d!"), "!");
});

Deno.test("openWordPiece() uses the packaged vocabulary, or the file of the raw folder", async () => {
  assertEquals(pieces.length, 30_522);
  assertEquals([pieces[0], pieces[1], pieces[100], pieces[101], pieces[102], pieces[30_521]], [
    "[PAD]",
    "[unused0]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "##～",
  ]);
  await inFolder(async (folder) => {
    const plain = await openWordPiece(folder, quiet);
    assertEquals(plain.encode(["hello"], 4), Int32Array.of(101, 7592, 102, 0));

    const path = `${folder}/${wordPieceFile.path}`;
    const changed = [...pieces];
    [changed[7592], changed[2088]] = [pieces[2088]!, pieces[7592]!];
    await Deno.writeTextFile(path, changed.join("\n") + "\n");
    const error = await assertRejects(() => openWordPiece(folder, quiet), DataError);
    assert(error.message.includes("it is damaged, its sha256 is"), error.message);

    const warnings: string[] = [];
    changed.pop();
    await Deno.writeTextFile(path, [...changed, "longer than before"].join("\r\n"));
    const listener = { warn: (text: string) => void warnings.push(text) };
    const own = await openWordPiece(folder, listener);
    assertEquals(own.encode(["hello"], 4), Int32Array.of(101, 2088, 102, 0));
    assertEquals(warnings.length, 1);
  });
});

Deno.test("parseVocabulary() refuses files that are no vocabulary", () => {
  const parse = (lines: readonly string[]) =>
    parseVocabulary(new TextEncoder().encode(lines.join("\n")), "vocab.txt");
  assertEquals(parse(pieces).length, 30_522);
  assertThrows(
    () => parse(pieces.slice(1)),
    DataError,
    'Cannot read "vocab.txt": it has 30521 lines, the vocabulary has 30522',
  );
  assertThrows(
    () => parse(pieces.map((piece) => piece === "[SEP]" ? "sep" : piece)),
    DataError,
    'it lacks "[SEP]"',
  );
});
