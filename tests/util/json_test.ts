import { z } from "zod";
import { assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import {
  canonicalJson,
  checkJson,
  duplicateName,
  parseJson,
  prettyJson,
  readJson,
} from "../../lib/util/json.ts";
import { makeTempFile } from "../temporary.ts";

Deno.test("canonicalJson() does not depend on the order of names", () => {
  assertEquals(
    canonicalJson({ b: [1, { d: 1, c: 2 }], a: null }),
    '{"a":null,"b":[1,{"c":2,"d":1}]}',
  );
  assertEquals(canonicalJson({ a: 1, b: undefined }), canonicalJson({ a: 1 }));
});

Deno.test("prettyJson() ends with a line end", () => {
  assertEquals(prettyJson({ a: 1 }), '{\n  "a": 1\n}\n');
});

Deno.test("checkJson() names the fields that do not fit", () => {
  const schema = z.strictObject({ steps: z.number().int(), name: z.string() });
  assertEquals(checkJson({ steps: 1, name: "a" }, schema, "it"), { steps: 1, name: "a" });
  const error = assertThrows(
    () => checkJson({ steps: 1.5, name: 1, extra: 1 }, schema, 'the file "x.json"'),
    DataError,
    'Cannot use the file "x.json": ',
  );
  for (const field of ['"steps"', '"name"', '"extra"']) {
    assertEquals(error.message.includes(field), true, error.message);
  }
});

Deno.test("parseJson() says what is no JSON", () => {
  assertThrows(() => parseJson("{", 'the line "{"'), DataError, 'Cannot parse the line "{"');
});

Deno.test("readJson() reads and checks a file", async () => {
  const path = await makeTempFile();
  await Deno.writeTextFile(path, '{"a": 1}');
  assertEquals(await readJson(path), { a: 1 });
  assertEquals((await readJson(path, z.object({ a: z.number() }))).a, 1);
  await assertRejects(() => readJson(path, z.object({ a: z.string() })), DataError, '"a": ');
  await assertRejects(() => readJson(path + ".absent"), MissingError);
});

Deno.test("duplicateName() finds a repeated name at any depth and nothing else", () => {
  assertEquals(duplicateName('{"a": {"a": 1}, "b": [{"a": 1}, {"a": "a:"}]}'), undefined);
  assertEquals(duplicateName('{"a": 1, "b": {"c": 1, "c" : 2}}'), "c");
  assertEquals(duplicateName('{"x\\"": "}", "x\\u0022": 2}'), 'x"');
});
