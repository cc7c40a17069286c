import {
  readColumns,
  readFields,
  readInteger,
} from "../../../lib/datasets/conversion/text_lists.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const file = (text: string) => ({ path: "a.txt", text });

Deno.test("readFields() cuts lines at blanks and leaves blanks in the last field", () => {
  assertEquals(readFields(file("1 A340-600\r\n\n2\tBeechcraft 1900 \n"), 2), [
    ["1", "A340-600"],
    ["2", "Beechcraft 1900"],
  ]);
  assertEquals(readFields(file("banded/a b.jpg"), 1), [["banded/a b.jpg"]]);
});

Deno.test("readFields() names the line that has too few fields, and empty files", () => {
  assertThrows(
    () => readFields(file("1 2\n\n3\n"), 2),
    DataError,
    'Cannot read "a.txt": line 3 has 1 fields, 2 are wanted',
  );
  assertThrows(() => readFields(file("\n \n"), 1), DataError, "it has no lines");
});

Deno.test("readInteger() takes whole numbers of a range alone", () => {
  const range = { path: "a.txt", first: -1, last: 200 };
  assertEquals([readInteger("200", range), readInteger("-1", range)], [200, -1]);
  for (const text of ["201", "-2", "1.5", "1e1", "", " 1", "0x1", "one"]) {
    assertThrows(
      () => readInteger(text, range),
      DataError,
      `it holds ${JSON.stringify(text)} where an integer in -1..200 is wanted`,
    );
  }
});

Deno.test("readColumns() picks columns by name, in the order asked for", () => {
  const text = '\ufeffa,"b, c",d\n1,"2\n2",3\n\n4,5,6\n';
  assertEquals(readColumns(file(text), ["d", "b, c"]), [["3", "2\n2"], ["6", "5"]]);
});

Deno.test("readColumns() refuses missing columns and ragged rows", () => {
  assertThrows(
    () => readColumns(file("a,b\n1,2\n"), ["c"]),
    DataError,
    'Cannot read "a.txt": its first line has no column "c"',
  );
  assertThrows(() => readColumns(file("a,b\n1\n"), ["a"]), DataError, "Invalid Record Length");
});
