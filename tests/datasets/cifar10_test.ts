import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { assertEquals, assertRejects } from "../assert.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import type { SplitName } from "../../lib/documents/store_manifest.ts";
import { cifar10 } from "../../lib/datasets/cifar10.ts";
import { type MemoryStore, tokenizeToMemory } from "./memory_store.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/cifar10", import.meta.url));
const python = `${raw}/cifar-10-python.tar.gz`;
const binary = `${raw}/cifar-10-binary.tar.gz`;
const expected = JSON.parse(Deno.readTextFileSync(`${raw}.json`));

/** Images of a split as the model gets them: float32, divided by 255. */
function floats(store: MemoryStore, split: SplitName): Float32Array {
  const images = store.lists[split]!.map((row) => store.rows[row]![0]!);
  return Float32Array.from(images.flatMap((image) => Array.from(image, (value) => value / 255)));
}

function assertExpected(store: MemoryStore) {
  for (const split of ["train", "test"] as const) {
    const { labels, sha256, firstPixels, lastPixels } = expected[split];
    assertEquals(store.lists[split]!.map((row) => store.labels[row]), labels);
    const values = floats(store, split);
    assertEquals(createHash("sha256").update(values).digest("hex"), sha256, split);
    assertEquals([0, 1024, 2048].map((at) => values[at]), firstPixels);
    assertEquals([2049, 1025, 1].map((at) => values.at(-at)), lastPixels);
  }
  assertEquals(store.declaration.columns, [{ dtype: "uint8", divisor: 255 }]);
}

Deno.test("cifar10 equals NumPy's reading of the Python and the binary archive", async () => {
  assertExpected(await tokenizeToMemory(cifar10, { raw }));
  await inFolder(async (folder) => {
    await Deno.copyFile(binary, `${folder}/cifar-10-binary.tar.gz`);
    assertExpected(await tokenizeToMemory(cifar10, { raw: folder }));
  });
});

Deno.test("cifar10 reads the unpacked folders, from beside them or from inside", async () => {
  for (const [archive, name] of [[python, "batches-py"], [binary, "batches-bin"]] as const) {
    await inFolder(async (folder) => {
      await unpack(archive, folder);
      assertExpected(await tokenizeToMemory(cifar10, { raw: folder }));
      assertExpected(await tokenizeToMemory(cifar10, { raw: `${folder}/cifar-10-${name}` }));
    });
  }
});

Deno.test("cifar10 says so when the files are not the official ones", async () => {
  const { warnings, notes } = await tokenizeToMemory(cifar10, { raw });
  const counts = "The files hold 20 training and 6 test images, the official ones 50000 and 10000";
  assertEquals(warnings.length, 2);
  assertEquals(warnings[0]!.includes("is not the official file: it has"), true);
  assertEquals(warnings[1], counts);
  assertEquals(notes[0], counts);
});

Deno.test("cifar10 enlarges as Pillow does in the variant dabs", async () => {
  const store = await tokenizeToMemory(cifar10, { raw, variant: "dabs" });
  for (const split of ["train", "test"] as const) {
    const hash = createHash("sha256");
    for (const row of store.lists[split]!) hash.update(store.rows[row]![0]! as Uint8Array);
    assertEquals(hash.digest("hex"), expected[split].resizedSha256, split);
    assertEquals(store.lists[split]!.map((row) => store.labels[row]), expected[split].labels);
  }
});

Deno.test("cifar10 has the batch sizes of both references", () => {
  assertEquals(variantOf(cifar10, "metamae").shape!.defaults.batchSize, 64);
  assertEquals(variantOf(cifar10, "dabs-small").shape!.defaults.batchSize, 256);
});

Deno.test("cifar10 says which file to put where", async () => {
  await inFolder(async (folder) => {
    const error = await assertRejects(
      () => tokenizeToMemory(cifar10, { raw: folder }),
      MissingError,
      `"${folder}/cifar-10-python.tar.gz" is missing ("cifar-10-binary.tar.gz", `,
    );
    assertEquals(
      error.hint,
      "Download https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz and put it at " +
        `"${folder}/cifar-10-python.tar.gz"`,
    );
  });
});

/** Runs on a changed archive. */
async function withArchive(name: string, bytes: Uint8Array, run: (raw: string) => Promise<void>) {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/${name}`, bytes);
    await run(folder);
  });
}

Deno.test("cifar10 refuses archives that are cut off or changed", async () => {
  const bytes = await Deno.readFile(python);
  const changed = bytes.slice();
  changed[bytes.length >> 1]! ^= 4;
  for (const damaged of [bytes.slice(0, 900), bytes.slice(0, -4), changed]) {
    await withArchive("cifar-10-python.tar.gz", damaged, async (folder) => {
      await assertRejects(() => tokenizeToMemory(cifar10, { raw: folder }), DataError);
    });
  }
});

Deno.test("cifar10 refuses a pickle that calls something, and executes nothing", async () => {
  const tar = gunzipSync(await Deno.readFile(python));
  const text = tar.toString("latin1");
  // The same length, so that the archive stays whole; the checksum of a header covers no contents.
  const evil = text.replaceAll(
    "cnumpy.core.multiarray\n_reconstruct\n",
    "cos\nsystem\n".padEnd(36, "0"),
  );
  const bytes = gzipSync(Uint8Array.from(evil, (character) => character.charCodeAt(0)));
  await withArchive("cifar-10-python.tar.gz", bytes, async (folder) => {
    await assertRejects(
      () => tokenizeToMemory(cifar10, { raw: folder }),
      DataError,
      'it names "os.system", which is not allowed',
    );
  });
});

Deno.test("cifar10 refuses missing batches, cut records and wrong labels", async () => {
  await inFolder(async (folder) => {
    await unpack(binary, folder);
    const batches = `${folder}/cifar-10-batches-bin`;
    const read = () => tokenizeToMemory(cifar10, { raw: folder });
    const second = await Deno.readFile(`${batches}/data_batch_2.bin`);

    await Deno.remove(`${batches}/data_batch_2.bin`);
    await assertRejects(read, DataError, 'it lacks "data_batch_2"');

    await Deno.writeFile(`${batches}/data_batch_2.bin`, second.subarray(0, 3072));
    await assertRejects(read, DataError, "its 3072 bytes are no multiple of 3073");

    second[3073] = 10;
    await Deno.writeFile(`${batches}/data_batch_2.bin`, second);
    await assertRejects(read, DataError, 'data_batch_2.bin": image 1 has the label 10, not 0..9');
  });
});
