/**
 * VQA, version 1, multiple choice: whether an answer to a question about a photo is right.
 *
 * As in DABS, questions whose right answer is not among the choices are left out; for about half of the
 * others a wrong answer is shown. In the reference the run's global generator decides, which both of its
 * command lines seed with 0: here Python's `Random(0)` does, for the training part, then for the
 * validation part. Question and answer are one text of 32 word pieces. The names of COCO's images follow
 * from their numbers, so its own annotations are not needed. An image is stored once a question, three
 * times on average: the whole store takes 55 GB.
 *
 * @module
 */

import { checkOfficial, findRaw, type RawForm } from "../raw/mod.ts";
import { type PythonRandom, pythonRandom } from "../reference/mod.ts";
import type { StoreWriter } from "../store/mod.ts";
import { openWordPiece, type TextTokenizer, wordPieceFile } from "../text/mod.ts";
import { readQuestions } from "./captioned/choices.ts";
import { captionedShape, captionLength } from "./captioned/shape.ts";
import {
  type CaptionedSamples,
  type CaptionedSplit,
  tokenizeCaptioned,
} from "./captioned/tokenize_captioned.ts";
import type { Dataset, TokenizeContext } from "./dataset.ts";

const id = "vqa";
const seed = 0;
const site = "https://s3.amazonaws.com/cvmlp/vqa/mscoco/vqa";
const cocoSite = "http://images.cocodataset.org/zips";

const shape = captionedShape({
  kind: "binary",
  classes: 2,
  metric: "accuracy",
  classNames: ["wrong answer", "right answer"],
});

interface Part {
  readonly split: "train" | "test";
  /** Part of COCO, such as `train2014`. */
  readonly coco: string;
  /** Questions of the official release, those that are left out included. */
  readonly official: number;
  readonly images: readonly RawForm[];
  readonly annotations: readonly RawForm[];
  readonly questions: readonly RawForm[];
}

function partOf(
  { split, name, coco, official, bytes, sha256 }: {
    readonly split: Part["split"];
    /** As the archives spell it. */
    readonly name: string;
    readonly coco: string;
    readonly official: number;
    readonly bytes: number;
    readonly sha256: string;
  },
): Part {
  const packed = (kind: string) => `${kind}_${name}_mscoco.zip`;
  return {
    split,
    coco,
    official,
    images: [
      { path: `${coco}.zip`, url: `${cocoSite}/${coco}.zip`, bytes, sha256 },
      { path: coco },
    ],
    annotations: [
      { path: packed("Annotations"), url: `${site}/${packed("Annotations")}` },
      { path: `mscoco_${coco}_annotations.json` },
    ],
    questions: [
      { path: packed("Questions"), url: `${site}/${packed("Questions")}` },
      { path: `MultipleChoice_mscoco_${coco}_questions.json` },
    ],
  };
}

const parts: readonly Part[] = [
  partOf({
    split: "train",
    name: "Train",
    coco: "train2014",
    official: 248_349,
    bytes: 13_510_573_713,
    sha256: "ede4087e640bddba550e090eae701092534b554b42b05ac33f0300b984b31775",
  }),
  partOf({
    split: "test",
    name: "Val",
    coco: "val2014",
    official: 121_512,
    bytes: 6_645_013_297,
    sha256: "fe9be816052049c34717e077d9e34aa60814a55679f804cd043e3cbee3b9fde0",
  }),
];

/** VQA. */
export const vqa: Dataset = {
  id,
  title: "VQA v1, multiple choice",
  domain: "captioned images",
  role: "transfer",
  summary: "369,861 questions about photos with a right or a wrong answer, to be told apart.",
  licence: "CC BY 4.0 for the questions; images under the terms of those who uploaded them",
  homepage: "https://visualqa.org/vqa_v1_download.html",
  citation: "S. Antol and others. VQA: visual question answering. ICCV (2015)",
  files: [
    ...parts.flatMap(({ annotations, questions, images }) => [annotations, questions, images])
      .map(([main, ...others]) => ({ ...main!, alternatives: others.map(({ path }) => path) })),
    wordPieceFile,
  ],
  variants: [{
    name: "metamae",
    difference: "train2014 against val2014, answers drawn by Random(0)",
  }],

  shape: () => shape,

  async tokenize(context, writer) {
    const tokenizer = await openWordPiece(context.raw, context);
    const random = pythonRandom(seed);
    const splits: CaptionedSplit[] = [];
    for (const part of parts) {
      splits.push(await readPart(part, { random, tokenizer, context, writer }));
    }
    await tokenizeCaptioned({ id, shape, splits }, context, writer);
    writer.note(`Answers drawn by Python's Random(${seed}), the training part first`);
  },
};

interface PartOptions {
  readonly random: PythonRandom;
  readonly tokenizer: TextTokenizer;
  readonly context: TokenizeContext;
  readonly writer: StoreWriter;
}

/** Reads the questions of a part and decides which answers are shown. */
async function readPart(
  { split, coco, official, ...forms }: Part,
  { random, tokenizer, context, writer }: PartOptions,
): Promise<CaptionedSplit> {
  const [annotations, questions, images] = [
    await findRaw(id, context.raw, forms.annotations),
    await findRaw(id, context.raw, forms.questions),
    await findRaw(id, context.raw, forms.images),
  ];
  await checkOfficial(annotations, context);
  await checkOfficial(questions, context);
  const samples = createSampleTable(coco);
  const { dropped } = await readQuestions(
    {
      annotations: { dataset: id, found: annotations, file: `mscoco_${coco}_annotations.json` },
      questions: {
        dataset: id,
        found: questions,
        file: `MultipleChoice_mscoco_${coco}_questions.json`,
      },
    },
    random,
    ({ image, question, answer, label }) => {
      context.signal.throwIfAborted();
      samples.add(image, tokenizer.encode([question, answer], captionLength), label);
      if (samples.count % 1000 === 0) context.progress(samples.count, official, "questions");
    },
  );
  const found = samples.count + dropped;
  if (found !== official) {
    const text = `The part "${coco}" has ${found} questions, ${official} in the official files`;
    context.warn(text);
    writer.note(text);
  }
  writer.count("questions whose answer is not among the choices, left out", dropped);
  return { split, images, samples };
}

/** Samples by columns, since there are many. */
function createSampleTable(coco: string) {
  const images: number[] = [];
  const labels: number[] = [];
  let table = new Uint16Array(1024 * captionLength);
  const samples: CaptionedSamples = {
    get count() {
      return images.length;
    },
    image: (sample) => `COCO_${coco}_${String(images[sample]!).padStart(12, "0")}.jpg`,
    ids: (sample) => table.slice(sample * captionLength, (sample + 1) * captionLength),
    label: (sample) => labels[sample],
  };
  return Object.assign(samples, {
    add: (image: number, ids: Int32Array, label: number) => {
      const start = images.length * captionLength;
      if (start === table.length) {
        const larger = new Uint16Array(2 * table.length);
        larger.set(table);
        table = larger;
      }
      table.set(ids, start);
      images.push(image);
      labels.push(label);
    },
  });
}
