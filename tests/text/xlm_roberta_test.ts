import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { parseSentencePieceModel } from "../../lib/text/sentence_piece.ts";
import { createXlmRoberta, openXlmRoberta, xlmRobertaFile } from "../../lib/text/xlm_roberta.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { inFolder } from "../datasets/unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const path = fromFileUrl(new URL("../fixtures/raw/sentence-piece/nfkc.model", import.meta.url));
const model = parseSentencePieceModel(Deno.readFileSync(path), path);
const tokenizer = createXlmRoberta(model, path);
const quiet = { warn: () => {} };

const idsOf = (...texts: string[]) => {
  const ids = Array.from(tokenizer.encode(texts, 24));
  return ids.slice(0, ids.findLastIndex((id) => id !== 1) + 1);
};

// Numbers of Hugging Face's XLMRobertaTokenizer with the same model file.
Deno.test("createXlmRoberta() moves the ids by one and frames pairs with two ends", () => {
  assertEquals(tokenizer.vocabulary, 250_002);
  assertEquals(
    Array.from(tokenizer.encode(["Hello world", "The fox"], 12)),
    [0, 4, 318, 37, 103, 225, 4, 2, 2, 70, 112, 2],
  );
  assertEquals(idsOf("Hello world"), [0, 4, 318, 37, 103, 225, 4, 338, 225, 68, 14, 346, 2]);
});

Deno.test("createXlmRoberta() takes the names of special tokens for the tokens", () => {
  assertEquals(idsOf("a<s>b"), [0, 31, 0, 4, 341, 2]);
  assertEquals(idsOf("a <mask> b"), [0, 31, 349, 4, 341, 2]);
  assertEquals(idsOf("<pad><unk>x"), [0, 1, 3, 4, 269, 2]);
  assertEquals(idsOf("hello</s> world"), [
    ...[0, 4, 344, 37, 103, 225, 2],
    ...[4, 338, 225, 68, 14, 346, 2],
  ]);
});

Deno.test("createXlmRoberta() has one id for all unknown text", () => {
  assertEquals(idsOf("ΩΩΩ"), [0, 4, 3, 2]);
  assertEquals(idsOf(""), [0, 2]);
});

Deno.test("createXlmRoberta() refuses models that are laid out otherwise", () => {
  const [unknown, start, end, ...others] = model.pieces;
  const refuses = (pieces: readonly (typeof others)[number][], text: string) =>
    assertThrows(
      () => createXlmRoberta({ ...model, pieces, unknown: pieces.indexOf(unknown!) }, "x.model"),
      DataError,
      `Cannot use the SentencePiece model "x.model": ${text}`,
    );
  refuses([start!, unknown!, end!, ...others], "its first pieces are not");
  refuses([unknown!, ...others], "its first pieces are not");
  refuses(
    [unknown!, start!, end!, ...Array(250_000).fill(others[0])],
    "it has 250003 pieces, at most 250000 are wanted",
  );
});

Deno.test("openXlmRoberta() warns of another model and refuses what is none", async () => {
  await inFolder(async (folder) => {
    const open = (listener: { warn(text: string): void } = quiet) =>
      openXlmRoberta("mc4", folder, listener);
    const error = await assertRejects(open, MissingError, 'Cannot tokenize "mc4": "');
    assert(error.message.includes(xlmRobertaFile.path));
    const target = `${folder}/${xlmRobertaFile.path}`;
    await Deno.copyFile(path, target);
    const warnings: string[] = [];
    const own = await open({ warn: (text) => void warnings.push(text) });
    assertEquals(own.encode(["a"], 4), tokenizer.encode(["a"], 4));
    assertEquals(warnings.length, 1);
    assert(warnings[0]!.includes("is not the official file: it has"));
    await Deno.writeFile(target, new Uint8Array(2 ** 24 + 1));
    await assertRejects(open, DataError, "at most 16777216 are read");
    await Deno.writeFile(target, new Uint8Array(0));
    await assertRejects(open, DataError, "it is no such model, or cut off");
  });
});
