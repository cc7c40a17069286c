import { assertEquals, assertRejects } from "../assert.ts";
import { findRaw } from "../../lib/raw/raw_files.ts";
import { pythonRandom } from "../../lib/reference/python_random.ts";
import {
  annotationElements,
  type AnnotationFile,
  readCaptions,
  readCategories,
} from "../../lib/datasets/families/annotations.ts";
import { type AskedQuestion, readQuestions } from "../../lib/datasets/vqa.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { inFolder } from "./unpack.ts";

/** Writes documents to a folder and gives them as annotation files. */
async function withFiles(
  documents: Readonly<Record<string, unknown>>,
  run: (...files: AnnotationFile[]) => Promise<void>,
) {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/annotations`);
    for (const [file, document] of Object.entries(documents)) {
      await Deno.writeTextFile(`${folder}/annotations/${file}`, JSON.stringify(document));
    }
    const found = await findRaw("toy", folder, { path: "annotations" });
    await run(...Object.keys(documents).map((file) => ({ dataset: "toy", found, file })));
  });
}

const caption = (image: number, caption: string) => ({ ["image_id"]: image, caption });
const instance = (image: number, category: number) => ({
  ["image_id"]: image,
  ["category_id"]: category,
});

Deno.test("annotationElements() says what it reads, also from the file itself", async () => {
  await withFiles({ "a.json": { x: [1, 2], y: [3] } }, async (file) => {
    const all = await Array.fromAsync(annotationElements(file!, ["x", "y"]));
    assertEquals(all.map(({ value }) => value), [1, 2, 3]);
    assertEquals(all[1]!.what.startsWith('the element 1 of "x" in "'), true);
    const path = `${file!.found.path}/a.json`;
    const found = await findRaw("toy", path, { path: "a.json" });
    assertEquals(found.kind, "file");
    const itself = await Array.fromAsync(annotationElements({ ...file!, found }, ["y"]));
    assertEquals(itself.map(({ value }) => value), [3]);
    await assertRejects(
      () => Array.fromAsync(annotationElements({ ...file!, file: "b.json" }, ["x"])),
      MissingError,
      `Cannot tokenize "toy": "${file!.found.path}" lacks "b.json"`,
    );
  });
});

Deno.test("readCaptions() keeps the last caption in the order of the first ones", async () => {
  const annotations = [caption(7, "a"), caption(3, "b"), caption(7, "c"), caption(1, "d")];
  await withFiles({ "c.json": { annotations, images: [{ id: 9 }] } }, async (file) => {
    assertEquals([...await readCaptions(file!)], [[7, "c"], [3, "b"], [1, "d"]]);
  });
});

Deno.test("readCategories() ranks the last instance's category, wherever the list stands", async () => {
  const categories = [{ id: 44, name: "bottle" }, { id: 1, name: "person" }];
  const annotations = [instance(5, 44), instance(6, 1), instance(5, 1), instance(8, 44)];
  for (const document of [{ categories, annotations }, { annotations, categories }]) {
    await withFiles({ "i.json": document }, async (file) => {
      const { classes, names } = await readCategories(file!);
      assertEquals([...classes], [[5, 1], [6, 1], [8, 0]]);
      assertEquals(names, ["bottle", "person"]);
    });
  }
  await withFiles({ "i.json": { annotations, categories: categories.slice(1) } }, async (file) => {
    await assertRejects(
      () => readCategories(file!),
      DataError,
      'Cannot read "i.json": image 8 has the category 44, which is not in the list of 1 categories',
    );
  });
});

const answer = (question: number, image: number, answer: string) => ({
  ["question_id"]: question,
  ["image_id"]: image,
  ["multiple_choice_answer"]: answer,
});
const question = (id: number, choices: readonly string[]) => ({
  ["question_id"]: id,
  question: `question ${id}?`,
  ["multiple_choices"]: choices,
});

Deno.test("readQuestions() follows the annotations, whatever the order of the questions", async () => {
  const choices = ["yes", "no", "2", "red"];
  const annotations = Array.from({ length: 20 }, (_, i) => answer(i, 100 + i, choices[i % 4]!));
  const questions = Array.from({ length: 20 }, (_, i) => question(i, choices));
  const read = async (order: typeof questions) => {
    const asked: AskedQuestion[] = [];
    await withFiles({
      "a.json": { annotations },
      "q.json": { questions: [...order, question(99, choices)] },
    }, async (a, q) => {
      const files = { annotations: a!, questions: q! };
      const { dropped } = await readQuestions(
        files,
        pythonRandom(3),
        (one) => void asked.push(one),
      );
      assertEquals(dropped, 0);
    });
    return asked;
  };
  const inOrder = await read(questions);
  assertEquals(inOrder.map(({ image }) => image), annotations.map((one) => one.image_id));
  assertEquals(inOrder.every(({ question }, i) => question === `question ${i}?`), true);
  assertEquals(await read(questions.toReversed()), inOrder);
  const random = pythonRandom(3);
  inOrder.forEach(({ answer, label }, i) => {
    const right = choices[i % 4]!;
    const wanted = random.random() >= 0.5
      ? [right, 1]
      : [random.choice(choices.filter((choice) => choice !== right)), 0];
    assertEquals([answer, label], wanted);
  });
});

Deno.test("readQuestions() drops questions without drawing, and refuses those without a choice", async () => {
  const annotations = [answer(1, 5, "maybe"), answer(2, 5, "yes")];
  const questions = [question(1, ["yes", "no"]), question(2, ["yes"])];
  await withFiles({ "a.json": { annotations }, "q.json": { questions } }, async (a, q) => {
    const files = { annotations: a!, questions: q! };
    let drawn = 0;
    const fixed = (value: number) => ({
      ...pythonRandom(0),
      random: () => (drawn++, value),
    });
    const asked: AskedQuestion[] = [];
    const { dropped } = await readQuestions(files, fixed(0.5), (one) => void asked.push(one));
    assertEquals([dropped, drawn], [1, 1]);
    assertEquals(asked, [{ image: 5, question: "question 2?", answer: "yes", label: 1 }]);
    await assertRejects(
      () => readQuestions(files, fixed(0.49), () => {}),
      DataError,
      "it has no choice beside the right answer",
    );
  });
});
