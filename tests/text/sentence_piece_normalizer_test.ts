import { assertEquals } from "../assert.ts";
import { createNormalizer } from "../../lib/text/sentence_piece_normalizer.ts";
import { parseSentencePieceModel } from "../../lib/text/sentence_piece_model.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

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
