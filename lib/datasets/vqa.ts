/**
 * VQA, version 1, multiple choice: whether an answer to a question about a photo is right.
 *
 * As in DABS, questions whose right answer is not among the choices are left out; for about half of
 * the others a wrong answer is shown. In the reference the run's global generator decides, which
 * both of its command lines seed with 0: here Python's `Random(0)` does, for the training part,
 * then for the validation part. Question and answer are one text of 32 word pieces. The names of
 * COCO's images follow from their numbers, so its own annotations are not needed. An image is
 * stored once a question, three times on average: the whole store takes 55 GB.
 *
 * @module
 */

import { z } from "zod";
import type { RawFile } from "../raw/mod.ts";
import { type PythonRandom, pythonRandom } from "../reference/mod.ts";
import { openWordPiece, wordPieceFile } from "../text/mod.ts";
import { checkJson, DataError, unreadable } from "../util/mod.ts";
import type { Conversion, Dataset } from "./conversion/dataset.ts";
import { annotationElements, type AnnotationFile } from "./families/annotations.ts";
import {
  type CaptionedSample,
  captionedShape,
  type CaptionedSplit,
  convertCaptioned,
} from "./families/captioned.ts";

const seed = 0;
const site = "https://s3.amazonaws.com/cvmlp/vqa/mscoco/vqa";
const cocoSite = "http://images.cocodataset.org/zips";

interface Part {
  readonly split: "train" | "test";
  /** Part of COCO, such as `train2014`. */
  readonly coco: string;
  /** Questions of the official release, those that are left out included. */
  readonly official: number;
  readonly images: RawFile;
  readonly annotations: RawFile;
  readonly questions: RawFile;
}

/** The files of a part, whose archives spell it in their own way. */
function partFiles(name: string, coco: string): Pick<Part, "annotations" | "questions"> {
  const packed = (kind: string, unpacked: string): RawFile => ({
    path: `${kind}_${name}_mscoco.zip`,
    url: `${site}/${kind}_${name}_mscoco.zip`,
    alternatives: [unpacked],
  });
  return {
    annotations: packed("Annotations", annotationsOf(coco)),
    questions: packed("Questions", questionsOf(coco)),
  };
}

const annotationsOf = (coco: string) => `mscoco_${coco}_annotations.json`;
const questionsOf = (coco: string) => `MultipleChoice_mscoco_${coco}_questions.json`;

const parts: readonly Part[] = [
  {
    split: "train",
    coco: "train2014",
    official: 248_349,
    ...partFiles("Train", "train2014"),
    images: {
      path: "train2014.zip",
      url: `${cocoSite}/train2014.zip`,
      bytes: 13_510_573_713,
      sha256: "ede4087e640bddba550e090eae701092534b554b42b05ac33f0300b984b31775",
      alternatives: ["train2014"],
    },
  },
  {
    split: "test",
    coco: "val2014",
    official: 121_512,
    ...partFiles("Val", "val2014"),
    images: {
      path: "val2014.zip",
      url: `${cocoSite}/val2014.zip`,
      bytes: 6_645_013_297,
      sha256: "fe9be816052049c34717e077d9e34aa60814a55679f804cd043e3cbee3b9fde0",
      alternatives: ["val2014"],
    },
  },
];

/** VQA. */
export const vqa: Dataset = {
  id: "vqa",
  title: "VQA v1, multiple choice",
  domain: "captioned images",
  role: "transfer",
  summary: "369,861 questions about photos with a right or a wrong answer, to be told apart.",
  licence: "CC BY 4.0 for the questions; images under the terms of those who uploaded them",
  homepage: "https://visualqa.org/vqa_v1_download.html",
  citation: "S. Antol and others. VQA: visual question answering. ICCV (2015)",
  files: [
    ...parts.flatMap(({ annotations, questions, images }) => [annotations, questions, images]),
    wordPieceFile,
  ],
  variants: [{
    name: "metamae",
    difference: "train2014 against val2014, answers drawn by Random(0)",
    shape: captionedShape({
      kind: "binary",
      classes: 2,
      metric: "accuracy",
      classNames: ["wrong answer", "right answer"],
    }),
  }],
  async convert(run) {
    const tokenizer = await openWordPiece(run.raw, run);
    const random = pythonRandom(seed);
    const splits: CaptionedSplit[] = [];
    for (const part of parts) splits.push(await readPart(part, random, run));
    await convertCaptioned(splits, tokenizer, run);
    run.writer.note(`Answers drawn by Python's Random(${seed}), the training part first`);
  },
};

/** Reads the questions of a part and decides which answers are shown. */
async function readPart(
  { split, coco, official, ...files }: Part,
  random: PythonRandom,
  run: Conversion,
): Promise<CaptionedSplit> {
  const [annotations, questions, images] = [
    await run.locate(files.annotations),
    await run.locate(files.questions),
    await run.locate(files.images),
  ];
  await run.check(annotations);
  await run.check(questions);
  const samples: CaptionedSample[] = [];
  const { dropped } = await readQuestions(
    {
      annotations: { dataset: run.id, found: annotations, file: annotationsOf(coco) },
      questions: { dataset: run.id, found: questions, file: questionsOf(coco) },
    },
    random,
    ({ image, question, answer, label }) => {
      run.signal.throwIfAborted();
      samples.push({
        image: `COCO_${coco}_${String(image).padStart(12, "0")}.jpg`,
        texts: [question, answer],
        label,
      });
      if (samples.length % 1000 === 0) run.progress(samples.length, official, "questions");
    },
  );
  const found = samples.length + dropped;
  const text = `The part "${coco}" has ${found} questions, ${official} in the official files`;
  run.expect(found, official, text);
  run.writer.count("questions whose answer is not among the choices, left out", dropped);
  return { split, images, samples };
}

const id = z.number().int().nonnegative();
const annotation = z.object({
  ["question_id"]: id,
  ["image_id"]: id,
  ["multiple_choice_answer"]: z.string(),
});
const question = z.object({
  ["question_id"]: id,
  question: z.string(),
  ["multiple_choices"]: z.array(z.string()),
});

/** An answer as it is shown, right or wrong. */
interface ShownAnswer {
  readonly answer: string;
  /** 1 if it is the right one. */
  readonly label: 0 | 1;
}

/**
 * Keeps the right answer, or takes one of the others instead: one `random()` decides (below 0.5:
 * another), then `choice` draws among the choices that differ from the right answer.
 *
 * @returns Nothing if the right answer is not among the choices; then nothing is drawn.
 * @throws {RangeError} If another answer is due and there is none.
 */
export function showAnswer(
  answer: string,
  choices: readonly string[],
  random: PythonRandom,
): ShownAnswer | undefined {
  if (!choices.includes(answer)) return undefined;
  if (random.random() >= 0.5) return { answer, label: 1 };
  return { answer: random.choice(choices.filter((choice) => choice !== answer)), label: 0 };
}

/** The files of one part. */
interface QuestionFiles {
  /** Holds the right answers. */
  readonly annotations: AnnotationFile;
  /** Holds the questions with their choices. */
  readonly questions: AnnotationFile;
}

/** A question with an answer. */
export interface AskedQuestion extends ShownAnswer {
  /** Number of the image. */
  readonly image: number;
  readonly question: string;
}

/** What came of the questions of a part. */
interface QuestionCounts {
  /** Questions whose right answer is not among the choices. */
  readonly dropped: number;
}

/**
 * Hands out the questions of a part in the order of the annotations.
 *
 * Memory holds the annotations' numbers and answers, and those questions that the file has earlier
 * than the annotations: the official files have the same order.
 *
 * @throws {DataError} If a file is damaged, or a question that is annotated is not there.
 */
export async function readQuestions(
  { annotations, questions }: QuestionFiles,
  random: PythonRandom,
  take: (asked: AskedQuestion) => void,
): Promise<QuestionCounts> {
  const { positions, images, answers } = await readAnswers(annotations);
  const early = new Map<number, { readonly question: string; readonly choices: string[] }>();
  let next = 0;
  let dropped = 0;
  const decide = (text: string, choices: readonly string[]) => {
    const shown = showAnswer(answers[next]!, choices, random);
    if (shown === undefined) dropped++;
    else take({ image: images[next]!, question: text, ...shown });
    next++;
  };
  for await (const { value, what } of annotationElements(questions, ["questions"])) {
    const { question_id: number, ...read } = checkJson(value, question, what);
    const position = positions.get(number);
    if (position === undefined) continue;
    early.set(position, { question: read.question, choices: read.multiple_choices });
    for (let known = early.get(next); known !== undefined; known = early.get(next)) {
      early.delete(next);
      try {
        decide(known.question, known.choices);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw new DataError(`Cannot use ${what}: it has no choice beside the right answer`);
      }
    }
  }
  if (next === answers.length) return { dropped };
  const [missing] = [...positions].find(([, position]) => position === next)!;
  throw new DataError(
    `Cannot use "${questions.file}": it lacks the question ${missing}, which ` +
      `"${annotations.file}" has`,
  );
}

async function readAnswers(file: AnnotationFile) {
  /** Position of every question among the annotations. */
  const positions = new Map<number, number>();
  const images: number[] = [];
  const answers: string[] = [];
  // The same few answers occur again and again.
  const known = new Map<string, string>();
  for await (const { value, what } of annotationElements(file, ["annotations"])) {
    const read = checkJson(value, annotation, what);
    if (positions.has(read.question_id)) {
      throw new DataError(`Cannot use ${what}: the question ${read.question_id} occurs twice`);
    }
    positions.set(read.question_id, answers.length);
    images.push(read.image_id);
    const answer = read.multiple_choice_answer;
    answers.push(known.get(answer) ?? (known.set(answer, answer), answer));
  }
  if (answers.length === 0) {
    throw unreadable(file.file, "it has no annotations");
  }
  return { positions, images, answers };
}
