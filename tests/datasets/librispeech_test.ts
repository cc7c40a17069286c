import { assert, assertEquals, assertRejects } from "../assert.ts";
import { librispeech } from "../../lib/datasets/librispeech.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { assertSplits, expectedSplits, rawSpeech } from "./speech/expected_speech.ts";
import { inFolder, unpack } from "./unpack.ts";

const raw = `${rawSpeech}librispeech`;
const expected = expectedSplits("librispeech");
const parts = ["dev-clean", "train-clean-100", "train-clean-360", "train-other-500"];

Deno.test("librispeech equals librosa and NumPy: order, speakers, splits, crops, pictures", async () => {
  const store = await tokenizeToMemory(librispeech, { raw });
  assertSplits(store, expected);
  assertEquals(store.declaration.columns, [{
    dtype: "float32",
    mean: [-22.924],
    deviation: [12.587],
    look: "spectrogram",
  }]);
  // Two parts of one recording are two rows, and only where both are wanted.
  assertEquals(store.rows.length, 14 + 7);
});

Deno.test("librispeech reads unpacked folders, from two places", async () => {
  await inFolder(async (folder) => {
    for (const part of parts) await unpack(`${raw}/${part}.tar.gz`, folder);
    assertSplits(await tokenizeToMemory(librispeech, { raw: folder }), expected);
    assertSplits(await tokenizeToMemory(librispeech, { raw: `${folder}/LibriSpeech` }), expected);
  });
});

Deno.test("librispeech has variants for what is pretrained on", async () => {
  const { train, test, pretrain } = expected;
  const speakers = await tokenizeToMemory(librispeech, { raw, variant: "speakers" });
  assertSplits(speakers, { train: train!, test: test! });

  const small = await tokenizeToMemory(librispeech, { raw, variant: "clean-100" });
  assertEquals(small.lists.pretrain!.length, 4);
  assert(pretrain!.names.length > 4);

  const dabs = await tokenizeToMemory(librispeech, { raw, variant: "dabs" });
  assertEquals(dabs.lists.validation!.length, 14);
  // Every speaker's recordings in the order of their names as text: 1272 comes before 251 and 84.
  assertEquals(dabs.lists.validation!.map((row) => dabs.labels[row]), [
    ...[2, 2, 2],
    ...[1, 1, 1, 1, 1, 1],
    ...[0, 0, 0, 0, 0],
  ]);
});

Deno.test("librispeech with a limit decodes only the first recordings of each split", async () => {
  const { rows, lists } = await tokenizeToMemory(librispeech, { raw, limit: 2 });
  assertEquals([lists.pretrain, lists.train, lists.test].map((list) => list!.length), [2, 2, 2]);
  assertEquals(rows.length, 6);
});

Deno.test("librispeech says how far the files are from the official ones", async () => {
  const { warnings, notes } = await tokenizeToMemory(librispeech, { raw });
  assertEquals(warnings.filter((text) => text.includes("is not the official file")).length, 4);
  for (
    const text of [
      "The files hold 3 speakers in dev-clean, the official ones 40",
      "The files hold 14 recordings in dev-clean, the official ones 2703",
      "The files hold 1 recordings in train-clean-360, the official ones 104014",
    ]
  ) {
    assert(warnings.includes(text), text);
    assert(notes.includes(text), text);
  }
});

Deno.test("librispeech says which part to put where", async () => {
  await inFolder(async (folder) => {
    const tokenize = () => tokenizeToMemory(librispeech, { raw: folder });
    const missing = `"dev-clean.tar.gz" is missing`.replace('"', `"${folder}/`);
    await assertRejects(tokenize, MissingError, missing);
    await unpack(`${raw}/dev-clean.tar.gz`, folder);
    const error = await assertRejects(tokenize, MissingError, "train-clean-100.tar.gz");
    assertEquals(
      error.hint,
      "Download https://www.openslr.org/resources/12/train-clean-100.tar.gz and put it at " +
        `"${folder}/train-clean-100.tar.gz"`,
    );
  });
});

Deno.test("librispeech refuses a damaged recording and names file and frame", async () => {
  await inFolder(async (folder) => {
    await unpack(`${raw}/dev-clean.tar.gz`, folder);
    const path = `${folder}/LibriSpeech/dev-clean/84/121123/84-121123-0000.flac`;
    const bytes = await Deno.readFile(path);
    bytes[bytes.length - 100]! ^= 8;
    await Deno.writeFile(path, bytes);
    await assertRejects(
      () => tokenizeToMemory(librispeech, { raw: folder, variant: "speakers" }),
      DataError,
      `Cannot read "${path}": `,
    );
  });
});
