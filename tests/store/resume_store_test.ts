import { assert, assertEquals, assertRejects } from "../assert.ts";
import {
  appendJobs,
  type StoreDeclaration,
  type StoreWriter,
} from "../../lib/store/store_writer.ts";
import {
  createStore,
  type CreateStoreOptions,
  type Leftover,
} from "../../lib/store/create_store.ts";
import { DataError } from "../../lib/util/errors.ts";
import { dirname, join } from "../../lib/util/path.ts";
import { drawKey, integer } from "../../lib/util/random.ts";
import {
  namesIn,
  newStorePath,
  sampleOptions,
  seriesDeclaration,
  storeContents,
} from "./sample_stores.ts";

const key = drawKey(11, "resume");
const options = { ...sampleOptions, shardBytes: 96, origin: { seed: 1 } };
const stopped = new Error("stopped by the test");

/** Pictures and texts: rows of 16 and of 6 bytes. */
const declaration: StoreDeclaration = {
  inputs: [
    { kind: "image", channels: 1, height: 4, width: 4, patch: 2 },
    { kind: "tokens", vocabulary: 1000, length: 3 },
  ],
  task: { kind: "single-label", classes: 7, metric: "accuracy" },
  layout: "rows",
  columns: [{ dtype: "uint8", divisor: 255 }, { dtype: "uint16" }],
  defaults: { batchSize: 4 },
};

/** What a conversion did. */
interface Trace {
  readonly read: number[];
  readonly run: number[];
  readonly first: (readonly [item: number, row: number, rows: number])[];
}

const newTrace = (): Trace => ({ read: [], run: [], first: [] });

/** A data set of `items` files, which give 0 to 3 rows each, some without a label. */
async function convert(
  writer: StoreWriter,
  trace: Trace,
  { items = 40, stopAt = Infinity, depth = 3 } = {},
): Promise<void> {
  const mean = await writer.once("mean", () => {
    trace.run.push(-1);
    return Promise.resolve(0.1 + 0.2);
  });
  const [image, text] = declaration.columns;
  writer.declare({ ...declaration, columns: [{ ...image!, mean: [mean] }, text!] });
  // A row that belongs to no job.
  await writer.append([new Uint8Array(16), Uint16Array.of(1, 2, 3)], 0);
  writer.count("covers");
  const names = async function* () {
    for (let item = 0; item < items; item++) yield await Promise.resolve(item);
  };
  const appended = appendJobs(names(), {
    writer,
    depth,
    key: (item) => `item ${item}`,
    read: (item) => (trace.read.push(item), [item]),
    run: async ([item]) => {
      trace.run.push(item!);
      await new Promise((resolve) => setTimeout(resolve, integer(key, 5000 + item!, 2)));
      return Array.from({ length: integer(key, item!, 4) }, (_, i) => 100 * item! + i);
    },
    append: async (rows, item) => {
      if (item === stopAt) throw stopped;
      for (const row of rows) {
        const pixels = Uint8Array.from({ length: 16 }, (_, i) => integer(key, 16 * row + i, 256));
        const ids = Uint16Array.of(item, row % 1000, 7);
        await writer.append([pixels, ids], item % 3 === 0 ? undefined : item % 7);
        if (item % 5 === 0) writer.count("odd ones");
      }
    },
  });
  const odd: number[] = [];
  for await (const { item, row, rows, counts } of appended) {
    trace.first.push([item, row, rows]);
    if (counts["odd ones"] !== undefined) odd.push(row);
  }
  writer.list(
    "train",
    trace.first.flatMap(([item, row, rows]) =>
      item % 3 === 0 ? [] : Array.from({ length: rows }, (_, i) => row + i)
    ),
  );
  writer.list("test", [0, ...odd]);
}

/** Runs `fill` until it fails, and leaves things as a process that is killed does. */
async function killed(
  path: string,
  fill: (writer: StoreWriter) => Promise<void>,
  more: Partial<CreateStoreOptions> = {},
): Promise<void> {
  const abort = new AbortController();
  const run = createStore(
    path,
    { ...options, ...more, signal: abort.signal },
    (writer) =>
      fill(writer).catch((error) => {
        abort.abort(error);
        throw error;
      }),
  );
  assertEquals(await assertRejects(() => run), stopped);
}

/** Goes on, and tells what became of the interrupted run. */
async function resume(
  path: string,
  fill: (writer: StoreWriter) => Promise<void>,
  more: Partial<CreateStoreOptions> = {},
): Promise<Leftover | undefined> {
  let leftover: Leftover | undefined;
  await createStore(path, { ...options, ...more, onLeftover: (left) => leftover = left }, fill);
  assertEquals(await namesIn(dirname(path)), ["a store"]);
  return leftover;
}

/** The folder that an interrupted run left. */
async function leftFolder(path: string): Promise<string> {
  const name = (await namesIn(dirname(path))).find((name) => name.startsWith(".a store.tmp-"));
  assert(name !== undefined, "nothing was left");
  return join(dirname(path), name);
}

Deno.test("createStore() gives the same bytes wherever it was interrupted, and does no finished job again", async () => {
  const whole = await newStorePath();
  const undisturbed = newTrace();
  await createStore(whole, options, (writer) => convert(writer, undisturbed));
  const expected = await storeContents(whole);
  let saved = 0;
  for (let stopAt = 1; stopAt < 40; stopAt++) {
    const path = await newStorePath();
    await killed(path, (writer) => convert(writer, newTrace(), { stopAt }));
    const trace = newTrace();
    const left = await resume(path, (writer) => convert(writer, trace, { depth: 1 + stopAt % 5 }));
    assertEquals(await storeContents(path), expected, `stopped at ${stopAt}`);
    assertEquals(trace.first, undisturbed.first);
    if (left === undefined) {
      assertEquals(trace.run, undisturbed.run);
      continue;
    }
    assert("rows" in left);
    // All jobs behind the rows that were there, and no other; the mean is known.
    const again = undisturbed.first.filter(([, row, rows]) => row + rows > left.rows);
    const first = again.length === 0 ? 40 : again[0]![0];
    assert(trace.run.every((item) => item >= first - 1 || rowsOf(undisturbed, item) === 0));
    assertEquals(trace.read, trace.run);
    saved += undisturbed.run.length - trace.run.length;
  }
  assert(saved > 39 * 15, `only ${saved} jobs were saved`);
});

const rowsOf = (trace: Trace, item: number) => trace.first.find(([one]) => one === item)?.[2];

Deno.test("createStore() can be interrupted again and again", async () => {
  const whole = await newStorePath();
  await createStore(whole, options, (writer) => convert(writer, newTrace()));
  const path = await newStorePath();
  const taken: number[] = [];
  for (const stopAt of [9, 10, 18, 25, 39]) {
    await killed(path, (writer) => convert(writer, newTrace(), { stopAt }), {
      onLeftover: (left) => taken.push("rows" in left ? left.rows : -1),
    });
  }
  assertEquals(taken, taken.toSorted((a, b) => a - b));
  assert(new Set(taken).size >= 3, `rows taken over: ${taken}`);
  await resume(path, (writer) => convert(writer, newTrace()));
  assertEquals(await storeContents(path), await storeContents(whole));
});

Deno.test("createStore() goes on with series of which some steps miss values", async () => {
  const steps = 61;
  const fill = async (writer: StoreWriter, stopAt = Infinity) => {
    writer.declare(seriesDeclaration);
    for (let step = 0; step < steps; step++) {
      if (step === stopAt) throw stopped;
      const value = step % 11 === 5 ? NaN : step / 8;
      await writer.append([Float32Array.of(value, -step)], step % 4 === 0 ? undefined : step % 3);
    }
    writer.list("test", writer.validStarts(0, steps - 3).map(([first]) => first));
    writer.drawn("train", 12, [[0, 20], [30, steps - 33]]);
  };
  const whole = await newStorePath();
  await createStore(whole, options, fill);
  for (const stopAt of [1, 13, 14, 40, 60]) {
    const path = await newStorePath();
    await killed(path, (writer) => fill(writer, stopAt));
    const left = await resume(path, fill);
    assertEquals(left, stopAt < 12 ? undefined : { rows: stopAt - stopAt % 12 });
    assertEquals(await storeContents(path), await storeContents(whole), `stopped at ${stopAt}`);
  }
});

Deno.test("createStore() starts anew if anything that determines the bytes is different", async () => {
  const path = await newStorePath();
  await killed(path, (writer) => convert(writer, newTrace(), { stopAt: 30 }));
  const trace = newTrace();
  const left = await resume(path, (writer) => convert(writer, trace), {
    origin: { seed: 1, "raw files": "b" },
  });
  assertEquals(left, {
    anew: "Cannot go on with an interrupted run: the raw files changed since",
  });
  assertEquals(trace.run.length, 41);
});

Deno.test("createStore() without an origin neither leaves anything nor goes on", async () => {
  const path = await newStorePath();
  await killed(path, (writer) => convert(writer, newTrace(), { stopAt: 30 }));
  const { origin: _, ...plain } = options;
  const run = createStore(
    path,
    { ...plain, signal: AbortSignal.abort(stopped) },
    async (writer) => {
      await convert(writer, newTrace());
    },
  );
  assertEquals(await assertRejects(() => run), stopped);
  assertEquals(await namesIn(dirname(path)), []);
});

Deno.test("createStore() leaves nothing to go on with when the raw files are at fault", async () => {
  const path = await newStorePath();
  const error = new DataError("Cannot read the archive: it is damaged");
  const run = createStore(path, options, async (writer) => {
    await convert(writer, newTrace(), { stopAt: 30 }).catch(() => {
      throw error;
    });
  });
  assertEquals(await assertRejects(() => run), error);
  assertEquals(await namesIn(dirname(path)), []);
});

Deno.test("createStore() starts anew if a finished shard is damaged, cut off or gone", async () => {
  const whole = await newStorePath();
  await createStore(whole, options, (writer) => convert(writer, newTrace()));
  const harms: [harm: (path: string) => Promise<void>, message: RegExp][] = [
    [async (path) => {
      const bytes = await Deno.readFile(path);
      bytes[bytes.length - 1]! ^= 1;
      await Deno.writeFile(path, bytes);
    }, /its file ".*" is damaged$/],
    [(path) => Deno.truncate(path, 5), /its file ".*" is damaged$/],
    [(path) => Deno.writeFile(path, Uint8Array.of(1), { append: true }), /is damaged$/],
    [(path) => Deno.remove(path), /its file "input-0-1" is missing$/],
  ];
  for (const [harm, message] of harms) {
    const path = await newStorePath();
    await killed(path, (writer) => convert(writer, newTrace(), { stopAt: 30 }));
    const folder = await leftFolder(path);
    const shard = (await namesIn(folder)).find((name) => /^input-0-1\..*\.bin$/.test(name));
    await harm(join(folder, shard!));
    const left = await resume(path, (writer) => convert(writer, newTrace()));
    assert(left !== undefined && "anew" in left && message.test(left.anew), JSON.stringify(left));
    assertEquals(await storeContents(path), await storeContents(whole));
  }
});

Deno.test("createStore() passes over what was written behind the last line of the journal", async () => {
  const whole = await newStorePath();
  await createStore(whole, options, (writer) => convert(writer, newTrace()));
  const path = await newStorePath();
  await killed(path, (writer) => convert(writer, newTrace(), { stopAt: 30 }));
  const folder = await leftFolder(path);
  const append = (name: string, text: string) =>
    Deno.writeTextFile(join(folder, name), text, { append: true });
  await append("journal.jsonl", '{"rows": 1000, "jobs": [[');
  await append("input-0-99.partial", "rows of a shard that was begun");
  await append("store.json", "{}");
  for (const name of await namesIn(folder)) {
    if (/^(input|labels)-\d.*\.partial$/.test(name)) await append(name, "rows without a line");
  }
  const left = await resume(path, (writer) => convert(writer, newTrace()));
  assert(left !== undefined && "rows" in left);
  assertEquals(await storeContents(path), await storeContents(whole));
});

Deno.test("createStore() notices raw files that give something else than before", async () => {
  const fill = (items: number, shift: number, stopAt?: number) => async (writer: StoreWriter) => {
    writer.declare({
      ...declaration,
      inputs: [declaration.inputs[1]!],
      columns: [{ dtype: "uint16" }],
    });
    for (let item = 0; item < items; item++) {
      if (item === stopAt) throw stopped;
      await writer.job(`item ${item + shift}`, () => writer.append([Uint16Array.of(1, 2, 3)], 1));
    }
    writer.list("train", [0]);
  };
  for (
    const [items, shift, message] of [
      [90, 1, 'it stopped after "item 47", the raw files now have "item 48" there'],
      [30, 0, "it left 48 rows, the raw files give 30"],
    ] as const
  ) {
    const path = await newStorePath();
    await killed(path, fill(90, 0, 60));
    const error = await assertRejects(
      () => createStore(path, options, fill(items, shift)),
      DataError,
      message,
    );
    assertEquals(error.hint, "Run the same command again: it starts anew");
    assertEquals(await resume(path, fill(items, shift)), undefined);
  }
});
