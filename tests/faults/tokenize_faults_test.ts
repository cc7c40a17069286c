import { assert, assertEquals, assertMatch } from "../assert.ts";
import { makeTempDir } from "../temporary.ts";
import { namesIn, storeContents } from "../store/sample_stores.ts";
import { startProgram } from "../cli/program.ts";
import { fromFileUrl, join } from "../../lib/util/path.ts";
import { drawKey, integer } from "../../lib/util/random.ts";

const pictures = 60;
const key = drawKey(5, "kills");

/** A raw folder of small pictures. */
async function makeRaw(): Promise<string> {
  const raw = await makeTempDir();
  await Deno.mkdir(join(raw, "pictures"));
  for (let picture = 0; picture < pictures; picture++) {
    await Deno.writeFile(pathOf(raw, picture), makePicture(picture));
  }
  return raw;
}

/** Paths sort as the numbers do. */
function pathOf(raw: string, picture: number): string {
  const name = `${picture < 20 ? "a" : "b"}${String(picture).padStart(3, "0")}.ppm`;
  return join(raw, "pictures", name);
}

/** A picture of 48 x 40 pixels. */
function makePicture(picture: number): Uint8Array {
  const pixels = Uint8Array.from({ length: 48 * 40 * 3 }, (_, i) => integer(key, picture, 97) + i);
  return Uint8Array.from([...new TextEncoder().encode("P6 48 40 255\n"), ...pixels]);
}

/** Spoils a file so that neither its size nor its time shows it. */
async function spoil(path: string): Promise<void> {
  const { size, mtime } = await Deno.stat(path);
  await Deno.writeFile(path, new Uint8Array(size).fill(33));
  await Deno.utime(path, mtime!, mtime!);
}

/** Starts a conversion; it is killed as soon as a picture is stored, if one is given. */
async function convert(
  raw: string,
  out: string,
  { workers, killAt = Infinity }: { readonly workers: number; readonly killAt?: number },
): Promise<{ readonly stored: readonly number[]; readonly result: Record<string, unknown> }> {
  const script = fromFileUrl(new URL("./tokenize_child.ts", import.meta.url));
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-check", "--no-lock", "--quiet", "--config", config],
      ...["--allow-read", `--allow-write=${join(out, "..")}`, script, raw, out, String(workers)],
    ],
    stdout: "piped",
  }).spawn();
  const stored: number[] = [];
  let text = "";
  let result = {};
  for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (text += piece).split("\n");
    text = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith("{")) result = JSON.parse(line);
      else stored.push(Number(line.split(" ")[1]));
    }
    if (stored.some((picture) => picture >= killAt)) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
    }
  }
  await child.status;
  return { stored, result };
}

Deno.test("tokenizeDataset() goes on after a kill at any time, and gives the same bytes with any number of workers", async () => {
  const raw = await makeRaw();
  const folder = await makeTempDir();
  const whole = join(folder, "whole");
  assertEquals((await convert(raw, whole, { workers: 2 })).result, {});
  const expected = await storeContents(whole);
  const rows: number[] = [];
  for (let round = 0; round < 5; round++) {
    const out = join(folder, `store ${round}`);
    const killAt = 1 + 12 * round + integer(key, 100 + round, 10);
    await convert(raw, out, { workers: round % 3, killAt });
    const { result, stored } = await convert(raw, out, { workers: (round + 1) % 3 });
    assertEquals(await storeContents(out), expected, `killed at ${killAt}`);
    assertEquals(await namesIn(folder), [
      ...Array.from({ length: round + 1 }, (_, i) => `store ${i}`),
      "whole",
    ]);
    if (stored.length > 0) rows.push(result.rows as number ?? 0);
    // Those that were there come first, so that the progress starts at their share.
    assertEquals(stored, Array.from({ length: stored.length }, (_, i) => i + 1));
  }
  assert(rows.some((one) => one >= 8), `rows taken over: ${rows}`);
  for (const one of rows) assertEquals(one % 8, 0);
});

Deno.test("tokenizeDataset() does not even read the files of finished shards again", async () => {
  const raw = await makeRaw();
  const folder = await makeTempDir();
  const whole = join(folder, "whole");
  await convert(raw, whole, { workers: 1 });
  const out = join(folder, "out");
  await convert(raw, out, { workers: 1, killAt: 26 });
  const names = await namesIn(folder);
  const left = join(folder, names.find((name) => name.startsWith(".out.tmp-"))!);
  const last = (await Deno.readTextFile(join(left, "journal.jsonl"))).trim().split("\n").at(-1)!;
  const { rows } = JSON.parse(last);
  assert(rows >= 24, `${rows} rows were finished`);
  for (let picture = 0; picture < rows; picture++) await spoil(pathOf(raw, picture));
  const { result } = await convert(raw, out, { workers: 1 });
  assertEquals(result, { rows });
  assertEquals(await storeContents(out), await storeContents(whole));
  // A file behind them is read, of course; and none goes unread in a new run.
  const other = join(folder, "other");
  assertMatch(String((await convert(raw, other, { workers: 1 })).result.error), /a000\.ppm/);
});

Deno.test("tokenizeDataset() starts anew when a raw file has changed, and says so", async () => {
  const raw = await makeRaw();
  const folder = await makeTempDir();
  const out = join(folder, "out");
  await convert(raw, out, { workers: 0, killAt: 30 });
  await Deno.writeFile(pathOf(raw, 3), makePicture(59));
  const { result } = await convert(raw, out, { workers: 0 });
  assertEquals(result, {
    anew: "Cannot go on with an interrupted run: the raw files changed since",
  });
  const whole = join(folder, "whole");
  await convert(raw, whole, { workers: 0 });
  assertEquals(await storeContents(out), await storeContents(whole));
});

Deno.test({
  name: "metamae tokenize goes on after SIGTERM, and tells how many rows it took over",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await makeTempDir();
    // 3 MiB a row, so that a shard of 64 MiB has 21.
    const [raw, out] = [join(folder, "photos"), join(folder, "photos.store")];
    for (const name of ["cats", "dogs"]) {
      await Deno.mkdir(join(raw, name), { recursive: true });
      for (let i = 0; i < 24; i++) {
        await Deno.writeFile(join(raw, name, `${i}.ppm`), makePicture(i));
      }
    }
    const args = ["tokenize", "folder", "--raw", raw, "--out", out, "--size", "1024", "--json"];
    const first = startProgram(args);
    const output = first.output();
    while (!(await hasJournal(folder))) await new Promise((resolve) => setTimeout(resolve, 5));
    first.kill("SIGTERM");
    const { code, stderr } = await output;
    const text = new TextDecoder().decode(stderr);
    assertEquals(code, 143, text);
    assertMatch(
      text,
      /Stopped by SIGTERM: no store was written; the same command goes on from here/,
    );
    assertEquals((await namesIn(folder)).filter((name) => !name.startsWith(".")), ["photos"]);
    const second = await startProgram(args).output();
    const document = JSON.parse(new TextDecoder().decode(second.stdout));
    assertEquals([document.resumedRows % 21, document.rows], [0, 48]);
    assert(document.resumedRows > 0);
    assertMatch(
      new TextDecoder().decode(second.stderr),
      new RegExp(`Going on with an interrupted run: ${document.resumedRows} rows are there`),
    );
    assertEquals(await namesIn(folder), ["photos", "photos.store"]);
  },
});

async function hasJournal(folder: string): Promise<boolean> {
  const left = (await namesIn(folder)).find((name) => name.startsWith(".photos.store.tmp-"));
  return left !== undefined && (await namesIn(join(folder, left))).includes("journal.jsonl");
}
