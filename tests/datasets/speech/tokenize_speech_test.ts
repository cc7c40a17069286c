import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { openStore } from "../../../lib/store/store.ts";
import type { Dataset } from "../../../lib/datasets/conversion/dataset.ts";
import { decodeMedia } from "../../../lib/datasets/conversion/media.ts";
import { speechDataset, speechShape } from "../../../lib/datasets/families/speech.ts";
import type { FoundRaw } from "../../../lib/raw/raw_files.ts";
import { tokenizeDataset } from "../../../lib/datasets/tokenize_dataset.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { tokenizeToMemory } from "../memory_store.ts";
import { inFolder } from "../unpack.ts";
import { rawSpeech } from "./expected_speech.ts";

const path = `${rawSpeech}librispeech/dev-clean.tar.gz`;

const archive: FoundRaw = { form: { path: "dev-clean.tar.gz" }, path, kind: "file", bytes: 0 };

/** All recordings of one archive as a data set. */
function toy(found = archive): Dataset {
  return speechDataset({
    id: "toy",
    title: "Toy",
    role: "both",
    summary: "",
    licence: "",
    homepage: "",
    citation: "",
    files: [],
    variants: [{ name: "only", difference: "", shape: speechShape() }],
    constants: { mean: 0, deviation: 1 },
    find: () => Promise.resolve([found]),
    keyOf: (path) => /([^/]+)\.flac$/.exec(path)?.[1],
    plan: ({ keys }) => {
      const clips = keys.map((key) => ({ key }));
      return { splits: { train: clips, test: clips } };
    },
  });
}

Deno.test("speechDataset() writes the same bytes whatever the number of workers", async () => {
  await inFolder(async (folder) => {
    const manifests = [];
    for (const workers of [0, 1, 3]) {
      const out = `${folder}/${workers}`;
      manifests.push(await tokenizeDataset(toy(), { out, workers }));
    }
    // File names and digests are in the manifest.
    assertEquals(manifests[1], manifests[0]!);
    assertEquals(manifests[2], manifests[0]!);
    await using store = await openStore(`${folder}/3`);
    assertEquals((await store.split("train")).count, 14);
  });
});

Deno.test("speechDataset() stores both parts of a recording where splits want both", async () => {
  const { rows, lists } = await tokenizeToMemory(toy(), { workers: 0 });
  const other = lists.train!.filter((row, i) => row !== lists.test![i]);
  // Three recordings are long; the coin chose the last part of some of them.
  assert(other.length >= 1 && other.length <= 3);
  assertEquals(rows.length, 14 + other.length);
});

Deno.test("speechDataset() reports progress and stops when the user stops the program", async () => {
  const done: string[] = [];
  const controller = new AbortController();
  await assertRejects(() =>
    tokenizeToMemory(toy(), {
      workers: 0,
      signal: controller.signal,
      progress: (count, total, what) => {
        done.push(`${count}/${total} ${what}`);
        if (count === 3) controller.abort();
      },
    })
  );
  assertEquals(done.slice(0, 3).join(), "1/14 recordings,2/14 recordings,3/14 recordings");
  assert(done.length < 14);
});

Deno.test("speechDataset() leaves nothing behind when a recording is damaged", async () => {
  await inFolder(async (folder) => {
    const raw = `${folder}/raw`;
    await Deno.mkdir(raw);
    await Deno.writeTextFile(`${raw}/bad.flac`, "fLaC and no more");
    const found = { form: { path: "raw" }, path: raw, kind: "folder" as const, bytes: 0 };
    await assertRejects(
      () => tokenizeDataset(toy(found), { out: `${folder}/store`, workers: 1 }),
      DataError,
      `Cannot read "${raw}/bad.flac": `,
    );
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["raw"]);
  });
});

Deno.test("decodeMedia() uses the first channel at the file's own rate", async () => {
  const read = (name: string) => Deno.readFileSync(`${rawSpeech}audio/${name}`);
  const format = { kind: "log-mel", crops: ["first", "last"] } as const;
  const of = async (name: string) => (await decodeMedia({ name, bytes: read(name), format })).rows;
  const [stereo, mono] = [await of("one_silent.flac"), await of("level_8.flac")];
  assertEquals([stereo.length, mono.length], [1, 1]);
  assertEquals(stereo, mono);
  assert((await of("opposite.flac"))[0]!.some((value, i) => value !== mono[0]![i]));
});
