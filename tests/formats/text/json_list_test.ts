import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { type JsonListOptions, readJsonList } from "../../../lib/formats/text/json_stream.ts";
import { DataError } from "../../../lib/util/errors.ts";

async function* pieces(bytes: Uint8Array<ArrayBuffer>, size: number) {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.slice(at, at + size);
  }
}

/** Reads a text in pieces of some bytes and checks the positions. */
async function read(text: string, size = 7, options: Partial<JsonListOptions> = {}) {
  const found: unknown[] = [];
  const chunks = pieces(new TextEncoder().encode(text), size);
  for await (const { first, items } of readJsonList(chunks, { name: "a.json", ...options })) {
    assertEquals(first, found.length);
    assert(items.length > 0);
    found.push(...items);
  }
  return found;
}

const values = [
  { primary: "MKV", list: [1, [2, 3], []], nested: { "a,b": "]}" } },
  { text: 'a "quoted" \\ back\\\\slash \\" ,[{', unicode: "é蝴😀\u2028" },
  {},
  [],
  12.5,
  "a, b",
  null,
  true,
];

Deno.test("readJsonList() reads what JSON.parse() reads, whatever the pieces", async () => {
  for (
    const text of [
      JSON.stringify(values),
      JSON.stringify(values, null, 2),
      ` \n${JSON.stringify(values)}\r\n `,
    ]
  ) {
    for (const size of [1, 2, 3, 5, 16, 1000]) {
      assertEquals(await read(text, size), values, `${size} bytes a piece`);
    }
  }
});

Deno.test("readJsonList() reads lists of one item and of none", async () => {
  for (const size of [1, 100]) {
    for (const text of ["[]", " [ ] ", "[\n]"]) assertEquals(await read(text, size), []);
    assertEquals(await read("[7]", size), [7]);
    assertEquals(await read(' [ {"a":1} ] ', size), [{ a: 1 }]);
  }
});

Deno.test("readJsonList() hands items on before the list has ended", async () => {
  let sent = 0;
  const endless = async function* () {
    yield new TextEncoder().encode("[");
    for (;;) {
      await Promise.resolve();
      sent++;
      yield new TextEncoder().encode(`{"a":"${"x".repeat(1000)}"},`);
    }
  };
  let seen = 0;
  for await (const { items } of readJsonList(endless(), { name: "a.json" })) {
    seen += items.length;
    assert(sent - seen <= 1);
    if (seen > 50) break;
  }
});

Deno.test("readJsonList() says which item is malformed", async () => {
  const cases: [text: string, message: string][] = [
    ['[{"a":1},{"a":},{"a":2}]', "item 1 is malformed"],
    ['[1,2,{"a":[1,,2]}]', "item 2 is malformed"],
    ["[1,2,]", "item 2 is malformed"],
    ["[,1]", "item 0 is malformed"],
    ["[1,,2]", "item 1 is malformed"],
    ["[{]]", "item 0 is malformed"],
    ["[1 2]", "item 0 is malformed"],
    ["[nul]", "item 0 is malformed"],
  ];
  for (const [text, message] of cases) {
    for (const size of [1, 2, 3, 100]) {
      await assertRejects(() => read(text, size), DataError, `Cannot read "a.json": ${message}`);
    }
  }
});

Deno.test("readJsonList() refuses a text that is not UTF-8", async () => {
  const bytes = new TextEncoder().encode('["ab","cd"]');
  bytes[8] = 0xff;
  await assertRejects(
    () => Array.fromAsync(readJsonList(pieces(bytes, 100), { name: "a.json" })),
    DataError,
    "is malformed",
  );
});

Deno.test("readJsonList() tells a cut-off list from other files", async () => {
  for (const text of ["", " ", "[", "[1,2", "[1,2,", '[{"a":"x', '[{"a":1}']) {
    await assertRejects(() => read(text), DataError, 'Cannot read "a.json": it is cut off in item');
  }
  await assertRejects(() => read("[1,2,{"), DataError, "it is cut off in item 2");
  for (const text of ['{"a":1}', "12", '"text"', "rubbish", "]", "}"]) {
    await assertRejects(() => read(text), DataError, "it is no JSON list");
  }
  for (const text of ["[1]]", "[1] 2", "[1][2]", "[]{}", "[1],"]) {
    for (const size of [1, 100]) {
      await assertRejects(() => read(text, size), DataError, "something follows its list");
    }
  }
});

Deno.test("readJsonList() stops at an item that is too long", async () => {
  const text = `[1,"${"x".repeat(500)}",2]`;
  assertEquals((await read(text, 50, { longestItem: 600 })).length, 3);
  await assertRejects(
    () => read(text, 50, { longestItem: 400 }),
    DataError,
    "item 1 is longer than 400 bytes",
  );
});
