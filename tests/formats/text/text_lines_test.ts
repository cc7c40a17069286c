import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { readSeparatedRows } from "../../../lib/formats/table/separated_rows.ts";
import {
  type LineBlock,
  readLineBlocks,
  readTextLines,
} from "../../../lib/formats/text/text_lines.ts";
import { DataError } from "../../../lib/util/errors.ts";

/** A text in chunks of so many bytes. */
async function* chunked(text: string | Uint8Array<ArrayBuffer>, size = 3) {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield await bytes.slice(at, at + size);
}

const linesOf = async (text: string, ends: "any" | "lf", size?: number) =>
  (await Array.fromAsync(readTextLines(chunked(text, size), { name: "x.txt", ends })))
    .map(({ text }) => text);

Deno.test("readTextLines() ends lines as Python does, wherever the chunks end", async () => {
  const text = "\ufeffa\r\nb\rc\n\nü漢😀\u2028d\x0be\r\r\nf\r";
  const lines = ["a", "b", "c", "", "ü漢😀\u2028d\x0be", "", "f"];
  for (let size = 1; size < 12; size++) assertEquals(await linesOf(text, "any", size), lines);
  assertEquals(await linesOf("a\r\nb\rc\n\nd", "lf", 2), ["a\r", "b\rc", "", "d"]);
  assertEquals(await linesOf("", "any"), []);
  assertEquals(await linesOf("\n", "any"), [""]);
});

Deno.test("readTextLines() numbers lines and says where bytes are no UTF-8", async () => {
  const lines = await Array.fromAsync(readTextLines(chunked("a\nb"), { name: "x.txt" }));
  assertEquals(lines, [{ text: "a", number: 1 }, { text: "b", number: 2 }]);
  const read = (bytes: number[]) =>
    Array.fromAsync(readTextLines(chunked(Uint8Array.from(bytes)), { name: "x.txt" }));
  await assertRejects(
    () => read([97, 10, 98, 99, 0xff, 100]),
    DataError,
    'Cannot read "x.txt": it is no valid UTF-8 in the bytes 3 to 6, after line 1',
  );
  await assertRejects(() => read([97, 98, 0xc3]), DataError, "at its end, byte 3, after line 0");
});

const rowsOf = (text: string, columns: readonly (string | number)[]) =>
  Array.fromAsync(readSeparatedRows(chunked(text), { name: "x.tsv", columns }));

Deno.test("readSeparatedRows() finds columns by name and keeps quotes", async () => {
  const rows = await rowsOf('id\ttext\tlabel\n\n1\t"a" b\t0\n2\tc "\n3\td\t1\tmore\n', [
    "label",
    "text",
  ]);
  assertEquals(rows, [
    { values: ["0", '"a" b'], line: 3 },
    { values: [undefined, 'c "'], line: 4 },
    { values: ["1", "d"], line: 5 },
  ]);
  assertEquals(await rowsOf("a\tb\n", [1, 2]), [{ values: ["b", undefined], line: 1 }]);
});

Deno.test("readSeparatedRows() says which column is missing", async () => {
  await assertRejects(
    () => rowsOf("id\ttext\n1\ta\n", ["text", "label"]),
    DataError,
    'Cannot read "x.tsv": line 1 lacks the column "label"',
  );
  await assertRejects(() => rowsOf("", ["text"]), DataError, 'Cannot read "x.tsv": it is empty');
});

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
