import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { fluentAction } from "../../lib/datasets/fluent.ts";
import { fluentLocation } from "../../lib/datasets/fluent.ts";
import { fluentObject } from "../../lib/datasets/fluent.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { assertSplits, expectedSplits, rawSpeech } from "./speech/expected_speech.ts";
import { inFolder, unpack } from "./unpack.ts";

const raw = `${rawSpeech}fluent`;
const archive = `${raw}/jf8398hf30f0381738rucj3828chfdnchs.tar.gz`;

for (const dataset of [fluentLocation, fluentAction, fluentObject]) {
  Deno.test(`${dataset.id} equals the csv module and librosa: splits, labels, pictures`, async () => {
    const expected = expectedSplits(dataset.id);
    const store = await tokenizeToMemory(dataset, { raw });
    assertSplits(store, expected);
    assert(store.warnings.includes("The files hold 1 validation rows, the official ones 3118"));
    await inFolder(async (folder) => {
      await unpack(archive, folder);
      assertSplits(await tokenizeToMemory(dataset, { raw: folder }), expected);
    });
  });
}

Deno.test("fluent-location keeps the text none as a class of its own", async () => {
  const { lists, labels } = await tokenizeToMemory(fluentLocation, { raw });
  assertEquals(lists.train!.map((row) => labels[row]), [0, 0, 3, 0]);
  assertEquals(variantOf(fluentLocation, "metamae").shape!.task!.classNames![0], "none");
});

Deno.test("fluent data sets have 4, 6 and 14 classes", () => {
  const classes = [fluentLocation, fluentAction, fluentObject].map((dataset) =>
    variantOf(dataset, "metamae").shape!.task!.classes
  );
  assertEquals(classes, [4, 6, 14]);
});

/** Runs on a table of which a text was replaced. */
async function withTable(
  from: string | RegExp,
  to: string,
  run: (tokenize: () => Promise<unknown>, folder: string) => Promise<void>,
) {
  await inFolder(async (folder) => {
    await unpack(archive, folder);
    const path = `${folder}/fluent_speech_commands_dataset/data/test_data.csv`;
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace(from, to));
    await run(() => tokenizeToMemory(fluentAction, { raw: folder }), folder);
  });
}

Deno.test("fluent-action refuses unknown labels, missing columns and broken tables", async () => {
  await withTable(",deactivate,", ",sing,", async (tokenize) => {
    await assertRejects(
      tokenize,
      DataError,
      'data/test_data.csv": row 1 has the action "sing", the valid ones are change language, activate',
    );
  });
  await withTable(",action,", ",deed,", async (tokenize) => {
    await assertRejects(tokenize, DataError, 'has no columns "path" and "action"');
  });
  await withTable(/kitchen\n/, "kitchen,more\n", async (tokenize) => {
    await assertRejects(tokenize, DataError, "Invalid Record Length");
  });
});

Deno.test("fluent-action says which recording or table is missing", async () => {
  await withTable("test-1.wav", "test-9.wav", async (tokenize) => {
    await assertRejects(
      tokenize,
      MissingError,
      'lacks 1 recording that the splits name, such as "wavs/speakers/testSpeaker/test-9.wav"',
    );
  });
  await withTable("", "", async (tokenize, folder) => {
    await Deno.remove(`${folder}/fluent_speech_commands_dataset/data/valid_data.csv`);
    await assertRejects(tokenize, MissingError, 'lacks "data/valid_data.csv"');
  });
  await inFolder(async (folder) => {
    await assertRejects(
      () => tokenizeToMemory(fluentAction, { raw: folder }),
      MissingError,
      '.tar.gz" is missing ("fluent_speech_commands_dataset" would do as well)',
    );
  });
});
