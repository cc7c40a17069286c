import { assert, assertEquals, assertThrows } from "../assert.ts";
import {
  createNormalizer,
  createSentencePiece,
  parseSentencePieceModel,
  type PieceIds,
} from "../../lib/text/sentence_piece.ts";
import { DataError } from "../../lib/util/errors.ts";
import {
  floatField,
  integerField,
  message,
  messageField,
  textField,
} from "../../lib/util/protobuf.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const folder = fromFileUrl(new URL("../fixtures/raw/sentence-piece", import.meta.url));
const expected = JSON.parse(Deno.readTextFileSync(`${folder}.json`));

function openModel(name: string): PieceIds {
  const path = `${folder}/${name}.model`;
  return createSentencePiece(parseSentencePieceModel(Deno.readFileSync(path), path), path);
}

for (const name of ["nfkc", "own", "ties"]) {
  Deno.test(`createSentencePiece() cuts as Python's sentencepiece does: model ${name}`, () => {
    const cut = openModel(name);
    for (const part of ["texts", "long"]) {
      expected[part].forEach((text: string, i: number) => {
        assertEquals(cut(text), expected.ids[name][part][i], JSON.stringify(text));
      });
    }
  });
}

Deno.test("createSentencePiece() reads no more of a long text than the limit asks for", () => {
  for (const name of ["nfkc", "own", "ties"]) {
    const cut = openModel(name);
    expected.long.forEach((text: string, i: number) => {
      const all: readonly number[] = expected.ids[name].long[i];
      for (const limit of [1, 20, 60, 126, 5000]) {
        const ids = cut(text, limit);
        assert(ids.length >= Math.min(limit, all.length));
        assertEquals(ids, all.slice(0, ids.length));
        if (name === "nfkc" && limit <= 126) assert(ids.length < all.length);
      }
    });
  }
});

const piece = (text: string, score: number, kind: number) =>
  messageField(1, [textField(1, text), floatField(2, score), integerField(3, kind)]);

Deno.test("parseSentencePieceModel() refuses other kinds of models", () => {
  const parse = (...fields: Uint8Array[]) =>
    parseSentencePieceModel(
      message([piece("<unk>", 0, 2), piece("a", -1, 1), ...fields, messageField(3, [])]),
      "x.model",
    );
  assertEquals(parse().pieces.map(({ kind, score }) => [kind, score]), [
    ["unknown", 0],
    ["normal", -1],
  ]);
  const refuses = (fields: readonly Uint8Array[], text: string) =>
    assertThrows(
      () => parse(messageField(2, fields)),
      DataError,
      `Cannot use the SentencePiece model "x.model": ${text}`,
    );
  refuses([integerField(3, 2)], 'it is of the kind "bpe", wanted "unigram"');
  refuses([integerField(24, 1)], "it has blanks at the ends of words");
  refuses([integerField(35, 1)], "it falls back to bytes");
  assertThrows(
    () => parse(piece("b", NaN, 1)),
    DataError,
    "a piece is empty or has the score NaN",
  );
  assertThrows(
    () => parseSentencePieceModel(message([piece("a", -1, 1), messageField(3, [])]), "x.model"),
    DataError,
    "its 1 pieces lack the one for unknown text",
  );
});

Deno.test("parseSentencePieceModel() refuses damaged files", () => {
  const bytes = Deno.readFileSync(`${folder}/small.model`);
  let between = 0;
  for (let length = 0; length < bytes.length; length += 3) {
    const error = assertThrows(
      () => parseSentencePieceModel(bytes.slice(0, length), "x.model"),
      DataError,
      'the SentencePiece model "x.model": it is ',
    );
    if (error.message.endsWith("it is no such model, or cut off")) between++;
  }
  assert(between > 10, `${between} of the cuts were between two pieces`);
  assertThrows(
    () => parseSentencePieceModel(new TextEncoder().encode("rubbish\n".repeat(40)), "x.model"),
    DataError,
    'the SentencePiece model "x.model": it is cut off or damaged at byte',
  );
});

Deno.test("createSentencePiece() fails cleanly on a damaged map of replacements", () => {
  const path = `${folder}/small.model`;
  const model = parseSentencePieceModel(Deno.readFileSync(path), path);
  const { charsMap } = model.normalizer;
  assert(charsMap.length > 100);
  const trieBytes = new DataView(charsMap.buffer, charsMap.byteOffset).getUint32(0, true);
  const withMap = (change: (map: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) =>
    createSentencePiece(
      { ...model, normalizer: { ...model.normalizer, charsMap: change(charsMap.slice()) } },
      "the model",
    );
  const damaged = "Cannot read the model: its map of replacements is damaged";
  assertThrows(() => withMap((map) => map.slice(0, 2)), DataError, damaged);
  assertThrows(() => withMap((map) => map.slice(0, trieBytes)), DataError, damaged);
  const cut = withMap((map) => map.slice(0, -1));
  assertThrows(() => expected.texts.forEach((text: string) => cut(text)), DataError, damaged);
  for (let at = 4; at < trieBytes; at += 7) {
    const changed = withMap((map) => {
      map[at]! ^= 0x5a;
      return map;
    });
    try {
      for (const text of expected.texts) changed(text);
    } catch (error) {
      assert(error instanceof DataError, String(error));
    }
  }
});

const plain = {
  charsMap: new Uint8Array(0),
  addDummyPrefix: true,
  removeExtraBlanks: true,
  escapeBlanks: true,
};
const encoder = new TextEncoder();

/** Normalises texts with changed settings. */
function normalizerOf(
  settings: Partial<typeof plain> = {},
  userDefined: readonly string[] = [],
): (text: string) => string {
  const normalize = createNormalizer({ ...plain, ...settings }, {
    name: "the model",
    userDefined: userDefined.map((text) => encoder.encode(text)),
  });
  return (text) => new TextDecoder().decode(normalize(encoder.encode(text)));
}

Deno.test("createNormalizer() collapses blanks and shows them, one in front", () => {
  const normalize = normalizerOf();
  assertEquals(normalize("  a  b\tc "), "▁a▁b\tc");
  assertEquals(normalize("a"), "▁a");
  assertEquals(normalize(""), "");
  assertEquals(normalize("   "), "");
  assertEquals(normalize("漢字 😀"), "▁漢字▁😀");
});

Deno.test("createNormalizer() leaves blanks where the model keeps them", () => {
  const keep = normalizerOf({ removeExtraBlanks: false });
  assertEquals(keep(" a  b "), "▁▁a▁▁b▁");
  assertEquals(keep(" "), "▁▁");
  assertEquals(normalizerOf({ addDummyPrefix: false })(" a b"), "a▁b");
  assertEquals(normalizerOf({ escapeBlanks: false })(" a  b "), " a b");
});

Deno.test("createNormalizer() replaces the longest match of the model's map", () => {
  const path = fromFileUrl(new URL("../fixtures/raw/sentence-piece/nfkc.model", import.meta.url));
  const { charsMap } = parseSentencePieceModel(Deno.readFileSync(path), path).normalizer;
  const normalize = normalizerOf({ charsMap });
  assertEquals(normalize("ﬁ Ａ　①"), "▁fi▁A▁1");
  assertEquals(normalize("e\u0301 ㌔"), "▁é▁キロ");
  assertEquals(normalize("a\u200bb\nc"), "▁a▁b▁c");
  assertEquals(normalize("x".repeat(10_000)), "▁" + "x".repeat(10_000));
});

Deno.test("createNormalizer() does not touch pieces of the user", () => {
  const path = fromFileUrl(new URL("../fixtures/raw/sentence-piece/nfkc.model", import.meta.url));
  const { charsMap } = parseSentencePieceModel(Deno.readFileSync(path), path).normalizer;
  const normalize = normalizerOf({ charsMap }, ["ﬁn", "Ａ"]);
  assertEquals(normalize("ﬁne ﬁ Ａ Ｂ"), "▁ﬁne▁fi▁Ａ▁B");
});
