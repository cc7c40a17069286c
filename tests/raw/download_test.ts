import { downloadFile, type DownloadOptions, type DownloadSource } from "../../lib/raw/download.ts";
import { DataError, LockedError, MissingError, StorageError } from "../../lib/util/errors.ts";
import { createHasher, sha256 } from "../../lib/util/hash.ts";
import { join } from "../../lib/util/path.ts";
import { drawKey, integer } from "../../lib/util/random.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { namesIn } from "../store/sample_stores.ts";
import { type ScriptedReply, type SeenRequest, withServer } from "./scripted_server.ts";

const key = drawKey(0, "download");
const file = Uint8Array.from({ length: 200_000 }, (_, i) => integer(key, i, 256));
const tag = '"version-1"';

/** All of the file. */
const whole = (): ScriptedReply => ({
  status: "200 OK",
  headers: { "content-length": file.length, etag: tag },
  body: file,
});

/** Promises all of the file and sends a share of it. */
const cut = (share: number) => (): ScriptedReply => ({
  ...whole(),
  body: file.subarray(0, Math.round(share * file.length)),
});

/** The part that is asked for. */
function part(request: SeenRequest): ScriptedReply {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1]);
  return {
    status: "206 Partial Content",
    headers: {
      "content-length": file.length - start,
      "content-range": `bytes ${start}-${file.length - 1}/${file.length}`,
      etag: tag,
    },
    body: file.subarray(start),
  };
}

const fail = (status: string, headers = {}) => (): ScriptedReply => ({
  status,
  headers: { "content-length": 0, ...headers },
});

interface Download {
  readonly script: Parameters<typeof withServer>[0];
  /** What is known about the file; size and SHA-256 by default. */
  readonly source?: Omit<DownloadSource, "url">;
  readonly options?: DownloadOptions;
  readonly folder?: string;
}

/** Downloads by a script; resolves to what came of it. */
async function download({ script, source, options, folder }: Download) {
  const place = folder ?? await Deno.makeTempDir();
  const waits: number[] = [];
  const seen: SeenRequest[] = [];
  let error: unknown;
  await withServer(script, async (address, requests) => {
    const known = source ?? { bytes: file.length, sha256: sha256(file) };
    await downloadFile({ ...known, url: `${address}/a.bin` }, join(place, "a.bin"), {
      wait: (milliseconds) => Promise.resolve(void waits.push(milliseconds)),
      ...options,
    }).catch((caught) => error = caught);
    seen.push(...requests);
  });
  return { folder: place, waits, seen, error, names: await namesIn(place) };
}

async function assertComplete({ folder, names, error }: Awaited<ReturnType<typeof download>>) {
  assertEquals([error, names], [undefined, ["a.bin"]]);
  assertEquals(sha256(await Deno.readFile(join(folder, "a.bin"))), sha256(file));
}

Deno.test("downloadFile() fetches a file, reports its bytes and leaves nothing else", async () => {
  const reported: (number | undefined)[] = [];
  const done = await download({
    script: [whole],
    options: { progress: (...numbers) => reported.push(...numbers) },
  });
  await assertComplete(done);
  assertEquals(reported.slice(-2), [file.length, file.length]);
  assertEquals(done.seen.map(({ headers }) => headers.get("range")), [undefined]);
});

Deno.test("downloadFile() goes on where a connection ended, with the version it had", async () => {
  const done = await download({ script: [cut(0.4), part] });
  await assertComplete(done);
  const { headers } = done.seen[1]!;
  assertEquals([headers.get("range"), headers.get("if-range")], ["bytes=80000-", tag]);
  assertEquals(done.waits, [1000]);
});

Deno.test("downloadFile() takes connections that close before the answer, and waits ever longer", async () => {
  const none = (): ScriptedReply => ({});
  const done = await download({ script: [none, none, none, cut(0.1), part] });
  await assertComplete(done);
  // A byte in between starts the count anew.
  assertEquals(done.waits, [1000, 2000, 4000, 1000]);
});

Deno.test("downloadFile() repeats after 503 and 429, as late as the server asks", async () => {
  const busy = fail("503 Service Unavailable", { "retry-after": 7 });
  const done = await download({ script: [busy, fail("429 Too Many Requests"), whole] });
  await assertComplete(done);
  assertEquals(done.waits, [7000, 2000]);
});

Deno.test("downloadFile() gives up after failures in a row, keeps what came, and goes on later", async () => {
  const busy = fail("503 Service Unavailable");
  const script = [cut(0.4), busy];
  const stopped = await download({ script, options: { attempts: 3 } });
  assert(stopped.error instanceof StorageError);
  assertStringIncludes(
    stopped.error.message,
    "gave up after 3 failures in a row with 80000 bytes: the server",
  );
  assertEquals(stopped.names, [".a.bin.part", ".a.bin.part.json"]);
  // Another address is another file, as far as anyone knows.
  const moved = await download({ script: [whole], folder: stopped.folder });
  await assertComplete(moved);
  assertEquals(moved.seen[0]!.headers.get("range"), undefined);
});

Deno.test("downloadFile() begins again where the server ignores the range or has a new version", async () => {
  const done = await download({ script: [cut(0.4), whole] });
  await assertComplete(done);
  assertEquals(done.seen[1]!.headers.get("range"), "bytes=80000-");
  const none = await download({ script: [cut(0.4), fail("416 Range Not Satisfiable"), whole] });
  await assertComplete(none);
});

Deno.test("downloadFile() asks for no part of a file whose version has no name", async () => {
  const weak = (share: number) => (): ScriptedReply => ({
    ...cut(share)(),
    headers: { "content-length": file.length, etag: 'W/"weak"' },
  });
  const done = await download({ script: [weak(0.4), weak(1)] });
  await assertComplete(done);
  assertEquals(done.seen[1]!.headers.has("range"), false);
});

Deno.test("downloadFile() goes on in another process, also from a last byte that is there", async () => {
  const folder = await Deno.makeTempDir();
  await withServer([cut(0.4), part], async (address) => {
    const source = { url: `${address}/a.bin`, bytes: file.length, sha256: sha256(file) };
    const path = join(folder, "a.bin");
    await assertRejects(
      () => downloadFile(source, path, { attempts: 1 }),
      StorageError,
      "with 80000 bytes",
    );
    await downloadFile(source, path);
    assertEquals(sha256(await Deno.readFile(path)), sha256(file));
    await Deno.rename(path, join(folder, ".a.bin.part"));
  });
  const done = await download({ script: [fail("500 Oops")], folder });
  await assertComplete(done);
  assertEquals(done.seen, [], "there was nothing left to ask for");
});

Deno.test("downloadFile() takes halves of two versions once more from the start", async () => {
  const old = file.map((byte) => byte ^ 1);
  const first = (): ScriptedReply => ({ ...cut(0.4)(), body: old.subarray(0, 80_000) });
  await assertComplete(await download({ script: [first, part, whole] }));
  const folder = await Deno.makeTempDir();
  await withServer([first, part, whole], async (address) => {
    const source = { url: `${address}/a.bin`, sha256: sha256(file) };
    const path = join(folder, "a.bin");
    await assertRejects(() => downloadFile(source, path, { attempts: 1 }), StorageError);
    await downloadFile(source, path);
    assertEquals(sha256(await Deno.readFile(path)), sha256(file));
  });
});

Deno.test("downloadFile() refuses what is not the file, and leaves nothing with its name", async () => {
  const other = { ...whole(), body: file.map((byte) => byte ^ 1) };
  const digest = await download({ script: [() => other] });
  assert(digest.error instanceof DataError);
  assertStringIncludes(digest.error.message, "the sha256 of what arrived is");
  assertEquals(digest.names, []);

  const short = { ...whole(), headers: { "content-length": 10 }, body: file.subarray(0, 10) };
  const length = await download({ script: [() => short] });
  assert(length.error instanceof DataError);
  assertStringIncludes(length.error.message, "offers 10 bytes, the official file has 200000");

  const page = { ...whole(), headers: { "content-type": "text/html; charset=utf-8" } };
  const html = await download({ script: [() => page] });
  assert(html.error instanceof DataError);
  assertStringIncludes(html.error.message, "a page instead of the file");
  for (const { names } of [length, html]) assert(!names.includes("a.bin"));
});

Deno.test("downloadFile() stops at more bytes than the file has", async () => {
  const endless = { status: "200 OK", headers: {}, body: new Uint8Array(file.length + 9) };
  const { error, folder } = await download({ script: [() => endless] });
  assert(error instanceof DataError);
  assertStringIncludes(error.message, "sends more than 200000 bytes");
  assertEquals((await Deno.stat(join(folder, ".a.bin.part"))).size, 0);
});

Deno.test("downloadFile() follows redirects on the web only", async () => {
  const to = (location: string) => fail("302 Found", { location });
  await assertComplete(await download({ script: [to("/b.bin"), whole] }));
  const local = await download({ script: [to("file:///etc/hostname")] });
  assert(local.error instanceof DataError);
  assertStringIncludes(local.error.message, 'leads to "file:///etc/hostname"');
  const loop = await download({ script: [to("/a.bin")] });
  assert(loop.error instanceof StorageError);
  assertStringIncludes(loop.error.message, "redirects more than 10 times");
  assertEquals([...local.names, ...loop.names], []);
});

Deno.test("downloadFile() asks at once for what is refused", async () => {
  const { error, waits } = await download({ script: [fail("404 Not Found")] });
  assert(error instanceof StorageError);
  assertStringIncludes(error.message, "the server answered 404 Not Found");
  assertEquals(waits, []);
});

Deno.test("downloadFile() gives up a connection on which nothing comes", async () => {
  const silent = (): ScriptedReply => ({ ...cut(0.4)(), hang: true });
  const done = await download({ script: [silent, part], options: { timeout: 150 } });
  await assertComplete(done);
});

Deno.test("downloadFile() needs a digest, and the permission for the host", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "a.bin");
  const none = () => downloadFile({ url: "https://example.org/a.bin" }, path);
  await assertRejects(none, MissingError, "no digest of the official file is known");
  const far = { url: "https://example.org/a.bin", sha256: sha256(file) };
  await assertRejects(
    () => downloadFile(far, path),
    MissingError,
    "the Deno permission --allow-net=example.org is missing",
  );
  assertEquals(await namesIn(folder), []);
});

Deno.test("downloadFile() takes MD5 where a site publishes nothing better", async () => {
  const hasher = createHasher("md5");
  hasher.update(file);
  await assertComplete(await download({ script: [whole], source: { md5: hasher.hex() } }));
  const wrong = await download({ script: [whole], source: { md5: "0".repeat(32) } });
  assert(wrong.error instanceof DataError);
  assertStringIncludes(wrong.error.message, "the md5 of what arrived");
});

Deno.test("downloadFile() stops when it is told to, and two do not mix", async () => {
  const folder = await Deno.makeTempDir();
  await withServer([() => ({ ...cut(0.4)(), hang: true })], async (address) => {
    const source = { url: `${address}/a.bin`, sha256: sha256(file) };
    const controller = new AbortController();
    const path = join(folder, "a.bin");
    const reached = Promise.withResolvers<void>();
    const progress = () => reached.resolve();
    const first = downloadFile(source, path, { signal: controller.signal, progress });
    await reached.promise;
    await assertRejects(() => downloadFile(source, path), LockedError);
    controller.abort(new Error("stopped"));
    await assertRejects(() => first, Error, "stopped");
    assert(!(await namesIn(folder)).includes("a.bin"));
  });
});
