import { assert, assertEquals, assertRejects } from "../assert.ts";
import type { Dataset } from "../../lib/datasets/conversion/dataset.ts";
import { convertTexts, type TextRow, type TextSource } from "../../lib/datasets/families/texts.ts";
import { wikitext103 } from "../../lib/datasets/wikitext103.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { tokenizeToMemory } from "./memory_store.ts";

const words = "a cat sat on the mat while two dogs ran home unbelievably fast".split(" ");
const textOf = (i: number) => `${i} ${words[i % 13]} ${words[i * 7 % 13]} ${words[i * 31 % 13]}`;

/** Rows in turn for two splits: two of three for training. */
async function* manyRows(count: number): AsyncGenerator<TextRow> {
  for (let i = 0; i < count; i++) {
    yield await { split: i % 3 === 2 ? "test" : "train", texts: [textOf(i), textOf(i + 1)] };
  }
}

/** A data set of rows. */
function datasetOf(rows: TextSource["rows"] = openedRows(4_000)): Dataset {
  return {
    ...wikitext103,
    id: "toy",
    convert: (run) =>
      convertTexts({
        place: "somewhere",
        tokenizer: "word-piece",
        parts: [{ split: "train", file: "train.txt" }, { split: "test", file: "test.txt" }],
        rows,
      }, run),
  };
}

/** Rows of two files that are there. */
function openedRows(count: number): TextSource["rows"] {
  return (listener) => {
    listener.open("train");
    listener.open("test");
    return manyRows(count);
  };
}

Deno.test("convertTexts() gives the same rows whatever the number of workers", async () => {
  const [alone, together] = await Promise.all(
    [0, 2].map((workers) => tokenizeToMemory(datasetOf(), { workers })),
  );
  assertEquals(alone!.rows.length, 4_000);
  assertEquals(together!.lists, alone!.lists);
  assert(together!.rows.every(([ids], i) => ids!.join() === alone!.rows[i]![0]!.join()));
  assertEquals(alone!.lists.train!.slice(0, 5), [0, 1, 3, 4, 6]);
  assertEquals(alone!.lists.test!.length, 1_333);
});

Deno.test("convertTexts() takes as many samples of a split as the limit allows", async () => {
  const done: (number | undefined)[][] = [];
  const { rows, lists } = await tokenizeToMemory(datasetOf(), {
    limit: 300,
    progress: (...[rows, total]) => void done.push([rows, total]),
  });
  assertEquals([rows.length, lists.train!.length, lists.test!.length], [600, 300, 300]);
  assertEquals(done.at(-1), [600, 600]);
});

Deno.test("convertTexts() tells missing files from files without samples", async () => {
  await assertRejects(
    () => tokenizeToMemory(datasetOf(() => manyRows(9))),
    MissingError,
    'Cannot tokenize "toy": "somewhere" lacks "train.txt", the split "train"',
  );
  await assertRejects(
    () => tokenizeToMemory(datasetOf(openedRows(2))),
    DataError,
    'Cannot read "test.txt": it has no sample for the split "test"',
  );
});

Deno.test("convertTexts() stops when it is told to", async () => {
  const controller = new AbortController();
  await assertRejects(
    () =>
      tokenizeToMemory(datasetOf(), {
        workers: 0,
        signal: controller.signal,
        progress: () => controller.abort(new Error("stopped by the test")),
      }),
    Error,
    "stopped by the test",
  );
});
