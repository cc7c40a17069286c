/**
 * GLUE: nine tasks of English understanding, ten with the two validation sets of MNLI, from the
 * official archives or from the Parquet files of the Hugging Face hub.
 *
 * As in DABS, the test split is the official validation file, since labels of the test files are not
 * public; samples with an empty text are left out; a pair is encoded as one sequence of 128 ids. The
 * metric of CoLA is Pearson's correlation of the raw output, not the usual one of Matthews.
 *
 * @module
 */

import { checkOfficial, findRaw } from "../raw/mod.ts";
import type { TaskSpec } from "../spec/mod.ts";
import { wordPieceCount, wordPieceFile } from "../text/mod.ts";
import { dirname } from "../util/mod.ts";
import type { Dataset, DatasetShape } from "./dataset.ts";
import { type GlueTask, glueTasks } from "./text/glue_tasks.ts";
import { readMrpc } from "./text/mrpc.ts";
import { readSplitFiles, type SplitFiles, type TableColumns } from "./text/split_files.ts";
import { tokenizeText } from "./text/tokenize_text.ts";

/** The tasks, `glue-cola` to `glue-wnli`. */
export const glue: readonly Dataset[] = glueTasks.map(glueDataset);

function glueDataset(task: GlueTask): Dataset {
  const id = `glue-${task.name}`;
  const [main, ...others] = task.files;
  const forms = [main!, { path: task.folder }, { path: task.hubFolder }];
  const shape: DatasetShape = {
    inputs: [{ kind: "tokens", vocabulary: wordPieceCount, length: 128 }],
    task: taskOf(task),
    defaults: { batchSize: 128 },
  };
  return {
    id,
    title: task.title,
    domain: "English text",
    role: "transfer",
    summary: task.summary,
    licence: task.licence,
    homepage: task.homepage,
    citation: task.citation,
    files: [
      { ...main!, alternatives: forms.slice(1).map(({ path }) => path) },
      ...others,
      wordPieceFile,
    ],
    variants: [{ name: "dabs", difference: "training files against validation files, 128 ids" }],

    shape: () => shape,

    async tokenize(context, writer) {
      const found = await findRaw(id, context.raw, forms);
      await checkOfficial(found, context);
      const beside = found.kind === "folder" ? [] : await Promise.all(
        others.map((form) => findRaw(id, dirname(found.path), [form])),
      );
      for (const file of beside) await checkOfficial(file, context);
      const [train, validation] = task.official;
      const { suffix = "" } = task;
      const splits: readonly SplitFiles[] = [
        { split: "train", separated: "train.tsv", parquet: "train" },
        { split: "test", separated: `dev${suffix}.tsv`, parquet: `validation${suffix}` },
      ];
      const columns = columnsOf(task);
      await tokenizeText(
        {
          id,
          place: found.path,
          shape,
          tokenizer: { kind: "word-piece", dataset: id, raw: context.raw },
          parts: [
            { split: "train", file: "train.tsv", official: train },
            { split: "test", file: splits[1]!.separated, official: validation },
          ],
          rows: (listener) =>
            beside.length > 0
              ? readMrpc(found.path, beside[0]!.path, columns, listener)
              : readSplitFiles(found, splits, columns, listener),
        },
        context,
        writer,
      );
      writer.note("The test split is the official validation file, as in DABS");
    },
  };
}

function taskOf({ classNames, metric }: GlueTask): TaskSpec {
  if (classNames === undefined) return { kind: "regression", classes: 1, metric };
  const kind = classNames.length === 2 ? "binary" : "single-label";
  return { kind, classes: classNames.length, metric, classNames: [...classNames] };
}

function columnsOf({ columns, hubTexts, classNames }: GlueTask): TableColumns {
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
