import { assert, assertEquals, assertMatch, assertRejects } from "../assert.ts";
import { createStore } from "../../lib/store/create_store.ts";
import { openStore } from "../../lib/store/store.ts";
import type { StoreDeclaration, StoreWriter } from "../../lib/store/store_writer.ts";
import { DataError, LockedError, UsageError } from "../../lib/util/errors.ts";
import { sha256 } from "../../lib/util/hash.ts";
import { dirname, join } from "../../lib/util/path.ts";
import {
  fillImages,
  imageDeclaration,
  imageRow,
  namesIn,
  newStorePath,
  sampleOptions,
} from "./sample_stores.ts";

Deno.test("createStore() writes a manifest that names and digests every file", async () => {
  const path = await newStorePath();
  const manifest = await createStore(
    path,
    { ...sampleOptions, shardBytes: 16 * 8 },
    async (writer) => {
      await fillImages(writer);
      writer.count("images", 19);
      writer.count("images");
    },
  );
  assertEquals(JSON.parse(await Deno.readTextFile(join(path, "store.json"))), manifest);
  assertEquals(manifest.rows, 20);
  assertEquals(manifest.counters, { images: 20 });
  assertEquals(manifest.notes, ["salt 0"]);
  assertEquals(manifest.columns[0]!.shards.map(({ rows }) => rows), [8, 8, 4]);
  assertEquals(manifest.splits.train?.count, 10);
  const files = [
    ...manifest.columns[0]!.shards.map(({ file }) => file),
    ...manifest.labels!.shards.map(({ file }) => file),
    ...Object.values(manifest.splits).map(({ file }) => file),
  ];
  for (const { name, bytes, sha256: digest } of files) {
    const contents = await Deno.readFile(join(path, name));
    assertEquals(contents.length, bytes);
    assertEquals(sha256(contents), digest);
    assertMatch(
      name,
      new RegExp(`^(input-0-\\d|labels-0|train|test)\\.${digest.slice(0, 16)}\\.bin$`),
    );
  }
  assertEquals(await namesIn(path), ["store.json", ...files.map(({ name }) => name)].sort());
  assertEquals(await namesIn(dirname(path)), ["a store"]);
});

Deno.test("createStore() writes the rows in the order in which they were appended", async () => {
  const path = await newStorePath();
  const manifest = await createStore(path, sampleOptions, (writer) => fillImages(writer, 3));
  const shard = await Deno.readFile(join(path, manifest.columns[0]!.shards[0]!.file.name));
  assertEquals(shard, Uint8Array.from([...imageRow(0), ...imageRow(1), ...imageRow(2)]));
});

Deno.test("createStore() copies rows before append() returns and numbers them", async () => {
  const path = await newStorePath();
  const numbers: Promise<number>[] = [];
  await createStore(path, sampleOptions, async (writer) => {
    writer.declare(imageDeclaration);
    const row = new Uint8Array(16);
    for (let i = 0; i < 5; i++) numbers.push(writer.append([row.fill(i)], i));
    row.fill(99);
    writer.list("train", [0, 1, 2, 3, 4]);
    await Promise.resolve();
  });
  assertEquals(await Promise.all(numbers), [0, 1, 2, 3, 4]);
  await using store = await openStore(path);
  const { inputs } = await (await store.split("train")).read([3]);
  assertEquals(inputs[0]!.data[0], Math.fround(Math.fround(Math.fround(3 / 255) - 0.25) / 0.5));
});

Deno.test("createStore() takes many rows at once as it takes them one by one", async () => {
  const digests: string[] = [];
  for (const rowsAtOnce of [1, 3, 20]) {
    const path = await newStorePath();
    await createStore(path, { ...sampleOptions, shardBytes: 16 * 8 }, async (writer) => {
      writer.declare(imageDeclaration);
      for (let row = 0; row < 20; row += rowsAtOnce) {
        const rows = Array.from({ length: Math.min(rowsAtOnce, 20 - row) }, (_, i) => row + i);
        const pixels = Uint8Array.from(rows.flatMap((one) => [...imageRow(one)]));
        const labels = Int32Array.from(rows, (one) => one % 3);
        if (rowsAtOnce === 1) await writer.append([pixels], labels[0]!);
        else assertEquals(await writer.appendRows(rows.length, [pixels], labels), row);
      }
      writer.list("train", [0, 19]);
    });
    await using store = await openStore(path);
    digests.push(store.digest);
  }
  assertEquals(new Set(digests).size, 1);
});

Deno.test("createStore() checks every one of many rows", async () => {
  const table: StoreDeclaration = {
    ...imageDeclaration,
    inputs: [{ kind: "tabular", features: 2 }],
    columns: [{ dtype: "float32" }],
  };
  const cases: [values: number[], labels: number[] | undefined, message: string][] = [
    [[1, 2, 3, NaN, 5, 6], [0, 0, 0], "row 1: the value in column 1 is NaN"],
    [[1, 2, 3, 4, 5, 6], [0, 0, 9], "row 2: its label is 9"],
    [[1, 2, 3, 4, 5], [0, 0, 0], "in a Float32Array were given"],
    [[1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0], "row 0: its label has 2 numbers, 1 are wanted"],
  ];
  for (const [values, labels, message] of cases) {
    const path = await newStorePath();
    await assertRejects(
      () =>
        createStore(path, sampleOptions, async (writer) => {
          writer.declare(table);
          const numbers = labels && Int32Array.from(labels);
          await writer.appendRows(3, [Float32Array.from(values)], numbers);
          writer.list("train", [0]);
        }),
      Error,
      message,
    );
  }
  const path = await newStorePath();
  await createStore(path, sampleOptions, async (writer) => {
    writer.declare(table);
    await writer.appendRows(2, [Float32Array.of(1, 2, 3, 4)]);
    writer.list("pretrain", [0, 1]);
  });
  await using store = await openStore(path);
  assertEquals((await store.split("pretrain")).labelled, false);
});

Deno.test("createStore() gives the same digest for the same contents, another for others", async () => {
  const digests: string[] = [];
  for (const [salt, writerVersion] of [[0, "1"], [0, "2"], [1, "1"]] as const) {
    const path = await newStorePath();
    await createStore(path, { ...sampleOptions, writerVersion }, (w) => fillImages(w, 8, salt));
    await using store = await openStore(path);
    digests.push(store.digest);
  }
  assertEquals(digests[0], digests[1]);
  assert(digests[0] !== digests[2]);
});

Deno.test("createStore() refuses a store that is there and replaces it with force", async () => {
  const path = await newStorePath();
  await createStore(path, sampleOptions, (writer) => fillImages(writer, 8));
  const before = await namesIn(path);
  const error = await assertRejects(
    () => createStore(path, sampleOptions, (writer) => fillImages(writer, 9)),
    UsageError,
    "there is a store already",
  );
  assertMatch(error.hint ?? "", /--force/);
  assertEquals(await namesIn(path), before);
  await createStore(path, { ...sampleOptions, force: true }, (writer) => fillImages(writer, 9));
  await using store = await openStore(path);
  assertEquals(store.manifest.rows, 9);
  assertEquals((await namesIn(path)).length, before.length);
  assertEquals(await namesIn(dirname(path)), ["a store"]);
});

Deno.test("createStore() never touches a folder of something else, even with force", async () => {
  const path = await newStorePath();
  await Deno.mkdir(path);
  await Deno.writeTextFile(join(path, "thesis.tex"), "text");
  await Deno.writeTextFile(join(path, "store.json"), '{"schema": "other"}');
  await assertRejects(
    () => createStore(path, { ...sampleOptions, force: true }, fillImages),
    UsageError,
    'the folder holds something else, such as "thesis.tex"',
  );
  assertEquals(await namesIn(path), ["store.json", "thesis.tex"]);
});

Deno.test("createStore() replaces stores of newer versions and uses empty folders", async () => {
  const path = await newStorePath();
  await Deno.mkdir(path);
  await createStore(path, sampleOptions, fillImages);
  const file = join(path, "store.json");
  const manifest = JSON.parse(await Deno.readTextFile(file));
  await Deno.writeTextFile(file, JSON.stringify({ ...manifest, version: 99 }));
  await createStore(path, { ...sampleOptions, force: true }, fillImages);
  await (await openStore(path)).close();
});

Deno.test("createStore() leaves no trace when the data set fails or the user stops it", async () => {
  const path = await newStorePath();
  const abort = new AbortController();
  const cases: readonly (readonly [(writer: StoreWriter) => Promise<void>, string])[] = [
    [async (writer) => {
      await fillImages(writer);
      throw new DataError("Cannot read the archive: it is damaged");
    }, "Cannot read the archive"],
    [() => Promise.reject(new Deno.errors.NotFound("raw.bin")), "raw.bin"],
    [async (writer) => {
      writer.declare(imageDeclaration);
      await writer.append([imageRow(0)], 0);
      abort.abort(new Error("stopped by the user"));
      await writer.append([imageRow(1)], 0);
    }, "stopped by the user"],
  ];
  for (const [fill, message] of cases) {
    await assertRejects(
      () => createStore(path, { ...sampleOptions, signal: abort.signal }, fill),
      Error,
      message,
    );
    assertEquals(await namesIn(dirname(path)), []);
  }
});

Deno.test("createStore() keeps a second run on the same path out", async () => {
  const path = await newStorePath();
  let enter = () => {};
  const entered = new Promise<void>((resolve) => enter = resolve);
  let leave = () => {};
  const left = new Promise<void>((resolve) => leave = resolve);
  const first = createStore(path, sampleOptions, async (writer) => {
    enter();
    await left;
    await fillImages(writer, 6);
  });
  await entered;
  const error = await assertRejects(
    () => createStore(path, sampleOptions, (writer) => fillImages(writer, 7)),
    LockedError,
  );
  assertEquals(error.exitCode, 6);
  leave();
  assertEquals((await first).rows, 6);
  assertEquals(await namesIn(dirname(path)), ["a store"]);
});

Deno.test("createStore() removes what a run that was killed left beside the store", async () => {
  const path = await newStorePath();
  await Deno.mkdir(join(dirname(path), ".a store.tmp-12345678"));
  await Deno.writeTextFile(join(dirname(path), ".a store.lock"), "");
  await createStore(path, sampleOptions, fillImages);
  assertEquals(await namesIn(dirname(path)), ["a store"]);
});

Deno.test("createStore() refuses rows that are not as declared", async () => {
  const tokens: StoreDeclaration = {
    ...imageDeclaration,
    inputs: [{ kind: "tokens", vocabulary: 4, length: 3 }],
    columns: [{ dtype: "uint8" }],
  };
  const table: StoreDeclaration = {
    ...imageDeclaration,
    inputs: [{ kind: "tabular", features: 3 }],
    columns: [{ dtype: "float32" }],
  };
  const floats = (...values: number[]) => Float32Array.from(values);
  const cases: readonly (readonly [StoreDeclaration, Parameters<StoreWriter["append"]>, string])[] =
    [
      [tokens, [[Uint8Array.of(0, 3, 4)], 0], "row 1: token 2 is 4, ids lie in 0..3"],
      [table, [[floats(0, NaN, 1)], 0], "row 1: the value in column 1 is NaN"],
      [table, [[floats(0, 1, -Infinity)], 0], "row 1: the value in column 2 is -Infinity"],
      [table, [[floats(0, 1, 2)], 5], "row 1: its label is 5, classes lie in 0..4"],
      [table, [[floats(0, 1, 2)], -1], "row 1: its label is -1"],
      [table, [[floats(0, 1, 2)], 0.5], "row 1: its label is 0.5"],
      [table, [[floats(0, 1, 2)], [1, 2]], "row 1: its label has 2 numbers, 1 are wanted"],
      [
        table,
        [[Uint8Array.of(1, 2, 3)], 0],
        "3 elements in a Uint8Array were given, 3 in a Float32Array",
      ],
      [table, [[floats(1)], 0], "1 elements in a Float32Array were given, 3"],
      [table, [[], 0], "0 inputs were given, 1 are wanted"],
    ];
  for (const [declaration, [inputs, label], message] of cases) {
    const path = await newStorePath();
    const good = declaration === tokens ? Uint8Array.of(0, 3, 1) : floats(0, 1, 2);
    await assertRejects(
      () =>
        createStore(path, sampleOptions, async (writer) => {
          writer.declare(declaration);
          await writer.append([good], 4);
          await writer.append(inputs, label);
        }),
      Error,
      message,
    );
    assertEquals(await namesIn(dirname(path)), []);
  }
});

Deno.test("createStore() refuses splits without samples and ids that are not there", async () => {
  const cases: readonly (readonly [(writer: StoreWriter) => void, string])[] = [
    [() => {}, "the data set named no split"],
    [(writer) => writer.list("train", []), 'the split "train": it has no samples'],
    [
      (writer) => writer.list("test", [0, 3]),
      "it names 1 rows from row 3 on, the store has 3 rows",
    ],
    [(writer) => writer.list("test", [-1]), "from row -1 on"],
    [(writer) => writer.list("test", [0.5]), "from row 0.5 on"],
    [(writer) => {
      writer.list("test", [0]);
      writer.list("test", [0]);
    }, 'Cannot add the split "test": it was done before'],
  ];
  for (const [name, message] of cases) {
    const path = await newStorePath();
    await assertRejects(
      () =>
        createStore(path, sampleOptions, async (writer) => {
          writer.declare(imageDeclaration);
          for (let row = 0; row < 3; row++) await writer.append([imageRow(row)], 0);
          name(writer);
        }),
      Error,
      message,
    );
  }
});

Deno.test("createStore() cuts lists at the limit and says so in the manifest", async () => {
  const path = await newStorePath();
  const manifest = await createStore(path, { ...sampleOptions, limit: 3 }, fillImages);
  assertEquals(manifest.limit, 3);
  assertEquals(manifest.splits.train?.count, 3);
  await using store = await openStore(path);
  const { source } = await store.split("train");
  assertEquals(source, { kind: "list", ids: Uint32Array.of(18, 16, 14) });
});

Deno.test("createStore() refuses declarations that do not fit together", async () => {
  const cases: readonly (readonly [Partial<StoreDeclaration>, string])[] = [
    [{ columns: [] }, "1 inputs have 0 columns"],
    [{ layout: "windows" }, "the windows layout takes one input of kind series"],
    [{ columns: [{ dtype: "uint8", mean: [1, 2, 3] }] }, "3 means or deviations are given for 2"],
    [{ columns: [{ dtype: "uint8", deviation: [0] }] }, "is zero or not finite"],
    [{ columns: [{ dtype: "uint8", mean: [NaN] }] }, "is zero or not finite"],
    [{ columns: [{ dtype: "uint8", scale: 1, divisor: 1 }] }, "it has a scale and a divisor"],
    [{ inputs: [{ kind: "tokens", vocabulary: 2, length: 2 }] }, "tokens cannot be normalised"],
    [{
      inputs: [{ kind: "tokens", vocabulary: 2, length: 2 }],
      columns: [{ dtype: "float32" }],
    }, "tokens cannot be stored as float32"],
  ];
  for (const [change, message] of cases) {
    const path = await newStorePath();
    const fill = (writer: StoreWriter) =>
      Promise.resolve(writer.declare({ ...imageDeclaration, ...change }));
    await assertRejects(() => createStore(path, sampleOptions, fill), RangeError, message);
  }
});
