import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { pythonRandom } from "../../lib/reference/python_random.ts";
import { showAnswer } from "../../lib/datasets/vqa.ts";
import { vqa } from "../../lib/datasets/vqa.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { assertCaptioned, captionedFixtures } from "./captioned_rows.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder, unpack } from "./unpack.ts";
import { fromFileUrl } from "../../lib/util/path.ts";

const raw = fromFileUrl(new URL("../fixtures/raw/vqa", import.meta.url));
const archives = [
  "Annotations_Train_mscoco",
  "Annotations_Val_mscoco",
  "Questions_Train_mscoco",
  "Questions_Val_mscoco",
  "train2014",
  "val2014",
];

/** Runs on the unpacked archives. */
const unpacked = (run: (folder: string) => Promise<void>) =>
  inFolder(async (folder) => {
    for (const archive of archives) await unpack(`${raw}/${archive}.zip`, folder);
    await run(folder);
  });

Deno.test("vqa equals Python's reading of the archives and of the unpacked files", async () => {
  const store = await tokenizeToMemory(vqa, { raw });
  assertCaptioned(store, captionedFixtures.vqa);
  assertEquals(store.counters, {
    "questions whose answer is not among the choices, left out": 3,
  });
  assert(store.warnings.some((text) => text.includes('"train2014" has 14 questions, 248349 in')));
  await unpacked(async (folder) => {
    assertCaptioned(await tokenizeToMemory(vqa, { raw: folder }), captionedFixtures.vqa);
  });
});

Deno.test("vqa draws the same answers for a trial of a few samples", async () => {
  const { rows, lists, labels } = await tokenizeToMemory(vqa, { raw, limit: 4 });
  assertEquals([rows.length, lists.train!.length, lists.test!.length], [8, 4, 4]);
  for (const split of ["train", "test"] as const) {
    const expected = captionedFixtures.vqa[split].slice(0, 4);
    assertEquals(
      lists[split]!.map((row) => labels[row]),
      expected.map(({ label }: { label: number }) => label),
    );
  }
});

Deno.test("showAnswer() decides as Python's Random(0) does over 17 wrong choices", () => {
  const wrong = Array.from({ length: 17 }, (_, i) => `wrong ${i}`);
  const random = pythonRandom(0);
  const shown = Array.from({ length: 12 }, () => showAnswer("right", [...wrong, "right"], random));
  // From CPython: whether the right answer stays, or which of the wrong ones is drawn.
  const expected = [-1, -1, 8, -1, 9, -1, 6, -1, 3, -1, 4, 2];
  assertEquals(
    shown.map((decision) => wrong.indexOf(decision!.answer)),
    expected,
  );
  assertEquals(shown.map((decision) => decision!.label), expected.map((at) => at < 0 ? 1 : 0));
  assertEquals(showAnswer("missing", wrong, random), undefined);
  assertThrows(() => {
    for (;;) showAnswer("right", ["right"], random);
  }, RangeError);
});

Deno.test("vqa refuses files that do not fit together, with the place", async () => {
  const refuses = (file: string, change: (text: string) => string, message: string) =>
    unpacked(async (folder) => {
      const path = `${folder}/${file}.json`;
      await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
      await assertRejects(() => tokenizeToMemory(vqa, { raw: folder }), DataError, message);
    });
  const questions = "MultipleChoice_mscoco_val2014_questions";
  await refuses(
    questions,
    (text) => text.replace(/"question_id": \d+/, '"question_id": 7'),
    `Cannot use "${questions}.json": it lacks the question `,
  );
  await refuses(
    questions,
    (text) => text.replace('"multiple_choices": ["', '"multiple_choices": [5, "'),
    'Cannot use the element 0 of "questions" in "',
  );
  await refuses(
    "mscoco_train2014_annotations",
    (text) => {
      const [first, second] = text.match(/"question_id": \d+/g)!;
      return text.replace(second!, first!);
    },
    "occurs twice",
  );
  await refuses("mscoco_train2014_annotations", () => "{}", "it has no annotations");
  await refuses("mscoco_train2014_annotations", () => "rubbish", "at byte 0 an object is wanted");
});

Deno.test("vqa says which file or image is missing", async () => {
  await unpacked(async (folder) => {
    await Deno.remove(`${folder}/val2014/COCO_val2014_000000000042.jpg`);
    await assertRejects(
      () => tokenizeToMemory(vqa, { raw: folder }),
      MissingError,
      `"${folder}/val2014" lacks 1 images of 2, such as "COCO_val2014_000000000042.jpg"`,
    );
    const file = `${folder}/MultipleChoice_mscoco_train2014_questions.json`;
    await Deno.remove(file);
    await assertRejects(
      () => tokenizeToMemory(vqa, { raw: folder }),
      MissingError,
      `"${folder}/Questions_Train_mscoco.zip" is missing`,
    );
  });
});
