import { assertEquals, assertThrows } from "../assert.ts";
import { DataError } from "../../lib/util/errors.ts";
import {
  doubleField,
  floatField,
  integerField,
  message,
  textField,
} from "../../lib/util/protobuf.ts";
import { protobufFields } from "../../lib/util/protobuf.ts";

// Field 1 = 300, field 2 = "testing": the examples of the format's documentation.
const documented = Uint8Array.of(8, 0xac, 2, 0x12, 7, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67);

Deno.test("protobufFields() gives the fields of a message in their order", () => {
  const text = new TextDecoder();
  assertEquals(
    Array.from(
      protobufFields(documented, "the message"),
      ({ field, integer, bytes }) => [field, integer, text.decode(bytes)],
    ),
    [[1, 300, ""], [2, 0, "testing"]],
  );
  const written = message([
    integerField(1, 2 ** 40 + 1),
    floatField(15, 0.5),
    doubleField(3, -2),
    textField(40, "漢"),
  ]);
  assertEquals(
    Array.from(
      protobufFields(written, "it"),
      ({ field, integer, bytes }) => [field, integer, bytes.length],
    ),
    [[1, 2 ** 40 + 1, 0], [15, 0, 4], [3, 0, 8], [40, 0, 3]],
  );
  assertEquals([...protobufFields(new Uint8Array(0), "it")], []);
});

Deno.test("protobufFields() says where a message is damaged or cut off", () => {
  const refuses = (bytes: number[], text: string) =>
    assertThrows(() => [...protobufFields(Uint8Array.from(bytes), "it")], DataError, text);
  refuses([8, 0xac], "Cannot read it: it is cut off at byte 3 of 2");
  refuses([0x12, 7, 0x74], "Cannot read it: it is cut off or damaged at byte 2 of 3");
  refuses([0x0d, 1, 2], "it is cut off or damaged at byte 1 of 3");
  refuses([0x0b], "it is no protocol buffer, or damaged at byte 1 of 1");
  refuses(new Array(12).fill(0xff), "a number does not end at byte 10 of 12");
});
