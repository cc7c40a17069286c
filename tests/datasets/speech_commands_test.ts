import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { speechCommands } from "../../lib/datasets/speech_commands.ts";
import { MissingError } from "../../lib/util/errors.ts";
import { type MemoryStore, tokenizeToMemory } from "./memory_store.ts";
import { assertSplits, expectedSplits, rawSpeech } from "./speech/expected_speech.ts";
import { inFolder, unpack } from "./unpack.ts";

const raw = `${rawSpeech}speech-commands`;
const archive = `${raw}/speech_commands_v0.02.tar.gz`;
const leaks = ({ lists }: MemoryStore) =>
  lists.test!.filter((row) => lists.train!.includes(row)).length;

Deno.test("speech-commands equals librosa and the lists: the clean split is the default", async () => {
  const store = await tokenizeToMemory(speechCommands, { raw });
  assertSplits(store, expectedSplits("speech-commands", "clean"));
  assertEquals(leaks(store), 0);
  assertEquals(store.notes.filter((text) => text.includes("generalisation")), []);
});

Deno.test("speech-commands has the published split with its leak, and says so", async () => {
  const store = await tokenizeToMemory(speechCommands, { raw, variant: "reference" });
  assertSplits(store, expectedSplits("speech-commands", "reference"));
  assertEquals(leaks(store), store.lists.test!.length);
  // Eleven files and two validation files once more; a repeated file is no new row.
  assertEquals(store.lists.train!.length, 13);
  assert(store.notes.at(-1)!.startsWith("The training split holds every test recording"));
});

Deno.test("speech-commands reads unpacked folders of any name", async () => {
  const expected = expectedSplits("speech-commands", "clean");
  await inFolder(async (folder) => {
    await unpack(archive, `${folder}/speech_commands_v0.02`);
    assertSplits(await tokenizeToMemory(speechCommands, { raw: folder }), expected);
    await Deno.rename(`${folder}/speech_commands_v0.02`, `${folder}/mine`);
    assertSplits(await tokenizeToMemory(speechCommands, { raw: `${folder}/mine` }), expected);
  });
});

Deno.test("speech-commands takes a last line without a line end as the references do", async () => {
  await inFolder(async (folder) => {
    await unpack(archive, folder);
    for (const name of ["testing_list.txt", "validation_list.txt"]) {
      const text = await Deno.readTextFile(`${folder}/${name}`);
      await Deno.writeTextFile(`${folder}/${name}`, text.trimEnd());
    }
    const clean = await tokenizeToMemory(speechCommands, { raw: folder });
    assertSplits(clean, expectedSplits("speech-commands", "clean"));
    // Only the last test file is taken out; the last validation file is there once instead of twice.
    const published = await tokenizeToMemory(speechCommands, { raw: folder, variant: "reference" });
    assertEquals(published.lists.train!.length, 11);
    assertEquals(leaks(published), published.lists.test!.length - 1);
  });
});

Deno.test("speech-commands has 36 classes in the references' order", () => {
  const { classes, classNames } = variantOf(speechCommands, "clean").shape!.task!;
  assertEquals([classes, new Set(classNames).size], [36, 36]);
  assertEquals([classNames![0], classNames![21], classNames![35]], [
    "eight",
    "cat",
    "_background_noise_",
  ]);
  assertEquals(speechCommands.variants.map(({ name }) => name), ["clean", "reference"]);
});

Deno.test("speech-commands says what is missing", async () => {
  await inFolder(async (folder) => {
    const tokenize = () => tokenizeToMemory(speechCommands, { raw: folder });
    await assertRejects(tokenize, MissingError, 'speech_commands_v0.02.tar.gz" is missing');
    await unpack(archive, folder);
    await Deno.remove(`${folder}/validation_list.txt`);
    await assertRejects(tokenize, MissingError, 'lacks "validation_list.txt"');
    await Deno.writeTextFile(`${folder}/validation_list.txt`, "");
    await Deno.remove(`${folder}/learn/2a7c0f3e_nohash_2.wav`);
    const list = `${folder}/testing_list.txt`;
    await Deno.writeTextFile(list, "learn/2a7c0f3e_nohash_2.wav\n");
    await assertRejects(tokenize, MissingError, 'such as "learn/2a7c0f3e_nohash_2.wav"');
  });
});
