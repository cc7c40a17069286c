/**
 * Questions about pictures with the answers to choose from, made into right and wrong answers.
 *
 * @module
 */

import { z } from "zod";
import type { PythonRandom } from "../../reference/mod.ts";
import { checkJson, DataError } from "../../util/mod.ts";
import { annotationElements, type AnnotationFile } from "./annotations.ts";

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
export interface ShownAnswer {
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
export interface QuestionFiles {
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
export interface QuestionCounts {
  /** Questions whose right answer is not among the choices. */
  readonly dropped: number;
}

/**
 * Hands out the questions of a part in the order of the annotations.
 *
 * Memory holds the annotations' numbers and answers, and those questions that the file has earlier than
 * the annotations: the official files have the same order.
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
    `Cannot use "${questions.file}": it lacks the question ${missing}, which "${annotations.file}" has`,
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
    throw new DataError(`Cannot read "${file.file}": it has no annotations`);
  }
  return { positions, images, answers };
}
