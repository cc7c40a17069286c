import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { readJsonArrays } from "../../../lib/formats/text/json_stream.ts";
import { DataError } from "../../../lib/util/errors.ts";

async function* chunked(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield await bytes.slice(at, at + size);
}

const elementsOf = (text: string, arrays: readonly string[] = ["a", "b"], size = 7) =>
  Array.fromAsync(readJsonArrays(chunked(text, size), { name: "x.json", arrays }));

const document = {
  info: { year: 2017, "a": ['not "this" one'], text: 'brackets ]}{[ and \\" quotes\\' },
  a: [
    { id: 1, caption: 'A "dog" \\ ü漢😀', box: [[1.5, -2e3], []] },
    [],
    "x]",
    -1.5e-3,
    true,
    null,
  ],
  other: [1, [2, 3], { b: [] }],
  'na"me': 12,
  b: [{ deep: { deeper: [{ a: [1] }] } }],
  last: "end",
};

Deno.test("readJsonArrays() gives the elements of the wanted arrays, wherever chunks end", async () => {
  const wanted = [
    ...document.a.map((value, index) => ({ array: "a", index, value })),
    { array: "b", index: 0, value: document.b[0]! },
  ];
  for (
    const text of [JSON.stringify(document), JSON.stringify(document, undefined, "\t") + "\r\n"]
  ) {
    for (const size of [1, 2, 3, 5, 16, 10_000]) {
      assertEquals(await elementsOf(text, ["a", "b"], size), wanted, `chunks of ${size}`);
    }
  }
  assertEquals(await elementsOf('{"a": [], "b": {"a": [1]}, "c": 1}'), []);
  assertEquals(await elementsOf(" {} "), []);
  assertEquals((await elementsOf('{"a":[1,2],"a":[3]}')).map(({ index }) => index), [0, 1, 0]);
});

Deno.test("readJsonArrays() refuses what is no JSON object, with the place", async () => {
  const refuses = (text: string, message: string) =>
    assertRejects(() => elementsOf(text), DataError, `Cannot read "x.json": ${message}`);
  await refuses("rubbish", "at byte 0 an object is wanted");
  await refuses("[1]", "at byte 0 an object is wanted");
  await refuses("{1: 2}", "at byte 1 a name is wanted");
  await refuses('{"a" [1]}', "at byte 5 a colon is wanted");
  await refuses('{"a": [1 2]}', "at byte 9 a comma or a closing bracket is wanted");
  await refuses('{"a": [1,]}', "at byte 9 an element is wanted");
  await refuses('{"a": [,1]}', "at byte 7 an element is wanted");
  await refuses('{"a": [1],}', "at byte 10 a name is wanted");
  await refuses('{"c": 1 "b": 2}', "at byte 8 a comma or a closing brace is wanted");
  await refuses('{"c": 1} {', "at byte 9 the end is wanted");
  await refuses("", "it ends after 0 bytes, it is cut off");
  await assertRejects(
    () => elementsOf('{"a": [{"id": 1}, {id: 2}]}'),
    DataError,
    'Cannot parse the element 1 of "a" in "x.json": it is no valid JSON',
  );
});

Deno.test("readJsonArrays() notices every document that is cut off", async () => {
  const text = JSON.stringify(document);
  for (let length = 0; length < text.length; length++) {
    await assertRejects(() => elementsOf(text.slice(0, length)), DataError);
  }
});

Deno.test("readJsonArrays() holds no more than an element", async () => {
  const endless = async function* () {
    yield new TextEncoder().encode('{"a": ["');
    for (let i = 0; i < 300; i++) yield await new Uint8Array(2 ** 18).fill(0x61);
  };
  const error = await assertRejects(
    () => Array.fromAsync(readJsonArrays(endless(), { name: "x.json", arrays: ["a"] })),
    DataError,
  );
  assert(error.message.includes("a value is longer than 67108864 bytes"), error.message);
});
