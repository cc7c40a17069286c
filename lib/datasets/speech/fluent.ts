/**
 * Fluent Speech Commands: one corpus, three tasks. A data set for each is made here.
 *
 * @module
 */

import { parse } from "csv-parse/sync";
import { findRaw, type RawForm } from "../../raw/mod.ts";
import type { TaskSpec } from "../../spec/mod.ts";
import { DataError, MissingError } from "../../util/mod.ts";
import type { Dataset, DatasetShape } from "../dataset.ts";
import type { Clip, SpeechPlan } from "./clips.ts";
import { speechConstants, speechDefaults, speechInput } from "./constants.ts";
import { type SpeechFiles, tokenizeSpeech } from "./tokenize_speech.ts";

const official = { train: 23_132, valid: 3_118, test: 3_793 };

const forms: readonly RawForm[] = [
  {
    path: "jf8398hf30f0381738rucj3828chfdnchs.tar.gz",
    how: "Ask for the archive at https://fluent.ai (its download address is often out of reach)",
  },
  { path: "fluent_speech_commands_dataset" },
];

/** A task of the corpus. */
export interface FluentTask {
  /** Id of the data set. */
  readonly id: string;
  /** Column of the label. */
  readonly column: "location" | "action" | "object";
  /** Values of the column, in the order of the classes. */
  readonly classNames: readonly string[];
}

/**
 * Makes the data set of a task. Training and validation rows of the official tables are the training
 * split; the speakers of the test table are others. Labels are texts: `none` is one of them.
 */

export function fluentDataset({ id, column, classNames }: FluentTask): Dataset {
  const task: TaskSpec = {
    kind: "single-label",
    classes: classNames.length,
    metric: "accuracy",
    classNames: [...classNames],
  };
  const shape: DatasetShape = { inputs: [speechInput], task, defaults: speechDefaults };
  return {
    id,
    title: `Fluent Speech Commands: ${column}`,
    domain: "speech",
    role: "transfer",
    summary:
      `30,043 spoken commands at 16 kHz; the ${column} is one of ${classNames.length} classes.`,
    licence: "Fluent Speech Commands public licence, academic use",
    homepage:
      "https://fluent.ai/fluent-speech-commands-a-dataset-for-spoken-language-understanding" +
      "-research/",
    citation:
      "L. Lugosch, M. Ravanelli, P. Ignoto, V. S. Tomar, Y. Bengio. Speech model pre-training for " +
      "end-to-end spoken language understanding. Interspeech (2019)",
    files: [{
      path: forms[0]!.path,
      how: forms[0]!.how!,
      alternatives: [forms[1]!.path],
    }],
    variants: [{ name: "metamae", difference: "training and validation rows against test rows" }],

    shape: () => shape,

    async tokenize(context, writer) {
      const found = await findRaw(id, context.raw, forms);
      await tokenizeSpeech(
        {
          id,
          task,
          found: [found],
          ...speechConstants.Fluent,
          keyOf: (path) => /(?:^|\/)(wavs\/.+\.wav)$/.exec(path)?.[1],
          textOf: (path) => /(?:^|\/)data\/((?:train|valid|test)_data\.csv)$/.exec(path)?.[1],
          plan: (files) => plan(files, { id, column, classNames }, found.path),
        },
        context,
        writer,
      );
    },
  };
}

function plan(files: SpeechFiles, task: FluentTask, place: string): SpeechPlan {
  const [train, valid, test] = ["train", "valid", "test"].map((name) =>
    readTable(files, `${name}_data.csv`, task, place)
  ) as [Clip[], Clip[], Clip[]];
  return {
    splits: { train: [...train, ...valid], test },
    counts: [
      { what: "training rows", found: train.length, official: official.train },
      { what: "validation rows", found: valid.length, official: official.valid },
      { what: "test rows", found: test.length, official: official.test },
    ],
  };
}

/** The recordings of one table, in its order. */
function readTable(
  { texts }: SpeechFiles,
  name: string,
  { id, column, classNames }: FluentTask,
  place: string,
): readonly Clip[] {
  const text = texts.get(name);
  const path = `${place}/data/${name}`;
  if (text === undefined) {
    throw new MissingError(`Cannot tokenize "${id}": "${place}" lacks "data/${name}"`);
  }
  const rows = parseTable(text, path);
  const [header = [], ...body] = rows;
  const [pathAt, labelAt] = [header.indexOf("path"), header.indexOf(column)];
  if (pathAt < 0 || labelAt < 0) {
    throw new DataError(
      `Cannot read "${path}": its first line has no columns "path" and "${column}"`,
    );
  }
  return body.map((row, i) => {
    const label = classNames.indexOf(row[labelAt]!);
    if (label >= 0) return { key: row[pathAt]!, label };
    throw new DataError(
      `Cannot read "${path}": row ${i + 1} has the ${column} ${JSON.stringify(row[labelAt])}, ` +
        `the valid ones are ${classNames.join(", ")}`,
    );
  });
}

function parseTable(text: string, path: string): readonly (readonly string[])[] {
  try {
    return parse(text, { skip_empty_lines: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`Cannot read "${path}": ${reason}`, { cause: error });
  }
}
