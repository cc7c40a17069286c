import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { voxceleb1 } from "../../lib/datasets/voxceleb1.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { assertSplits, expectedSplits, rawSpeech } from "./speech/expected_speech.ts";
import { inFolder, unpack } from "./unpack.ts";

const raw = `${rawSpeech}voxceleb1`;
const expected = expectedSplits("voxceleb1");

/** Runs on the unpacked audio with a changed list. */
async function withFolder(
  change: (list: string) => string,
  run: (tokenize: () => ReturnType<typeof tokenizeToMemory>, folder: string) => Promise<void>,
) {
  await inFolder(async (folder) => {
    await unpack(`${raw}/vox1_dev_wav.zip`, folder);
    await unpack(`${raw}/vox1_test_wav.zip`, folder);
    const list = await Deno.readTextFile(`${raw}/iden_split.txt`);
    await Deno.writeTextFile(`${folder}/iden_split.txt`, change(list));
    await run(() => tokenizeToMemory(voxceleb1, { raw: folder }), folder);
  });
}

Deno.test("voxceleb1 equals librosa and the list: splits, ranks of speakers, crops", async () => {
  const store = await tokenizeToMemory(voxceleb1, { raw });
  assertSplits(store, expected);
  assert(store.warnings.includes("The files hold 3 speakers, the official ones 1251"));
  await withFolder((list) => list, async (tokenize) => assertSplits(await tokenize(), expected));
});

Deno.test("voxceleb1 reads lists with the line ends of any system", async () => {
  const change = (list: string) => list.trimEnd().replaceAll("\n", "\r\n");
  await withFolder(change, async (tokenize) => assertSplits(await tokenize(), expected));
});

Deno.test("voxceleb1 refuses a list of another form and names the line", async () => {
  await withFolder((list) => list.replace("\n2 ", "\n4 "), async (tokenize, folder) => {
    await assertRejects(
      tokenize,
      DataError,
      `Cannot read "${folder}/iden_split.txt": line 2 is "4 id10002/`,
    );
  });
});

Deno.test("voxceleb1 says what is missing and how to get it", async () => {
  await withFolder((list) => list, async (tokenize, folder) => {
    await Deno.remove(`${folder}/wav/id10001/1zcIwhmdeo4/00001.wav`);
    await assertRejects(tokenize, MissingError, 'such as "id10001/1zcIwhmdeo4/00001.wav"');
    await Deno.remove(`${folder}/wav`, { recursive: true });
    const audio = await assertRejects(tokenize, MissingError, `"${folder}/wav" is missing`);
    assert(audio.hint!.includes("Register at https://www.robots.ox.ac.uk/"));
    await Deno.remove(`${folder}/iden_split.txt`);
    const list = await assertRejects(tokenize, MissingError, 'iden_split.txt" is missing');
    assert(list.hint!.startsWith("Download https://"));
  });
});

Deno.test("voxceleb1 with one archive of two asks for the other", async () => {
  await inFolder(async (folder) => {
    for (const name of ["iden_split.txt", "vox1_dev_wav.zip"]) {
      await Deno.copyFile(`${raw}/${name}`, `${folder}/${name}`);
    }
    await assertRejects(
      () => tokenizeToMemory(voxceleb1, { raw: folder }),
      MissingError,
      'vox1_test_wav.zip" is missing',
    );
  });
});

Deno.test("voxceleb1 has 1,251 classes", () => {
  assertEquals(variantOf(voxceleb1, "metamae").shape!.task!.classes, 1251);
});
