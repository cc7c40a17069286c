import {
  doubleField,
  floatField,
  integerField,
  message,
  messageField,
  textField,
} from "../../lib/util/protobuf.ts";
import { assertEquals } from "../assert.ts";

Deno.test("integerField() writes seven bits a byte, the lowest first", () => {
  assertEquals([...integerField(1, 0)], [0x08, 0x00]);
  assertEquals([...integerField(3, 127)], [0x18, 0x7f]);
  // The example of the specification.
  assertEquals([...integerField(1, 150)], [0x08, 0x96, 0x01]);
  assertEquals([...integerField(16, 1)], [0x80, 0x01, 0x01]);
  assertEquals([...integerField(1, 2 ** 35)], [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]);
});

Deno.test("textField() counts bytes, not characters", () => {
  assertEquals([...textField(2, "testing")], [0x12, 7, ...new TextEncoder().encode("testing")]);
  assertEquals([...textField(2, "é")], [0x12, 2, 0xc3, 0xa9]);
});

Deno.test("doubleField() and floatField() are little-endian", () => {
  assertEquals([...doubleField(1, 1)], [0x09, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
  assertEquals([...floatField(2, -2)], [0x15, 0, 0, 0, 0xc0]);
});

Deno.test("messageField() holds its fields, however long they are", () => {
  assertEquals([...messageField(3, [integerField(1, 150)])], [0x1a, 3, 0x08, 0x96, 0x01]);
  const long = textField(1, "x".repeat(300));
  assertEquals([...messageField(1, [long]).subarray(0, 3)], [0x0a, 0xaf, 0x02]);
  assertEquals(message([long, long]).length, 2 * long.length);
});
