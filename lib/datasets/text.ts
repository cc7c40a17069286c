/**
 * The users' own texts: every line a sample, or every file.
 *
 * @module
 */

import { z } from "zod";
import { unpackedChunks } from "../formats/archive/mod.ts";
import { readAll } from "../formats/bytes/mod.ts";
import { readLineBlocks } from "../formats/text/mod.ts";
import { createTextTokenizer, openWordPiece, type TextTokenizer } from "../text/mod.ts";
import { unreadable } from "../util/mod.ts";
import type { Conversion, Dataset } from "./conversion/dataset.ts";
import {
  nameOptions,
  namePatterns,
  ownDataset,
  sharedOptions,
  splitOptions,
} from "./own/own_data.ts";
import { type NamedFile, type OwnFile, ownFiles, readPath } from "./own/own_files.ts";
import { convertSequences, type Sequence } from "./own/sequences.ts";

const id = "text";
const longestFile = 2 ** 24;

const options = z.strictObject({
  ...nameOptions,
  ...splitOptions,
  unit: z.enum(["line", "file"]).default("line").describe("What a sample is"),
  labelled: z.boolean().default(false).describe("Every line starts with its class and a tab"),
  tokenizer: z.enum(["wordpiece", "bytes"]).default("wordpiece")
    .describe("wordpiece: the word pieces of bert-base-uncased; bytes: UTF-8"),
  window: sharedOptions.window,
});
type Options = z.infer<typeof options>;

/** Own texts. */
export const text: Dataset = ownDataset({
  id,
  title: "Own texts",
  summary:
    "Text files, plain or gzipped: a line or a file a sample; classes by folder or in lines.",
  homepage: "https://www.unicode.org/versions/latest/",
  options,

  async convert(run, chosen) {
    const files = await ownFiles(run, ["txt", "text", "md", "tsv"]);
    const isBytes = chosen.tokenizer === "bytes";
    const tokenizer = isBytes ? byteTokenizer() : await openWordPiece(undefined, run);
    await convertSequences(
      {
        vocabulary: tokenizer.vocabulary,
        length: chosen.window ?? 128,
        dtype: "uint16",
        what: chosen.unit === "file" ? "files" : "lines",
        read: () => readTexts(files, tokenizer, chosen, run),
      },
      chosen,
      run,
    );
    run.writer.note(
      isBytes
        ? "Token ids: 0 fills up, 1 and 2 are start and end, then the bytes of UTF-8"
        : "Token ids: word pieces of bert-base-uncased",
    );
  },
});

/** Ids: padding, start, end, then the 256 bytes. */
function byteTokenizer(): TextTokenizer {
  const encoder = new TextEncoder();
  const frame = { pad: 0, start: 1, end: 2, between: [2] };
  return createTextTokenizer(
    3 + 256,
    frame,
    (text) => Array.from(encoder.encode(text), (byte) => byte + 3),
  );
}

/** The samples of all files. */
async function* readTexts(
  files: readonly OwnFile[],
  tokenizer: TextTokenizer,
  chosen: Options,
  { signal }: Conversion,
): AsyncGenerator<Sequence> {
  const patterns = namePatterns(id, chosen);
  for (const file of files) {
    signal.throwIfAborted();
    const named = readPath(file.name, patterns);
    const split = named.split ?? file.split;
    const samples = chosen.unit === "file" ? wholeFile(file, named) : lines(file, named, chosen);
    for await (const { text, label } of samples) {
      const ids = Uint16Array.from(tokenizer.encode([text], chosen.window ?? 128));
      yield { ids, label, split, group: undefined };
    }
  }
}

interface LabelledText {
  readonly text: string;
  readonly label: string | undefined;
}

async function* wholeFile(file: OwnFile, { label }: NamedFile): AsyncGenerator<LabelledText> {
  const { path } = file;
  const chunks = unpackedChunks(file.chunks(), { name: path });
  const bytes = await readAll(chunks, { name: path, limit: longestFile });
  yield { text: decode(bytes, path, 1), label };
}

async function* lines(
  file: OwnFile,
  { label }: NamedFile,
  { labelled }: Options,
): AsyncGenerator<LabelledText> {
  const { path } = file;
  const chunks = unpackedChunks(file.chunks(), { name: path });
  for await (const { bytes, firstLine } of readLineBlocks(chunks, { name: path })) {
    const block = decode(bytes, path, firstLine).split("\n");
    for (const [i, line] of block.entries()) {
      const text = line.trim();
      if (text === "") continue;
      if (!labelled) {
        yield { text, label };
        continue;
      }
      const tab = line.indexOf("\t");
      if (tab <= 0) {
        throw unreadable(path, `line ${firstLine + i} has no class and tab`);
      }
      yield { text: line.slice(tab + 1).trim(), label: line.slice(0, tab).trim() };
    }
  }
}

function decode(bytes: Uint8Array<ArrayBuffer>, path: string, firstLine: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable(path, `from line ${firstLine} on it is no UTF-8`, error);
  }
}
