import { assert, assertEquals, assertRejects } from "../assert.ts";
import { text } from "../../lib/datasets/text.ts";
import { DataError } from "../../lib/util/errors.ts";
import { expected, labelsOf, own, storedRows } from "./generic/own_data.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder } from "./unpack.ts";

type Options = Record<string, string | number | boolean>;
const read = (options: Options) => tokenizeToMemory(text, { raw: own("texts"), options });

Deno.test("text equals Python: bytes of lines with their classes, splits by file name", async () => {
  const store = await read({ tokenizer: "bytes", labelled: true, window: 12 });
  for (const split of ["train", "test"] as const) {
    assertEquals(storedRows(store, split), expected.texts[split]);
  }
  assertEquals(store.declaration.task!.classNames, ["neg", "pos"]);
  assertEquals([labelsOf(store, "train"), labelsOf(store, "test")], [[1, 0, 1, 0], [0, 1]]);
  assertEquals(store.declaration.inputs, [{ kind: "tokens", vocabulary: 259, length: 12 }]);
});

Deno.test("text cuts words into the pieces of bert-base-uncased by default", async () => {
  const { rows, declaration } = await read({ labelled: true, window: 6 });
  assertEquals(declaration.inputs, [{ kind: "tokens", vocabulary: 30_522, length: 6 }]);
  // [CLS] dull [SEP]
  assertEquals(Array.from(rows[0]![0]!), [101, 10634, 102, 0, 0, 0]);
});

Deno.test("text takes whole files, with classes by folder", async () => {
  await inFolder(async (raw) => {
    for (const [name, content] of [["a/1.txt", "x\ny"], ["b/2.txt", "z"], ["b/3.txt", "w"]]) {
      await Deno.mkdir(`${raw}/${name![0]}`, { recursive: true });
      await Deno.writeTextFile(`${raw}/${name}`, content!);
    }
    const options = { unit: "file", tokenizer: "bytes", window: 5 };
    const store = await tokenizeToMemory(text, { raw, options });
    assertEquals(store.labels, [0, 1, 1]);
    assertEquals(Array.from(store.rows[0]![0]!), [1, 120 + 3, 10 + 3, 121 + 3, 2]);
  });
});

Deno.test("text without classes stores no labels and says so", async () => {
  const { declaration, warnings } = await read({ tokenizer: "bytes" });
  assertEquals(declaration.task, undefined);
  assert(warnings.includes("The data name no classes: the store has no labels"));
});

Deno.test("text names file and line of what it refuses", async () => {
  await inFolder(async (folder) => {
    const raw = `${folder}/t.txt`;
    const convert = (options: Options = {}) =>
      tokenizeToMemory(text, { raw, options: { tokenizer: "bytes", ...options } });
    await Deno.writeTextFile(raw, "a\tb\nc d\n");
    await assertRejects(
      () => convert({ labelled: true }),
      DataError,
      `Cannot read "${raw}": line 2 has no class and tab`,
    );
    await Deno.writeFile(raw, Uint8Array.of(97, 10, 0xff, 0xfe, 10));
    await assertRejects(convert, DataError, "from line 1 on it is no UTF-8");
    await Deno.writeTextFile(raw, "\n\n");
    await assertRejects(convert, DataError, "it has no lines");
  });
});
