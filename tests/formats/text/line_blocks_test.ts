import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { type LineBlock, readLineBlocks } from "../../../lib/formats/text/text_lines.ts";

async function* pieces(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.slice(at, at + size);
  }
}

const read = (text: string, size: number, onOpenEnd?: () => void) =>
  Array.fromAsync(readLineBlocks(pieces(text, size), { name: "a.csv", onOpenEnd }));
const textOf = ({ bytes }: LineBlock) => new TextDecoder().decode(bytes);

Deno.test("readLineBlocks() cuts only at line ends and numbers the lines", async () => {
  const text = Array.from({ length: 50 }, (_, i) => `${i}${"x".repeat(i % 7)}\n`).join("");
  for (const size of [1, 3, 10, 64, 1000]) {
    const blocks = await read(text, size);
    assertEquals(blocks.map(textOf).join(""), text);
    for (const block of blocks) {
      const lines = textOf(block).split("\n");
      assertEquals(lines.pop(), "");
      assertEquals(lines.length, block.lines);
      assertEquals(Number.parseInt(lines[0]!), block.firstLine - 1);
    }
  }
});

Deno.test("readLineBlocks() gives every block a buffer of its own", async () => {
  const blocks = await read("ab\ncd\nef\ngh", 5);
  assertEquals(blocks.map(textOf), ["ab\n", "cd\nef\n", "gh\n"]);
  assertEquals(new Set(blocks.map(({ bytes }) => bytes.buffer)).size, 3);
  for (const { bytes } of blocks) assertEquals(bytes.buffer.byteLength, bytes.length);
});

Deno.test("readLineBlocks() can be read on after the buffer of a block was given away", async () => {
  const found: string[] = [];
  for await (const { bytes, firstLine } of readLineBlocks(pieces("a\nb\nc\nd", 3), { name: "a" })) {
    const moved = structuredClone(bytes, { transfer: [bytes.buffer] });
    found.push(`${firstLine}:${new TextDecoder().decode(moved)}`);
  }
  assertEquals(found, ["1:a\n", "2:b\nc\n", "4:d\n"]);
});

Deno.test("readLineBlocks() ends a last line without a line end, and tells about it", async () => {
  let told = 0;
  const tell = () => void told++;
  assertEquals((await read("a\nb", 100, tell)).map(textOf), ["a\n", "b\n"]);
  assertEquals(told, 1);
  assertEquals((await read("a\nb\n", 100, tell)).map(textOf), ["a\nb\n"]);
  assertEquals((await read("", 100, tell)).length, 0);
  assertEquals(told, 1);
});

Deno.test("readLineBlocks() refuses a line that grows beyond 1 MiB", async () => {
  const text = "a\n" + "b".repeat(2 ** 20 + 2 ** 17) + "\n";
  const error = await assertRejects(() => read(text, 1 << 16), DataError);
  assert(error.message.startsWith('Cannot read "a.csv": a line after line 2 is longer than'));
  const fits = "a\n" + "b".repeat(2 ** 20 - 1) + "\n";
  assertEquals((await read(fits, 1 << 16)).map(textOf).join(""), fits);
});
