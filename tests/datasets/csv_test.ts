import { assert, assertEquals, assertRejects } from "../assert.ts";
import { csv } from "../../lib/datasets/csv.ts";
import { DataError, UsageError } from "../../lib/util/errors.ts";
import { assertClose, expected, labelsOf, modelRows, own } from "./generic/own_data.ts";
import { type MemoryStore, tokenizeToMemory, windowOf } from "./memory_store.ts";
import { inFolder } from "./unpack.ts";

type Options = Record<string, string | number | boolean>;
const table = (options: Options, file = "table.csv") =>
  tokenizeToMemory(csv, { raw: own(file), options });

function assertTable(store: MemoryStore, wanted: typeof expected) {
  for (const split of ["train", "test"] as const) {
    assertEquals(labelsOf(store, split), wanted[split].labels);
    assertClose(modelRows(store, split), wanted[split].rows, 2e-5);
  }
}

Deno.test("csv equals pandas: columns, classes, a shuffled split, normalised by training rows", async () => {
  const store = await table({ columns: "a,b", label: "kind" });
  assertTable(store, expected.table);
  assertEquals(store.declaration.task!.classNames, ["setosa", "versicolor", "virginica"]);
  assertEquals(store.declaration.inputs, [{ kind: "tabular", features: 2 }]);
  const packed = { columns: "a,b", label: "kind", separator: "semicolon" };
  assertTable(await table(packed, "table.csv.gz"), expected.table);
});

Deno.test("csv takes splits from a column, and keeps groups together", async () => {
  assertTable(
    await table({ columns: "a,b", label: "kind", splitColumn: "part" }),
    expected.table_parts,
  );
  const grouped = await table({ columns: "a,b", groupColumn: "subject" });
  const subject = Number(expected.test_subject.slice(1));
  assertEquals(grouped.lists.test, [0, 1, 2, 3, 4, 5].map((i) => 6 * subject + i));
  assertEquals(grouped.lists.train!.length, 24);
});

Deno.test("csv takes numbers as quantities: regression", async () => {
  const store = await table({
    columns: "a",
    label: "price",
    testFraction: 0.25,
    splitSeed: 7,
  });
  assertTable(store, expected.table_prices);
  assertEquals(store.declaration.task, { kind: "regression", classes: 1, metric: "spearman" });
});

Deno.test("csv numbers columns where there is no header, and needs no label", async () => {
  const store = await table({ normalize: "none" }, "plain.csv");
  assertEquals(store.rows.length, 30);
  assertEquals(store.declaration.columns, [{ dtype: "float32" }]);
  assertEquals(store.declaration.task, undefined);
  const labelled = await table({ columns: "1,2", label: "3", normalize: "none" }, "plain.csv");
  assertEquals(labelled.rows[3]![0]!.length, 2);
  assertEquals(Math.fround(labelled.labels[4] as number), store.rows[4]![0]![2]!);
});

Deno.test("csv equals pandas: windows of a series by label and split", async () => {
  const store = await table({
    columns: "x,y",
    label: "activity",
    splitColumn: "part",
    window: 8,
    stride: 4,
  }, "series.csv");
  const { mean, deviation } = store.declaration.columns[0]!;
  assertEquals(store.declaration.inputs, [{ kind: "series", channels: 2, length: 8, patch: 8 }]);
  for (const split of ["train", "test"] as const) {
    const { windows, labels } = expected.series[split];
    assertEquals(labelsOf(store, split), labels);
    const actual = store.lists[split]!.map((start) =>
      windowOf(store, start, 8).map((value, i) => {
        const channel = Math.floor(i / 8);
        return (value - mean![channel]!) / deviation![channel]!;
      })
    );
    assertClose(actual, windows.map((channels: number[][]) => channels.flat()), 2e-5);
  }
});

Deno.test("csv cuts a series without split or groups in time: no window on both sides", async () => {
  const store = await table(
    { columns: "x,y", label: "activity", window: 4, stride: 1 },
    "series.csv",
  );
  // Runs of 20, 15 and 25 rows: their last 2, 2 and 3 rows are too short for a window, so that a
  // whole run is for testing.
  assert([17, 12, 22].includes(store.lists.test!.length));
  assert(store.notes[0]!.startsWith("Split: groups shuffled"));
  const longer = await table({ columns: "x,y", window: 4, stride: 1 }, "series.csv");
  // One run of 60 rows is cut at row 54.
  assertEquals(longer.lists.test, [54, 55, 56]);
  assertEquals(longer.lists.train!.at(-1), 50);
  assert(longer.notes[0]!.startsWith("Split in time"));
});

Deno.test("csv reads a folder of files that name their splits", async () => {
  await inFolder(async (raw) => {
    await Deno.writeTextFile(`${raw}/train.csv`, "u,v,c\n1,2,x\n3,4,y\n5,7,x\n");
    await Deno.writeTextFile(`${raw}/test.csv`, "\ufeffu,v,c\n9,9,y\n");
    const read = () => tokenizeToMemory(csv, { raw, options: { label: "c", normalize: "none" } });
    const store = await read();
    assertEquals(store.lists, { test: [0], train: [1, 2, 3] });
    assertEquals([store.rows[0]![0]!.join(), store.labels.join()], ["9,9", "1,0,1,0"]);
    await Deno.writeTextFile(`${raw}/test.csv`, "u,w,c\n9,9,y\n");
    await assertRejects(read, DataError, 'train.csv": its columns are u, v, c, those of the first');
  });
});

/** Runs on a table of the given text. */
async function withText(
  text: string,
  options: Options,
  run: (read: () => Promise<MemoryStore>) => Promise<void>,
) {
  await inFolder(async (folder) => {
    const raw = `${folder}/t.csv`;
    await Deno.writeTextFile(raw, text);
    await run(() => tokenizeToMemory(csv, { raw, options }));
  });
}

Deno.test("csv names file, line and column of what it refuses", async () => {
  const refused = async (text: string, message: string, options: Options = {}) => {
    await withText(text, options, async (read) => {
      const error = await assertRejects(read, DataError, message);
      assert(/t\.csv"/.test(error.message) || error.message.includes('"csv"'), error.message);
    });
  };
  await refused("a,b\n1,2\n\n3,x\n", 'line 4 has "x" in column "b", a number is wanted');
  await refused("a,b\n1,\n3,4\n", 'line 2 has no value in column "b"');
  await refused("a,b\n1,2\n3,NaN\n", 'line 3 has no value in column "b"');
  await refused("a,b\n1,2\n3,1e99\n", 'line 3 has "1e99" in column "b"');
  await refused("a,b\n1,2\n3\n", "line 3 has 1 columns, 2 are wanted");
  await refused('a,b\n1,2\n3,"4\n', "Quote Not Closed");
  await refused("a,b\n", "it has no rows");
  await refused("a,b\n1,2\n", "it has 1 samples for training and testing");
  await refused("a,l\n1,2\n3,\n", "line 3 has no label", { label: "l" });
  await refused("a,l\n1,x\n3,2\n", 'the label "x" is no number', {
    label: "l",
    task: "regression",
  });
  await refused("a,s\n1,later\n", 'line 2 has the split "later"', { splitColumn: "s" });
  await refused("a,b\n1,2\n3,4\n", "has 9 consecutive rows", { window: 9 });
});

Deno.test("csv reads quotes from wherever they begin, and goes on counting lines", async () => {
  const rows = Array.from({ length: 5000 }, (_, i) => `${i},${i % 7},plain`);
  const lines = (
    last: string,
  ) => ["a,b,c", ...rows, '"5000","1.5","a ""quoted"", text"', '7,8,"two\nlines"', last, ""];
  const options = { label: "c", normalize: "none" };
  for (const end of ["\n", "\r\n"]) {
    await withText("\ufeff" + lines("9,10,x").join(end), options, async (read) => {
      const store = await read();
      assertEquals(store.rows.length, 5003);
      assertEquals(store.rows.slice(-3).map(([row]) => row!.join()), ["5000,1.5", "7,8", "9,10"]);
      const names = ['a "quoted", text', "plain", "two\nlines", "x"];
      assertEquals(store.declaration.task!.classNames, names);
    });
    for (const [last, message] of [["9,?,x", "has no value"], ["9,x,x", 'has "x"']] as const) {
      await withText(lines(last).join(end), options, async (read) => {
        await assertRejects(read, DataError, `t.csv": line 5005 ${message} in column "b"`);
      });
    }
    await withText(lines("9,10").join(end), options, async (read) => {
      await assertRejects(read, DataError, "line 5005 has 2 columns, 3 are wanted");
    });
  }
});

Deno.test("csv keeps no texts of labels that are quantities", async () => {
  const rows = Array.from({ length: 100_500 }, (_, i) => `${i % 11},${i / 8}`);
  const options = { label: "y", normalize: "none" };
  await withText(["x,y", ...rows, ""].join("\n"), options, async (read) => {
    const store = await read();
    assertEquals(store.declaration.task!.kind, "regression");
    assertEquals([store.labels[0], store.labels[100_499]], [0, 100_499 / 8]);
  });
  await withText(["x,y", ...rows, "1,word"].join("\n"), options, async (read) => {
    await assertRejects(read, DataError, "more than 100000 different labels");
  });
});

Deno.test("csv drops rows with missing values if asked to, and counts them", async () => {
  await withText("a,b\n1,2\n,5\n3,4\n7,?\n5,6\n", { missing: "drop" }, async (read) => {
    const store = await read();
    assertEquals(store.rows.map(([row]) => row!.join()), ["1,2", "3,4", "5,6"]);
    assertEquals(store.counters["rows with missing values"], 2);
  });
});

Deno.test("csv lists the columns when an option names another", async () => {
  await assertRejects(
    () => table({ label: "sort" }),
    UsageError,
    'Unknown column of "csv" "sort": the valid names are id, a, b, kind, price, part, subject',
  );
  await assertRejects(() => table({ columns: "a,b", patch: 4 }), UsageError, '"--window" beside');
  await assertRejects(
    () => table({ columns: "a,b", window: 10, patch: 4 }),
    UsageError,
    "10 is no multiple of the patch 4",
  );
});
