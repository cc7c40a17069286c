import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { createHash } from "node:crypto";
import { zipSync } from "fflate";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { openStore } from "../../lib/store/store.ts";
import { pamap2 } from "../../lib/datasets/pamap2.ts";
import { tokenizeDataset, type TokenizeOptions } from "../../lib/datasets/tokenize_dataset.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/pamap2", import.meta.url));
const zip = `${raw}/PAMAP2_Dataset.zip`;
const expected = JSON.parse(Deno.readTextFileSync(`${raw}.json`));
const sha256 = (values: Int32Array | Float32Array) =>
  createHash("sha256").update(values).digest("hex");

/** Tokenizes into a scratch folder and compares with what pandas and NumPy computed. */
async function assertExpected(variant: string, rawFolder = raw) {
  await inFolder(async (folder) => {
    const manifest = await tokenizeDataset("pamap2", {
      raw: rawFolder,
      out: `${folder}/store`,
      variant,
    });
    await using store = await openStore(`${folder}/store`);
    let missing = 0;
    for (const name of ["train", "test"] as const) {
      const wanted = expected[variant][name];
      missing += wanted.withMissing;
      const split = await store.split(name);
      assert(split.source.kind === "list");
      assertEquals(split.count, wanted.kept, `windows of "${name}"`);
      const { ids } = split.source;
      const labels = (await split.labels(ids)).data as Int32Array;
      assertEquals(Array.from(labels.subarray(0, 40)), wanted.firstLabels);
      assertEquals(sha256(labels), wanted.labelsSha256);
      const [first] = (await split.read(ids.subarray(0, 40))).inputs;
      assertEquals(first!.shape, [40, 52, 320]);
      const corner = [0, 320 + 5, 17 * 320 + 100, 52 * 320 - 1];
      assertEquals(corner.map((at) => first!.data[at]), wanted.corner);
      assertEquals(sha256(first!.data), wanted.firstSha256);
      const [last] = (await split.read(ids.slice(-5))).inputs;
      assertEquals(sha256(last!.data), wanted.lastSha256);
    }

    const pretrain = await store.split("pretrain");
    assertEquals(pretrain.count, 50_000);
    assert(pretrain.source.kind === "drawn");
    const { groups } = pretrain.source;
    const pairs: [label: number, valid: number, missing: number][] = expected[variant].pairs;
    const valid = pairs.filter(([, starts]) => starts > 0);
    assertEquals(groups.map(({ starts }) => starts), valid.map(([, starts]) => starts));
    const firstIds = groups.map(({ ranges }) => ranges[0]!.first);
    const labels = await pretrain.labels(firstIds);
    assertEquals(Array.from(labels.data), valid.map(([label]) => label));
    missing += pairs.reduce((sum, [, , starts]) => sum + starts, 0);
    assertEquals(manifest.counters["windows with missing values"], missing);
  });
}

for (const variant of ["metamae", "dabs"]) {
  Deno.test(`pamap2 equals pandas and NumPy, window for window: ${variant}`, async () => {
    await assertExpected(variant);
  });
}

Deno.test("pamap2 reads the unpacked folder, its Protocol folder, and the archive in UCI's archive", async () => {
  await inFolder(async (folder) => {
    await unpack(zip, folder);
    await assertExpected("metamae", folder);
    await assertExpected("metamae", `${folder}/PAMAP2_Dataset`);
    await assertExpected("metamae", `${folder}/PAMAP2_Dataset/Protocol`);
  });
  for (const level of [0, 6] as const) {
    await inFolder(async (folder) => {
      const outer = {
        "readme.pdf": Uint8Array.of(1),
        "PAMAP2_Dataset.zip": await Deno.readFile(zip),
      };
      const bytes = zipSync(outer, { level });
      await Deno.writeFile(`${folder}/pamap2+physical+activity+monitoring.zip`, bytes);
      await assertExpected("metamae", folder);
    });
  }
});

Deno.test("pamap2 has twelve outputs in both variants, of which DABS uses eleven", () => {
  const metamae = variantOf(pamap2, "metamae").shape!;
  const dabs = variantOf(pamap2, "dabs").shape!;
  assertEquals([metamae.task!.classes, dabs.task!.classes], [12, 12]);
  assertEquals(metamae.task!.classNames!.indexOf("rope jumping"), 11);
  assertEquals(dabs.task!.classNames!.indexOf("rope jumping"), 10);
  assertEquals(metamae.defaults.batchSize, 256);
});

/** Tokenizes an unpacked folder in which one file was replaced, or removed. */
async function withSubject(
  subject: number,
  change: (text: string) => string | undefined,
  run: (convert: (options?: Partial<TokenizeOptions>) => Promise<unknown>) => Promise<void>,
) {
  await inFolder(async (folder) => {
    await unpack(zip, folder);
    const file = `${folder}/PAMAP2_Dataset/Protocol/subject${subject}.dat`;
    const text = change(await Deno.readTextFile(file));
    if (text === undefined) await Deno.remove(file);
    else await Deno.writeTextFile(file, text);
    await run((options) =>
      tokenizeDataset("pamap2", { raw: folder, out: `${folder}/store`, ...options })
    );
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assertEquals(names.filter((name) => !["PAMAP2_Dataset", "store"].includes(name)), []);
  });
}

Deno.test("pamap2 refuses a file that was cut off in a line, and leaves nothing behind", async () => {
  await withSubject(103, (text) => text.slice(0, 30_000), async (convert) => {
    await assertRejects(convert, DataError, "columns, 54 are wanted");
  });
});

Deno.test("pamap2 warns when a file ends without a line end", async () => {
  const warnings: string[] = [];
  await withSubject(103, (text) => text.slice(0, -1), async (convert) => {
    await convert({ warn: (message) => void warnings.push(message) });
  });
  assert(warnings.some((text) => text.includes("has no line end at its end: it may be cut off")));
  assert(warnings.some((text) => text.includes('subject101.dat" has 999 rows, the official file')));
});

Deno.test("pamap2 names file, line and column of what is no number, and unknown activities", async () => {
  await withSubject(104, (text) => text.replace("5 ", "5 x"), async (convert) => {
    const error = await assertRejects(convert, DataError, "a finite number is wanted");
    assert(
      /[^/]test [^/]*\/PAMAP2_Dataset\/Protocol\/subject104\.dat": line 1 has "x.*" in column/.test(
        error.message,
      ),
      error.message,
    );
  });
  await withSubject(105, (text) => text.replace(/^(\S+) 1 /, "$1 77 "), async (convert) => {
    await assertRejects(convert, DataError, "row 1 has the activity 77, an id in 0..24 is wanted");
  });
});

Deno.test("pamap2 says which subject is missing, and where nothing is long enough", async () => {
  await withSubject(109, () => undefined, async (convert) => {
    await assertRejects(convert, MissingError, 'lacks "Protocol/subject109.dat"');
  });
  const short = (text: string) => text.split("\n").slice(0, 300).join("\n") + "\n";
  await withSubject(105, short, async (convert) => {
    await assertRejects(
      () => convert({ variant: "dabs" }),
      DataError,
      "no activity of the subjects 105 has more than 320 rows",
    );
  });
});

Deno.test("pamap2 refuses damaged archives and says which file to get", async () => {
  const bytes = await Deno.readFile(zip);
  const changed = bytes.slice();
  changed[bytes.length >> 1]! ^= 16;
  for (const damaged of [bytes.slice(0, -200), bytes.slice(0, 1000), changed]) {
    await inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/PAMAP2_Dataset.zip`, damaged);
      const out = `${folder}/store`;
      await assertRejects(() => tokenizeDataset("pamap2", { raw: folder, out }), DataError);
      assertEquals([...Deno.readDirSync(folder)].length, 1);
    });
  }
  await inFolder(async (folder) => {
    await assertRejects(
      () => tokenizeDataset("pamap2", { raw: folder, out: `${folder}/store` }),
      MissingError,
      `"${folder}/PAMAP2_Dataset.zip" is missing ("PAMAP2_Dataset", `,
    );
  });
});

Deno.test("pamap2 with a limit keeps the first windows", async () => {
  await inFolder(async (folder) => {
    await tokenizeDataset("pamap2", { raw, out: `${folder}/store`, limit: 4 });
    await using store = await openStore(`${folder}/store`);
    const split = await store.split("train");
    assert(split.source.kind === "list");
    assertEquals(
      Array.from((await split.labels(split.source.ids)).data),
      expected.metamae.train.firstLabels.slice(0, 4),
    );
    assertEquals((await store.split("pretrain")).count, 4);
  });
});
