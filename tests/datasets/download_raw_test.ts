import type { RawFile } from "../../lib/raw/raw_files.ts";
import type { Dataset } from "../../lib/datasets/conversion/dataset.ts";
import { downloadRaw } from "../../lib/raw/download.ts";
import { mnist } from "../../lib/datasets/mnist.ts";
import { tokenizeDataset } from "../../lib/datasets/tokenize_dataset.ts";
import { MissingError, UsageError } from "../../lib/util/errors.ts";
import { sha256 } from "../../lib/util/hash.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { namesIn } from "../store/sample_stores.ts";
import { withServer } from "../raw/scripted_server.ts";

const contents = (path: string) => new TextEncoder().encode(`the contents of ${path}`);

/** Downloads files by path, without what a file is to lack, from a server that has them all. */
async function download(
  files: readonly (Partial<RawFile> & { readonly path: string })[],
  folder: string,
) {
  const warnings: string[] = [];
  const asked: string[] = [];
  const progress: string[] = [];
  await withServer([({ path }) => ({
    status: "200 OK",
    headers: { "content-length": contents(path.slice(1)).length },
    body: contents(path.slice(1)),
  })], async (address, seen) => {
    const known = files.map((file): RawFile => ({
      url: `${address}/${file.path}`,
      sha256: sha256(contents(file.path)),
      ...file,
    }));
    await downloadRaw({ id: "toy", files: known }, folder, {
      warn: (message) => warnings.push(message),
      progress: (_, __, what) => progress.push(what),
      attempts: 1,
    });
    asked.push(...seen.map(({ path }) => path));
  });
  return { warnings, asked, progress };
}

Deno.test("downloadRaw() fetches what is there in none of its forms", async () => {
  const folder = join(await Deno.makeTempDir(), "not there yet");
  await Deno.mkdir(join(folder, "unpacked"), { recursive: true });
  await Deno.writeTextFile(join(folder, "own.txt"), "mine");
  const files = [
    { path: "own.txt" },
    { path: "packed.zip", alternatives: ["other.zip", "unpacked"] },
    { path: "inside/new.txt" },
  ];
  const { asked, progress, warnings } = await download(files, folder);
  assertEquals([asked, progress], [["/inside/new.txt"], ["MB of inside/new.txt"]]);
  assertEquals(warnings, []);
  assertEquals(await Deno.readTextFile(join(folder, "own.txt")), "mine");
  assertEquals(await Deno.readFile(join(folder, "inside/new.txt")), contents("inside/new.txt"));
  assertEquals((await download(files, folder)).asked, [], "a second time there is nothing to do");
});

/** A file without one of the fields. */
const without = (path: string, ...names: (keyof RawFile)[]) => ({
  path,
  ...Object.fromEntries(names.map((name) => [name, undefined])),
});

Deno.test("downloadRaw() leaves files without a digest to the user and says so", async () => {
  const folder = await Deno.makeTempDir();
  const files = [{ path: "a.txt" }, without("b.txt", "sha256"), without("c.txt", "url")];
  const { asked, warnings } = await download(files, folder);
  assertEquals([asked, await namesIn(folder)], [["/a.txt"], ["a.txt"]]);
  assertEquals(warnings.length, 1);
  assert(warnings[0]!.startsWith('"b.txt" is not fetched, since no digest of it is known'));
});

Deno.test("downloadRaw() says so where nothing can be fetched", async () => {
  const folder = await Deno.makeTempDir();
  const error = await assertRejects(
    () => download([without("a.txt", "url"), without("b.txt", "sha256")], folder),
    MissingError,
    'neither address nor digest are known of "a.txt", "b.txt"',
  );
  assertEquals(error.hint, 'Run "metamae datasets toy" to see how to get them');
  await assertRejects(() => downloadRaw(mnist, folder), UsageError, "it has no official files");
});

Deno.test("downloadRaw() names all hosts that it may not talk to, before it fetches anything", async () => {
  const folder = await Deno.makeTempDir();
  const files = ["https://one.example/a", "https://two.example:8443/b", "https://one.example/c"]
    .map((url) => ({ path: url.slice(-1), url, sha256: sha256("") }));
  const error = await assertRejects(
    () => downloadRaw({ id: "toy", files }, folder),
    MissingError,
    "the Deno permission --allow-net=one.example,two.example:8443 is missing",
  );
  assert(error.hint!.includes("--allow-net=one.example,two.example:8443"));
  assertEquals(await namesIn(folder), []);
});

Deno.test("tokenizeDataset() with download reads what it fetched, from the given folder", async () => {
  const folder = await Deno.makeTempDir();
  await withServer(
    [() => ({ status: "200 OK", headers: {}, body: contents("toy.txt") })],
    async (address) => {
      const seen: string[] = [];
      const toy: Dataset = {
        ...mnist,
        id: "toy",
        files: [{
          path: "toy.txt",
          url: `${address}/toy.txt`,
          sha256: sha256(contents("toy.txt")),
        }],
        convert: async (run) => {
          seen.push(await Deno.readTextFile(join(run.raw!, "toy.txt")));
          await mnist.convert({ ...run, limit: 1 });
        },
      };
      const raw = join(folder, "raw");
      await tokenizeDataset(toy, { out: join(folder, "store"), raw, download: true });
      assertEquals(seen, ["the contents of toy.txt"]);
      assertEquals(await namesIn(folder), ["raw", "store"]);
    },
  );
});
