import { assert, assertEquals, assertRejects } from "../assert.ts";
import { folder } from "../../lib/datasets/folder.ts";
import { DataError, MissingError, UsageError } from "../../lib/util/errors.ts";
import { assertClose, expected, labelsOf, own, storedRows } from "./generic/own_data.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder } from "./unpack.ts";

const images = (options: Record<string, string | number | boolean> = {}) =>
  tokenizeToMemory(folder, { raw: own("images"), options });
const recordings = { labelPattern: "^(\\d)_", testPattern: "_0\\.wav$" };

Deno.test("folder equals Pillow: classes and splits by sub-folder, resized colours and greys", async () => {
  const colours = await images({ size: 16 });
  const greys = await images({ size: 8, grey: true });
  for (const split of ["train", "test"] as const) {
    const { labels, rgb16, grey8 } = expected.images[split];
    assertEquals(labelsOf(colours, split), labels);
    const every = (rows: number[][], step: number) =>
      rows.map((row) => row.filter((_, i) => i % step === 0));
    assertEquals(every(storedRows(colours, split), 37), rgb16);
    assertEquals(every(storedRows(greys, split), 5), grey8);
  }
  assertEquals(colours.declaration.task!.classNames, ["cat", "dog"]);
  assertEquals(colours.declaration.inputs, [
    { kind: "image", channels: 3, height: 16, width: 16, patch: 4 },
  ]);
  assertEquals(colours.declaration.columns, [{ dtype: "uint8", divisor: 255 }]);
});

Deno.test("folder normalises by the training images only", async () => {
  const { declaration } = await images({ size: 16, normalize: "standard" });
  const { mean, deviation } = declaration.columns[0]!;
  assertClose([mean!, deviation!], [expected.images.mean, expected.images.deviation], 1e-9);
});

Deno.test("folder equals librosa: classes and splits by patterns on file names", async () => {
  const store = await tokenizeToMemory(folder, { raw: own("recordings"), options: recordings });
  assertEquals(store.declaration.columns[0]!.look, "spectrogram", "low frequencies at the bottom");
  const { bands, mean, deviation, ...splits } = expected.recordings;
  for (const split of ["train", "test"] as const) {
    const cells = storedRows(store, split).map((row) => bands.map((b: number) => row[b * 224]!));
    assertClose(cells, splits[split], 1e-3);
    assertEquals(labelsOf(store, split), [0, 0, 1, 1]);
  }
  assertEquals(store.declaration.task!.classNames, ["3", "7"]);
  const column = store.declaration.columns[0]!;
  assertClose([[column.mean![0]!, column.deviation![0]!]], [[mean, deviation]], 1e-4);
});

Deno.test("folder without class names stores no labels and says so", async () => {
  const store = await tokenizeToMemory(folder, { raw: own("images/train/cat") });
  assertEquals(store.declaration.task, undefined);
  assertEquals(store.warnings, ["The files name no classes: the store has no labels"]);
  assertEquals([store.lists.train!.length, store.lists.test!.length], [1, 1]);
});

Deno.test("folder reads archives, and with a limit decodes only what it keeps", async () => {
  const audioMnist = own("../audio-mnist/AudioMNIST-master.zip");
  const options = { labelPattern: "^(\\d)_" };
  const { rows, lists } = await tokenizeToMemory(folder, { raw: audioMnist, options, limit: 2 });
  assertEquals([rows.length, lists.train!.length, lists.test!.length], [3, 2, 1]);
});

Deno.test("folder refuses mixed media, names that match no pattern, damaged and missing files", async () => {
  await inFolder(async (raw) => {
    const convert = (options = {}) => tokenizeToMemory(folder, { raw, options });
    await assertRejects(convert, MissingError, `"${raw}" holds no files that end in .jpg, .jpeg`);
    await Deno.copyFile(own("images/train/cat/0.png"), `${raw}/0.png`);
    await Deno.writeFile(`${raw}/1.png`, (await Deno.readFile(`${raw}/0.png`)).slice(0, 300));
    await assertRejects(convert, DataError, `"${raw}/1.png"`);
    await assertRejects(
      () => convert({ labelPattern: "^(\\d)_" }),
      DataError,
      "does not match the label pattern /^(\\d)_/u",
    );
    await assertRejects(() => convert({ labelPattern: "(" }), UsageError, '"--label-pattern": ');
    await Deno.copyFile(own("recordings/3_ann_0.wav"), `${raw}/2.wav`);
    await assertRejects(convert, UsageError, "holds 1 recordings and 2 images, one kind is wanted");
    await Deno.writeTextFile(`${raw}/.hidden.png`, "");
    await Deno.remove(`${raw}/2.wav`);
    await assertRejects(
      () => convert({ size: 30, patch: 4 }),
      UsageError,
      "no multiple of the patch 4",
    );
  });
});

Deno.test("folder lists its options in the message on a wrong one", async () => {
  const error = await assertRejects(
    () => images({ sise: 16 }),
    UsageError,
    'Cannot use the options of "folder": it has no "--sise"',
  );
  assert(error.hint!.includes("--help"));
  await assertRejects(() => images({ size: 4 }), UsageError, '"--size": ');
});
