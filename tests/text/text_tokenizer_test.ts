import { assertEquals, assertThrows } from "../assert.ts";
import {
  createTextTokenizer,
  frameTexts,
  longestFirst,
  splitAtTokens,
} from "../../lib/text/text_tokenizer.ts";

const frame = { start: 101, between: [102], end: 102, pad: 0 };
const run = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

Deno.test("longestFirst() keeps everything that fits", () => {
  assertEquals(longestFirst(3, 4, 7), [3, 4]);
  assertEquals(longestFirst(0, 7, 7), [0, 7]);
  assertEquals(longestFirst(0, 0, 0), [0, 0]);
});

Deno.test("longestFirst() cuts only the longer text while that is enough", () => {
  assertEquals(longestFirst(2, 20, 7), [2, 5]);
  assertEquals(longestFirst(20, 2, 7), [5, 2]);
  assertEquals(longestFirst(3, 4, 6), [3, 3]);
  assertEquals(longestFirst(0, 9, 7), [0, 7]);
});

Deno.test("longestFirst() cuts both texts to half, and gives an odd place as Hugging Face does", () => {
  assertEquals(longestFirst(20, 20, 8), [4, 4]);
  assertEquals(longestFirst(20, 30, 7), [3, 4]);
  assertEquals(longestFirst(30, 20, 7), [4, 3]);
  assertEquals(longestFirst(20, 20, 7), [3, 4]);
});

Deno.test("longestFirst() fills the room and never lengthens a text", () => {
  for (let room = 0; room < 9; room++) {
    for (let first = 0; first < 12; first++) {
      for (let second = 0; second < 12; second++) {
        const [a, b] = longestFirst(first, second, room);
        assertEquals(a + b, Math.min(room, first + second));
        assertEquals([a >= 0 && a <= first, b >= 0 && b <= second], [true, true]);
      }
    }
  }
});

Deno.test("frameTexts() frames, pads and cuts one text", () => {
  assertEquals(frameTexts([[7, 8]], frame, 6), Int32Array.of(101, 7, 8, 102, 0, 0));
  assertEquals(frameTexts([run(1, 9)], frame, 5), Int32Array.of(101, 1, 2, 3, 102));
  assertEquals(frameTexts([[]], frame, 3), Int32Array.of(101, 102, 0));
});

Deno.test("frameTexts() puts what is between into pairs only", () => {
  const wide = { start: 0, between: [2, 2], end: 2, pad: 1 };
  assertEquals(frameTexts([[5], [6, 7]], wide, 9), Int32Array.of(0, 5, 2, 2, 6, 7, 2, 1, 1));
  assertEquals(
    frameTexts([run(10, 9), run(20, 9)], wide, 8),
    Int32Array.of(0, 10, 11, 2, 2, 20, 21, 2),
  );
  assertThrows(() => frameTexts([[5], [6]], wide, 3), RangeError, "3 ids have no room for it");
});

Deno.test("createTextTokenizer() asks for no more of a single text than it uses, and all of a pair", () => {
  const asked: [string, number | undefined][] = [];
  const tokenizer = createTextTokenizer(200, frame, (text, limit) => {
    asked.push([text, limit]);
    return run(1, text.length);
  });
  assertEquals(tokenizer.encode(["abc"], 4), Int32Array.of(101, 1, 2, 102));
  assertEquals(tokenizer.encode(["abc", ""], 5), Int32Array.of(101, 1, 2, 3, 102));
  assertEquals(tokenizer.encode(["a", "bc"], 6), Int32Array.of(101, 1, 102, 1, 2, 102));
  assertEquals(tokenizer.encode([], 2), Int32Array.of(101, 102));
  assertEquals(asked, [["abc", 4], ["abc", 5], ["a", undefined], ["bc", undefined], ["", 2]]);
});

Deno.test("splitAtTokens() finds tokens as they are spelled, the longest first", () => {
  const split = splitAtTokens(new Map([["[SEP]", 102], ["<s>", 0], ["</s>", 2], ["<s>>", 9]]));
  assertEquals(split("plain text"), ["plain text"]);
  assertEquals(split(""), [""]);
  assertEquals(split("a[SEP]b [sep]</s>"), ["a", 102, "b [sep]", 2]);
  assertEquals(split("<s><s>><s>"), [0, 9, 0]);
  assertEquals(split("[SEP]"), [102]);
});
