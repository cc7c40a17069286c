import { assertEquals } from "../assert.ts";
import { makeTempDir } from "../temporary.ts";
import { journalHeader } from "../../lib/documents/store_journal.ts";
import { createJournal, type JournalState, readJournal } from "../../lib/store/journal.ts";
import type { Json } from "../../lib/util/json.ts";
import { disk } from "../../lib/util/file_system.ts";
import { join } from "../../lib/util/path.ts";
import { namesIn } from "./sample_stores.ts";

const sha256 = "0123456789abcdef".repeat(4);
const shard = (rows: number, open: boolean) => ({ rows, bytes: 4 * rows, sha256, open });
const origin = { variant: "plain", options: { window: 8 }, limit: null };

const lines = [
  {
    rows: 12,
    jobs: [[1, 12, {}]] as [number, number, Record<string, number>][],
    key: "a",
    incomplete: [[3, 2]] as [number, number][],
    unlabelled: [],
    tables: [
      { stem: "input-0", first: 0, shards: [shard(8, false), shard(4, true)] },
      { stem: "labels", first: 0, shards: [shard(12, true)] },
    ],
  },
  {
    rows: 20,
    jobs: [[4, 2, { odd: 1 }]] as [number, number, Record<string, number>][],
    key: "b",
    incomplete: [],
    unlabelled: [[12, 8]] as [number, number][],
    tables: [
      { stem: "input-0", first: 1, shards: [shard(8, false), shard(4, true)] },
      { stem: "labels", first: 0, shards: [shard(20, true)] },
    ],
  },
];

const expected: Omit<JournalState, "bytes"> = {
  origin,
  results: new Map([["mean", [0.1, 1e-9]]]),
  rows: 20,
  jobs: [[1, 12, {}], [4, 2, { odd: 1 }]],
  key: "b",
  incomplete: [[3, 2]],
  unlabelled: [[12, 8]],
  tables: new Map([
    ["input-0", [shard(8, false), shard(8, false), shard(4, true)]],
    ["labels", [shard(20, true)]],
  ]),
};

async function writeJournal(folder: string): Promise<void> {
  const journal = createJournal({ fileSystem: disk, folder, origin });
  await journal.add({ result: ["mean", [0.1, 1e-9]] });
  for (const line of lines) await journal.add(Promise.resolve(line));
  await journal.close();
}

Deno.test("readJournal() adds up what the lines tell", async () => {
  const folder = await makeTempDir();
  assertEquals(await readJournal(folder), undefined);
  await writeJournal(folder);
  const { size } = await Deno.stat(join(folder, journalHeader.file));
  assertEquals(await readJournal(folder), { ...expected, bytes: size });
});

Deno.test("readJournal() knows whole lines only, wherever the file was cut off", async () => {
  const folder = await makeTempDir();
  await writeJournal(folder);
  const path = join(folder, journalHeader.file);
  const whole = await Deno.readFile(path);
  const rows = new Set<number | undefined>();
  for (let length = 0; length < whole.length; length++) {
    await Deno.writeFile(path, whole.subarray(0, length));
    const state = await readJournal(folder);
    rows.add(state?.rows);
    assertEquals(state?.bytes ?? 0, whole.subarray(0, length).lastIndexOf(10) + 1);
  }
  assertEquals([...rows], [undefined, 0, 12]);
});

Deno.test("readJournal() stops at a line that it does not know", async () => {
  const folder = await makeTempDir();
  const path = join(folder, journalHeader.file);
  await writeJournal(folder);
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace('"rows":20', '"rows":-20'));
  assertEquals((await readJournal(folder))?.rows, 12);
  await Deno.writeTextFile(path, text.replace('"version":1', '"version":2'));
  assertEquals(await readJournal(folder), undefined);
});

Deno.test("createJournal() goes on behind the whole lines, and is gone when it is discarded", async () => {
  const folder = await makeTempDir();
  await writeJournal(folder);
  await Deno.writeTextFile(join(folder, journalHeader.file), '{"rows": 9', { append: true });
  const kept = await readJournal(folder);
  const journal = createJournal({ fileSystem: disk, folder, origin, kept });
  await journal.add({ result: ["deviation", 2] });
  const results = new Map<string, Json>([["mean", [0.1, 1e-9]], ["deviation", 2]]);
  const { bytes: _, ...state } = (await readJournal(folder))!;
  assertEquals(state, { ...expected, results });
  await journal.discard();
  assertEquals(await namesIn(folder), []);
});

Deno.test("createJournal() makes no file before its first line", async () => {
  const folder = await makeTempDir();
  const journal = createJournal({ fileSystem: disk, folder, origin });
  await journal.close();
  assertEquals(await namesIn(folder), []);
  await journal.discard();
});
