import { assertEquals, assertRejects } from "../../assert.ts";
import { readFasta } from "../../../lib/formats/text/fasta.ts";
import { DataError } from "../../../lib/util/errors.ts";

/** Reads a text that comes in pieces of `size` bytes. */
function read(text: string, size = 7) {
  const bytes = new TextEncoder().encode(text);
  const chunks = async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
  };
  return Array.fromAsync(readFasta(chunks(), { name: "a.fa" }));
}

Deno.test("readFasta() gives every line with its record, header and number", async () => {
  const lines = await read("\n>one  first\r\nACGT\r\n\r\n; remark\nAC\n> two\nTTTT");
  assertEquals(lines.map(({ record, header, line, letters }) => [record, header, line, letters]), [
    [0, "one  first", 2, ""],
    [0, "one  first", 3, "ACGT"],
    [0, "one  first", 6, "AC"],
    [1, "two", 7, ""],
    [1, "two", 8, "TTTT"],
  ]);
});

Deno.test("readFasta() gives the same however the bytes come", async () => {
  const text = ">a\nACGTACGTAC\nGG\n>b\nTTTTTTTTTTTTTTTTTTTTTTTT\n";
  assertEquals(await read(text, 1), await read(text, 1000));
});

Deno.test("readFasta() refuses letters without a header", async () => {
  await assertRejects(
    () => read("\nACGT\n>late\n"),
    DataError,
    'Cannot read "a.fa": line 2 has letters before the first header (">")',
  );
});
