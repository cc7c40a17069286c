import { z } from "zod";
import { defineDocument } from "../../lib/documents/define_document.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { makeTempDir } from "../temporary.ts";

const fields = z.strictObject({ rows: z.number(), notes: z.array(z.string()).optional() });
const plain = defineDocument("metamae/plain", 2, fields);
const named = defineDocument("metamae/named", 1, fields, {
  file: "named.json",
  words: { what: "store", are: "it is", command: "metamae tokenize" },
});

Deno.test("a document is written with its header first and read back", async () => {
  const folder = await makeTempDir();
  const document = named.make({ rows: 3 });
  await named.write(folder, document);
  assertEquals(await named.read(folder), document);
  assertEquals(
    await Deno.readTextFile(join(folder, "named.json")),
    '{\n  "schema": "metamae/named",\n  "version": 1,\n  "rows": 3\n}\n',
  );
  const path = join(folder, "a.json");
  await plain.write(path, plain.make({ rows: 4 }));
  assertEquals(await plain.read(path), { schema: "metamae/plain", version: 2, rows: 4 });
});

Deno.test("a document of another kind, of a newer version or damaged is refused", () => {
  const document = plain.make({ rows: 3 });
  const refuses = (value: unknown, what: string) => {
    assertThrows(() => plain.parse(value, "a.json"), DataError, what);
    assert(!plain.is(value));
  };
  assert(plain.is(document));
  refuses(
    { ...document, schema: "metamae/named" },
    'Cannot use "a.json": its schema is "metamae/named", "metamae/plain" is wanted',
  );
  refuses(
    { ...document, version: 3 },
    'Cannot use "a.json": its format version is 3, this program knows 2',
  );
  refuses({ ...document, version: 1 }, "its version is 1, 2 is wanted");
  refuses({ ...document, rows: "3" }, 'Cannot use "a.json": "rows": ');
  refuses({ ...document, more: 1 }, 'Cannot use "a.json": the document: ');
  refuses(null, "its schema is undefined");
  refuses([document], "its schema is undefined");
  assertThrows(() => plain.parseText("{", "a.json"), DataError, 'Cannot parse "a.json"');
});

Deno.test("a document that stands for its folder is told about by the folder", async () => {
  const folder = await makeTempDir();
  await assertRejects(
    () => named.read(folder),
    MissingError,
    `Cannot open the store "${folder}": there is no "named.json" in it`,
  );
  assertThrows(
    () => named.parse({ ...named.make({ rows: 1 }), version: 2 }, folder),
    DataError,
    `Cannot open the store "${folder}": it is of version 2, this program reads versions up to 1`,
  );
  assertThrows(
    () => named.parse({ ...named.make({ rows: 1 }), rows: null }, folder),
    DataError,
    `Cannot use the store "${folder}": "rows": `,
  );
  await assertRejects(() => plain.read(join(folder, "a.json")), MissingError, "a.json");
});

Deno.test("a document is written in the oldest version that can say it, and all up to the newest are read", () => {
  const kind = defineDocument("metamae/kind", 2, fields, {
    versionOf: ({ notes }) => notes === undefined ? 1 : 2,
  });
  const documents = [kind.make({ rows: 3 }), kind.make({ rows: 3, notes: [] })];
  assertEquals(documents.map(({ version }) => version), [1, 2]);
  for (const document of [...documents, { ...documents[0]!, version: 2 }]) {
    assert(kind.is(document));
    assertEquals(kind.parse(document), document);
  }
  assertThrows(() => kind.parse({ ...documents[0]!, version: 0 }), DataError, "its version is 0");
  assertThrows(() => kind.parse({ ...documents[0]!, version: 3 }), DataError, "is 3, this program");
});
