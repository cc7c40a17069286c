/**
 * Fluent Speech Commands: one corpus, three tasks.
 *
 * @module
 */

import { unreadable } from "../util/mod.ts";
import type { Plan, SourceFiles } from "./conversion/convert_files.ts";
import { type Dataset, singleLabel } from "./conversion/dataset.ts";
import { readColumns } from "./conversion/text_lists.ts";
import { type Clip, speechConstants, speechDataset, speechShape } from "./families/speech.ts";

const official = { train: 23_132, valid: 3_118, test: 3_793 };

/** A task of the corpus. */
interface FluentTask {
  /** Column of the label. */
  readonly column: "location" | "action" | "object";
  /** Values of the column, in the order of the classes. Labels are texts: `none` is one of them. */
  readonly classNames: readonly string[];
}

/** Where a command applies. */
export const fluentLocation: Dataset = fluentDataset({
  column: "location",
  classNames: ["none", "kitchen", "bedroom", "washroom"],
});

/** What a command asks for. */
export const fluentAction: Dataset = fluentDataset({
  column: "action",
  // deno-fmt-ignore
  classNames: ["change language", "activate", "deactivate", "increase", "decrease", "bring"],
});

/** What a command is about. */
export const fluentObject: Dataset = fluentDataset({
  column: "object",
  // deno-fmt-ignore
  classNames: [
    "none", "music", "lights", "volume", "heat", "lamp", "newspaper", "juice", "socks", "shoes",
    "Chinese", "Korean", "English", "German",
  ],
});

/**
 * Makes the data set of a task. Training and validation rows of the official tables are the
 * training split; the speakers of the test table are others.
 */
function fluentDataset(task: FluentTask): Dataset {
  const { column, classNames } = task;
  return speechDataset({
    id: `fluent-${column}`,
    title: `Fluent Speech Commands: ${column}`,
    role: "transfer",
    summary:
      `30,043 spoken commands at 16 kHz; the ${column} is one of ${classNames.length} classes.`,
    licence: "Fluent Speech Commands public licence, academic use",
    homepage:
      "https://fluent.ai/fluent-speech-commands-a-dataset-for-spoken-language-understanding" +
      "-research/",
    citation:
      "L. Lugosch, M. Ravanelli, P. Ignoto, V. S. Tomar, Y. Bengio. Speech model pre-training " +
      "for end-to-end spoken language understanding. Interspeech (2019)",
    files: [{
      path: "jf8398hf30f0381738rucj3828chfdnchs.tar.gz",
      how: "Ask for the archive at https://fluent.ai (its download address is often out of reach)",
      alternatives: ["fluent_speech_commands_dataset"],
    }],
    variants: [{
      name: "metamae",
      difference: "training and validation rows against test rows",
      shape: speechShape(singleLabel(classNames)),
    }],
    constants: speechConstants.Fluent,
    keyOf: (path) => /(?:^|\/)(wavs\/.+\.wav)$/.exec(path)?.[1],
    textOf: (path) => /(?:^|\/)data\/((?:train|valid|test)_data\.csv)$/.exec(path)?.[1],
    plan: (files) => plan(files, task),
  });
}

function plan(files: SourceFiles, task: FluentTask): Plan<Clip> {
  const [train, valid, test] = ["train", "valid", "test"].map((name) =>
    readTable(files, `${name}_data.csv`, task)
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
  files: SourceFiles,
  name: string,
  { column, classNames }: FluentTask,
): readonly Clip[] {
  const file = files.text(name, `"data/${name}"`);
  const lacking = `no columns "path" and "${column}"`;
  return readColumns(file, ["path", column], lacking).map(([key, text], i) => {
    const label = classNames.indexOf(text!);
    if (label >= 0) return { key: key!, label };
    throw unreadable(
      file.path,
      `row ${i + 1} has the ${column} ${JSON.stringify(text)}, ` +
        `the valid ones are ${classNames.join(", ")}`,
    );
  });
}
