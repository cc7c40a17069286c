import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { type FloatRowsOptions, readFloatRows } from "../../../lib/formats/table/float_rows.ts";

async function* pieces(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.slice(at, at + size);
  }
}

const commas = { name: "a.csv", columns: 3, separator: "comma" } as const;
const blanks = { name: "a.dat", columns: 3, separator: "blanks" } as const;

async function read(text: string, options: FloatRowsOptions, size = 7): Promise<number[]> {
  const values: number[] = [];
  for await (const block of readFloatRows(pieces(text, size), options)) {
    assertEquals(block.values.length, block.rows * options.columns);
    values.push(...block.values);
  }
  return values;
}

Deno.test("readFloatRows() reads the same rows whatever the pieces", async () => {
  const text = "1,2.5,-3\n4e2,+.5,6.\n-0,7,8\n";
  for (const size of [1, 2, 3, 5, 100]) {
    assertEquals(await read(text, commas, size), [1, 2.5, -3, 400, 0.5, 6, -0, 7, 8]);
  }
});

Deno.test("readFloatRows() takes runs of blanks, tabs, spaces around commas, and Windows line ends", async () => {
  assertEquals(await read("  1  2\t3 \r\n4 5 6\r\n", blanks), [1, 2, 3, 4, 5, 6]);
  assertEquals(await read(" 1 , 2 ,3\r\n", commas), [1, 2, 3]);
});

Deno.test("readFloatRows() reads NaN and empty fields as missing", async () => {
  assertEquals(await read("NaN nan 1\n", blanks), [NaN, NaN, 1]);
  assertEquals(await read(",2,\n1,,3\n", commas), [NaN, 2, NaN, 1, NaN, 3]);
});

Deno.test("readFloatRows() passes over blank lines and reads an empty file", async () => {
  assertEquals(await read("\n1 2 3\n\n\n4 5 6\n \n", blanks), [1, 2, 3, 4, 5, 6]);
  assertEquals(await read("", blanks), []);
});

Deno.test("readFloatRows() rounds every number as IEEE 754 demands", async () => {
  const texts = [
    "0.1",
    "8.692932128906250000e-01",
    "123456789012345678",
    "0.000000000000000000000123",
    "1.7976931348623157e308",
    "5e-324",
    "9007199254740993",
    "0.30000000000000004",
    "2.2250738585072011e-308",
    "00000000000000000000001.5",
    "1e22",
    "123456.789e3",
  ];
  // A linear congruential sequence of decimal texts of 1 to 19 digits.
  for (let i = 0, state = 1n; i < 2000; i++) {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    const digits = state.toString().slice(0, 1 + i % 19);
    const point = i % (digits.length + 1);
    texts.push(`${digits.slice(0, point)}.${digits.slice(point) || "0"}`);
  }
  const options = { ...commas, columns: 1 };
  const values = await read(texts.join("\n") + "\n", options, 1000);
  texts.forEach((text, i) => assertEquals(values[i], Number(text), text));
});

Deno.test("readFloatRows() names the line of a ragged row", async () => {
  await assertRejects(
    () => read("1 2 3\n\n4 5\n", blanks),
    DataError,
    'Cannot read "a.dat": line 3 has 2 columns, 3 are wanted',
  );
  await assertRejects(() => read("1,2,3,4\n", commas), DataError, "line 1 has more than 3 columns");
  await assertRejects(() => read("1,2,3,\n", commas), DataError, "line 1 has more than 3 columns");
});

Deno.test("readFloatRows() names line, column and text of what is no finite number", async () => {
  for (const text of ["x", "1e999", "inf", "0x10", "1_000", "1.2.3", "--1", "1e", "-", ".", "+"]) {
    await assertRejects(
      () => read(`1,2,3\n1,${text},3\n`, commas),
      DataError,
      `Cannot read "a.csv": line 2 has "${text}" in column 2, a finite number is wanted`,
    );
  }
  await assertRejects(() => read(`1,${"9".repeat(500)},3\n`, commas), DataError, "in column 2");
});

Deno.test("readFloatRows() stops at a line that does not end", async () => {
  const endless = async function* () {
    for (;;) {
      await Promise.resolve();
      yield new TextEncoder().encode("1 ".repeat(1 << 17));
    }
  };
  await assertRejects(
    async () => {
      for await (const _ of readFloatRows(endless(), blanks));
    },
    DataError,
    "a line after line 1 is longer than 1048576 bytes",
  );
});

Deno.test("readFloatRows() reads a last line without a line end, and tells about it", async () => {
  let told = 0;
  const options = { ...blanks, onOpenEnd: () => void told++ };
  assertEquals(await read("1 2 3\n4 5 6", options), [1, 2, 3, 4, 5, 6]);
  assertEquals(told, 1);
  await read("1 2 3\n", options);
  assertEquals(told, 1);
  await assertRejects(() => read("1 2 3\n4 5", blanks), DataError, "line 2 has 2 columns");
});

Deno.test("readFloatRows() counts lines over blocks", async () => {
  const lines: number[] = [];
  const text = Array.from({ length: 100 }, (_, i) => `${i} 0 0\n`).join("");
  for await (const { firstLine, rows, values } of readFloatRows(pieces(text, 64), blanks)) {
    assertEquals(values[0], firstLine - 1);
    lines.push(rows);
  }
  assert(lines.length > 1);
  assertEquals(lines.reduce((sum, rows) => sum + rows), 100);
});
