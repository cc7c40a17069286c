import { variantOf } from "../../lib/datasets/conversion/dataset.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { audioMnist } from "../../lib/datasets/audio_mnist.ts";
import { MissingError } from "../../lib/util/errors.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { assertSplits, expectedSplits, rawSpeech } from "./speech/expected_speech.ts";
import { inFolder, unpack } from "./unpack.ts";

const raw = `${rawSpeech}audio-mnist`;
const expected = expectedSplits("audio-mnist");

Deno.test("audio-mnist equals librosa: speakers of both splits, digits, pictures", async () => {
  const store = await tokenizeToMemory(audioMnist, { raw });
  assertSplits(store, expected);
  assert(store.warnings.includes("The files hold 6 training recordings, the official ones 24000"));
  assert(store.notes.includes("The files hold 4 test recordings, the official ones 6000"));
});

Deno.test("audio-mnist reads the unpacked repository and its data folder", async () => {
  await inFolder(async (folder) => {
    await unpack(`${raw}/AudioMNIST-master.zip`, folder);
    assertSplits(await tokenizeToMemory(audioMnist, { raw: folder }), expected);
    const repository = `${folder}/AudioMNIST-master`;
    assertSplits(await tokenizeToMemory(audioMnist, { raw: repository }), expected);
    assertSplits(await tokenizeToMemory(audioMnist, { raw: `${repository}/data` }), expected);
  });
});

Deno.test("audio-mnist passes over files that are no recordings of its speakers", async () => {
  await inFolder(async (folder) => {
    await unpack(`${raw}/AudioMNIST-master.zip`, folder);
    const data = `${folder}/AudioMNIST-master/data`;
    for (const name of ["61/0_61_0.wav", "00/0_00_0.wav", "01/0_02_0.wav", "01/a_01_0.wav"]) {
      await Deno.mkdir(`${data}/${name.slice(0, 2)}`, { recursive: true });
      await Deno.writeTextFile(`${data}/${name}`, "no audio");
    }
    assertSplits(await tokenizeToMemory(audioMnist, { raw: folder }), expected);
  });
});

Deno.test("audio-mnist says which archive to put where", async () => {
  await inFolder(async (folder) => {
    const error = await assertRejects(
      () => tokenizeToMemory(audioMnist, { raw: folder }),
      MissingError,
      `"${folder}/AudioMNIST-master.zip" is missing ("AudioMNIST-master", "AudioMNIST", "data"`,
    );
    assert(error.hint!.startsWith("Download https://github.com/soerenab/AudioMNIST/"));
  });
});

Deno.test("audio-mnist has ten digits and batches of 64", () => {
  const { task, defaults } = variantOf(audioMnist, "metamae").shape!;
  assertEquals([task!.classes, task!.classNames!.join(""), defaults.batchSize], [
    10,
    "0123456789",
    64,
  ]);
});
