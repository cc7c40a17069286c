import { assertEquals } from "../assert.ts";
import { type ByteTrie, createByteTrie } from "../../lib/text/sentence_piece.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The matches of a text at a place: where they end, and their numbers. */
function matchesOf(trie: ByteTrie, text: string, at = 0): number[][] {
  const count = trie.match(bytes(text), at);
  return Array.from({ length: count }, (_, i) => [trie.ends[i]!, trie.values[i]!]);
}

Deno.test("createByteTrie() finds every string and no other", () => {
  const trie = createByteTrie();
  const texts = Array.from(
    { length: 5_000 },
    (_, i) => (i * 7919 % 5_003).toString(36).padStart(3, "0") + "é".repeat(i % 3),
  );
  texts.forEach((text, i) => trie.add(bytes(text), i));
  texts.forEach((text, i) => {
    assertEquals(matchesOf(trie, `${text}!`), [[bytes(text).length, i]], text);
  });
  assertEquals(matchesOf(trie, "not there"), []);
  assertEquals(matchesOf(trie, ""), []);
});

Deno.test("createByteTrie() finds all prefixes and takes the last number", () => {
  const trie = createByteTrie();
  trie.add(bytes("abc"), 1);
  assertEquals(matchesOf(trie, "ab"), []);
  trie.add(bytes("ab"), 2);
  trie.add(bytes("ab"), 0);
  trie.add(bytes("a".repeat(40)), 5);
  assertEquals(matchesOf(trie, "abcd"), [[2, 0], [3, 1]]);
  assertEquals(matchesOf(trie, "xabc", 1), [[3, 0], [4, 1]]);
  assertEquals(matchesOf(trie, "a".repeat(50)), [[40, 5]]);
  assertEquals(matchesOf(trie, "\0abc"), []);
});
