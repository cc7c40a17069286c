/**
 * GLUE: nine tasks of English understanding, ten with the two validation sets of MNLI, from the
 * official archives or from the Parquet files of the Hugging Face hub.
 *
 * As in DABS, the test split is the official validation file, since labels of the test files are
 * not public; samples with an empty text are left out; a pair is encoded as one sequence of 128
 * ids. The metric of CoLA is Pearson's correlation of the raw output, not the usual one of
 * Matthews.
 *
 * Sizes, digests and counts: the checksum lists and metadata of TensorFlow Datasets and Hugging
 * Face.
 *
 * @module
 */
import { readFileChunks } from "../formats/bytes/mod.ts";
import { readSeparatedRows } from "../formats/table/mod.ts";
import { findRaw, type FoundRaw, type RawFile } from "../raw/mod.ts";
import type { MetricName, TaskSpec } from "../spec/mod.ts";
import { dirname, unreadable } from "../util/mod.ts";
import type { Conversion, Dataset } from "./conversion/dataset.ts";
import {
  keepRow,
  readSplitFiles,
  type SplitColumns,
  textDataset,
  type TextFilePart,
  type TextRow,
  type TextRowListener,
} from "./families/texts.ts";

/** One task. */
interface GlueTask {
  /** Last part of the id. */
  readonly name: string;
  readonly title: string;
  readonly summary: string;
  readonly licence: string;
  readonly homepage: string;
  readonly citation: string;
  /** Official files. */
  readonly files: readonly RawFile[];
  /**
   * Folder of the tab-separated files; that of the Parquet files on the Hugging Face hub is like
   * it.
   */
  readonly folder: string;
  /**
   * Columns of the tab-separated files: the texts, then the label; positions where no names are.
   * Two sentences and a label if left out.
   */
  readonly columns?: readonly (string | number)[];
  /** Columns of the texts in the Parquet files, where they have other names. */
  readonly hubTexts?: readonly string[];
  /** Classes in label order; undefined for a score. */
  readonly classNames: readonly string[] | undefined;
  /** The accuracy if left out. */
  readonly metric?: MetricName;
  /** Which validation files, where there are two. */
  readonly suffix?: "_matched" | "_mismatched";
  /** Samples of the training and the validation files. */
  readonly official: readonly [train: number, validation: number];
}

const site = "https://dl.fbaipublicfiles.com/glue/data";
const unstated = "None stated; research use";
const entailment = ["entailment", "not_entailment"];

function zip(file: string, bytes: number, sha256: string): RawFile[] {
  return [{ path: `${file}.zip`, url: `${site}/${file}.zip`, bytes, sha256 }];
}

const mnli = {
  licence: "Open American National Corpus licence and others, by genre",
  homepage: "https://cims.nyu.edu/~sbowman/multinli/",
  citation: "A. Williams, N. Nangia, S. Bowman. A broad-coverage challenge corpus for sentence " +
    "understanding through inference. NAACL (2018)",
  files: zip(
    "MNLI",
    312_783_507,
    "e7c1d896d26ed6caf700110645df426cc2d8ebf02a5ab743d5a5c68ac1c83633",
  ),
  folder: "MNLI",
  columns: ["sentence1", "sentence2", "gold_label"],
  hubTexts: ["premise", "hypothesis"],
  classNames: ["entailment", "neutral", "contradiction"],
} as const;

const mrpcColumns = ["#1 String", "#2 String", "Quality"];

const tasks: readonly GlueTask[] = [
  {
    name: "cola",
    title: "GLUE CoLA: is a sentence acceptable English?",
    summary: "9,594 English sentences from linguistics books, acceptable or not.",
    licence: unstated,
    homepage: "https://nyu-mll.github.io/CoLA/",
    citation:
      "A. Warstadt, A. Singh, S. Bowman. Neural network acceptability judgments. TACL (2019)",
    files: zip("CoLA", 376_971, "f212fcd832b8f7b435fb991f101abf89f96b933ab400603bf198960dfc32cbff"),
    folder: "CoLA",
    columns: [3, 1],
    hubTexts: ["sentence"],
    classNames: ["unacceptable", "acceptable"],
    metric: "pearson",
    official: [8_551, 1_043],
  },
  {
    ...mnli,
    name: "mnli-m",
    title: "GLUE MNLI, matched: does one sentence follow from another?",
    summary: "402,517 sentence pairs; tested on the genres of the training pairs.",
    suffix: "_matched",
    official: [392_702, 9_815],
  },
  {
    ...mnli,
    name: "mnli-mm",
    title: "GLUE MNLI, mismatched: does one sentence follow from another?",
    summary: "402,534 sentence pairs; tested on genres that are not among the training pairs.",
    suffix: "_mismatched",
    official: [392_702, 9_832],
  },
  {
    name: "mrpc",
    title: "GLUE MRPC: do two sentences mean the same?",
    summary: "4,076 pairs of sentences from the news, paraphrases of each other or not.",
    licence: "Microsoft Research data licence, research use",
    homepage: "https://www.microsoft.com/en-us/download/details.aspx?id=52398",
    citation:
      "W. Dolan, C. Brockett. Automatically constructing a corpus of sentential paraphrases. " +
      "IWP (2005)",
    files: [
      {
        path: "msr_paraphrase_train.txt",
        url: "https://dl.fbaipublicfiles.com/senteval/senteval_data/msr_paraphrase_train.txt",
        bytes: 1_047_044,
        sha256: "60a9b09084528f0673eedee2b69cb941920f0b8cd0eeccefc464a98768457f89",
      },
      {
        path: "mrpc_dev_ids.tsv",
        url: `${site}/mrpc_dev_ids.tsv`,
        bytes: 6_222,
        sha256: "971d7767d81b997fd9060ade0ec23c4fc31cbb226a55d1bd4a1bac474eb81dc7",
      },
    ],
    folder: "MRPC",
    columns: mrpcColumns,
    hubTexts: ["sentence1", "sentence2"],
    classNames: ["not_equivalent", "equivalent"],
    official: [3_668, 408],
  },
  {
    name: "qnli",
    title: "GLUE QNLI: does a sentence answer a question?",
    summary: "110,206 pairs of a question and a sentence of an encyclopedia.",
    licence: "CC BY-SA 4.0",
    homepage: "https://rajpurkar.github.io/SQuAD-explorer/",
    citation:
      "P. Rajpurkar, J. Zhang, K. Lopyrev, P. Liang. SQuAD: 100,000+ questions for machine " +
      "comprehension of text. EMNLP (2016)",
    files: zip(
      "QNLIv2",
      10_627_589,
      "e634e78627a29adaecd4f955359b22bf5e70f2cbd93b493f2d624138a0c0e5f5",
    ),
    folder: "QNLI",
    columns: ["question", "sentence", "label"],
    classNames: entailment,
    official: [104_743, 5_463],
  },
  {
    name: "qqp",
    title: "GLUE QQP: do two questions mean the same?",
    summary: "404,276 pairs of questions of a question-and-answer site.",
    licence: "Terms of service of Quora, non-commercial use",
    homepage: "https://quoradata.quora.com/First-Quora-Dataset-Release-Question-Pairs",
    citation:
      "S. Iyer, N. Dandekar, K. Csernai. First Quora dataset release: question pairs (2017)",
    files: zip(
      "QQP-clean",
      41_696_084,
      "40e7c862c04eb26ee04b67fd900e76c45c6ba8e6d8fab4f8f1f8072a1a3fbae0",
    ),
    folder: "QQP",
    columns: ["question1", "question2", "is_duplicate"],
    classNames: ["not_duplicate", "duplicate"],
    official: [363_846, 40_430],
  },
  {
    name: "rte",
    title: "GLUE RTE: does a sentence follow from a text?",
    summary: "2,767 pairs of a text and a sentence, from four challenges of textual entailment.",
    licence: unstated,
    homepage: "https://aclweb.org/aclwiki/Recognizing_Textual_Entailment",
    citation:
      "I. Dagan, O. Glickman, B. Magnini. The PASCAL recognising textual entailment challenge " +
      "(2005)",
    files: zip("RTE", 697_150, "6bf86de103ecd335f3441bd43574d23fef87ecc695977a63b82d5efb206556ee"),
    folder: "RTE",
    classNames: entailment,
    official: [2_490, 277],
  },
  {
    name: "sst2",
    title: "GLUE SST-2: is a film review positive?",
    summary: "68,221 sentences and phrases of film reviews, positive or negative.",
    licence: unstated,
    homepage: "https://nlp.stanford.edu/sentiment/",
    citation: "R. Socher and others. Recursive deep models for semantic compositionality over a " +
      "sentiment treebank. EMNLP (2013)",
    files: zip(
      "SST-2",
      7_439_277,
      "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa",
    ),
    folder: "SST-2",
    columns: ["sentence", "label"],
    classNames: ["negative", "positive"],
    official: [67_349, 872],
  },
  {
    name: "stsb",
    title: "GLUE STS-B: how similar are two sentences?",
    summary: "7,249 sentence pairs with a similarity from 0 to 5.",
    licence: "CC BY-SA 4.0 and others, by source",
    homepage: "https://ixa2.si.ehu.eus/stswiki/index.php/STSbenchmark",
    citation:
      "D. Cer, M. Diab, E. Agirre, I. Lopez-Gazpio, L. Specia. SemEval-2017 task 1: semantic " +
      "textual similarity. SemEval (2017)",
    files: zip(
      "STS-B",
      802_872,
      "e60a6393de5a8b5b9bac5020a1554b54e3691f9d600b775bd131e613ac179c85",
    ),
    folder: "STS-B",
    columns: ["sentence1", "sentence2", "score"],
    classNames: undefined,
    metric: "spearman",
    official: [5_749, 1_500],
  },
  {
    name: "wnli",
    title: "GLUE WNLI: what does a pronoun refer to?",
    summary: "706 pairs of a sentence and the same with its pronoun replaced.",
    licence: "CC BY 4.0",
    homepage: "https://cs.nyu.edu/~davise/papers/WinogradSchemas/WS.html",
    citation: "H. Levesque, E. Davis, L. Morgenstern. The Winograd schema challenge. KR (2012)",
    files: zip("WNLI", 28_999, "ae0e8e4d16f4d46d4a0a566ec7ecceccfd3fbfaa4a7a4b4e02848c0f2561ac46"),
    folder: "WNLI",
    classNames: ["not_entailment", "entailment"],
    official: [635, 71],
  },
];

/** The tasks, `glue-cola` to `glue-wnli`. */
export const glue: readonly Dataset[] = tasks.map(glueDataset);

function glueDataset(task: GlueTask): Dataset {
  const { name, title, summary, licence, homepage, citation, suffix = "", official } = task;
  const [main, ...others] = task.files;
  const columns = columnsOf(task);
  const hubFolder = task.folder.toLowerCase().replace("-", "");
  const parts: readonly TextFilePart[] = [
    { split: "train", file: "train.tsv", parquet: "train", official: official[0] },
    {
      split: "test",
      file: `dev${suffix}.tsv`,
      parquet: `validation${suffix}`,
      official: official[1],
    },
  ];
  return textDataset({
    id: `glue-${name}`,
    title,
    domain: "English text",
    role: "transfer",
    summary,
    licence,
    homepage,
    citation,
    files: [{ ...main!, alternatives: [task.folder, hubFolder] }, ...others],
    difference: "training files against validation files, 128 ids",
    tokenizer: "word-piece",
    task: taskOf(task),
    parts,
    columns,
    rows: (found, listener, run) =>
      others.length === 0 || found.kind === "folder"
        ? readSplitFiles(found, parts, columns, listener)
        : readMrpc(found, others[0]!, columns, listener, run),
  });
}

function taskOf({ classNames, metric = "accuracy" }: GlueTask): TaskSpec {
  if (classNames === undefined) return { kind: "regression", classes: 1, metric };
  const kind = classNames.length === 2 ? "binary" : "single-label";
  return { kind, classes: classNames.length, metric, classNames: [...classNames] };
}

function columnsOf(
  { columns = ["sentence1", "sentence2", "label"], classNames, ...task }: GlueTask,
): SplitColumns {
  const { hubTexts = columns.slice(0, -1).map(String) } = task;
  return {
    separated: columns,
    parquet: [...hubTexts, "label"],
    dropEmpty: true,
    labelOf: (cell) => {
      if (cell === "") return undefined;
      if (classNames === undefined) return Math.fround(Number(cell));
      const named = classNames.indexOf(String(cell));
      const label = named >= 0 ? named : Number(cell);
      // The hub marks labels that are not public by -1.
      if (label === -1) return undefined;
      return Number.isInteger(label) && label >= 0 && label < classNames.length ? label : NaN;
    },
  };
}

/**
 * MRPC as its authors hand it out: one table of training pairs, of which a list names those that
 * GLUE keeps for validation.
 *
 * @param list The list beside the table: two ids a line.
 * @throws {MissingError} If the list is not there.
 */
async function* readMrpc(
  { path }: FoundRaw,
  list: RawFile,
  columns: SplitColumns,
  listener: TextRowListener,
  run: Conversion,
): AsyncGenerator<TextRow> {
  const found = await findRaw(run.id, dirname(path), list);
  await run.check(found);
  listener.open("train");
  listener.open("test");
  const validation = new Set<string>();
  const name = found.path;
  const ids = readSeparatedRows(readFileChunks(name), { name, columns: [0, 1] });
  for await (const { values: [first, second], line } of ids) {
    if (second === undefined) {
      throw unreadable(name, `line ${line} has no two ids`);
    }
    validation.add(`${first}\t${second}`);
  }
  const rows = readSeparatedRows(readFileChunks(path), {
    name: path,
    columns: ["#1 ID", "#2 ID", ...mrpcColumns],
  });
  for await (const { values: [first, second, ...cells], line } of rows) {
    const split = validation.has(`${first}\t${second}`) ? "test" : "train";
    const row = keepRow(cells, columns, listener, `"${path}": line ${line}`);
    if (row !== undefined) yield { split, ...row };
  }
}
