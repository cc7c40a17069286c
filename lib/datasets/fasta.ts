/**
 * The users' own sequences in FASTA files: windows of DNA or RNA, or whole proteins.
 *
 * @module
 */

import { z } from "zod";
import { unpackedChunks } from "../formats/archive/mod.ts";
import { type FastaLine, readFasta } from "../formats/text/mod.ts";
import { DataError, unreadable } from "../util/mod.ts";
import type { Conversion, Dataset } from "./conversion/dataset.ts";
import { residues } from "./families/proteins.ts";
import {
  nameOptions,
  namePatterns,
  ownDataset,
  sharedOptions,
  splitOptions,
} from "./own/own_data.ts";
import { type OwnFile, ownFiles, readPath } from "./own/own_files.ts";
import { convertSequences, type Sequence } from "./own/sequences.ts";

const id = "fasta";
const extensions = ["fa", "fna", "fasta", "ffn", "faa", "fas"];

/** Letters of nucleotides by their code; other IUPAC letters stand for several of them. */
const bases = "ACGT";
const ambiguous = "RYSWKMBDHVN-.";

const options = z.strictObject({
  ...nameOptions,
  ...splitOptions,
  alphabet: z.enum(["dna", "protein"]).default("dna")
    .describe("dna: windows of bases (also RNA); protein: one sample a record"),
  window: sharedOptions.window,
  stride: sharedOptions.stride,
});
type Options = z.infer<typeof options>;

/** Own sequences. */
export const fasta: Dataset = ownDataset({
  id,
  title: "Own sequences in FASTA files",
  summary: "DNA and RNA in windows of 250 bases, or proteins; a class by file, folder or header.",
  homepage: "https://www.ncbi.nlm.nih.gov/genbank/fastaformat/",
  options,

  async convert(run, chosen) {
    const files = await ownFiles(run, extensions);
    const isDna = chosen.alphabet === "dna";
    const length = chosen.window ?? (isDna ? 250 : 128);
    const counted = new Map<string, number>();
    const count = (name: string) => void counted.set(name, (counted.get(name) ?? 0) + 1);
    await convertSequences(
      {
        vocabulary: isDna ? bases.length : residues.length,
        length,
        dtype: "uint8",
        what: isDna ? "windows" : "records",
        read: () => {
          counted.clear();
          return readSequences(files, { ...chosen, length }, count, run);
        },
      },
      chosen,
      run,
    );
    for (const [name, amount] of counted) run.writer.count(name, amount);
  },
});

type Reading = Options & { readonly length: number };

/** The samples of all files. */
async function* readSequences(
  files: readonly OwnFile[],
  reading: Reading,
  count: (name: string) => void,
  { signal }: Conversion,
): AsyncGenerator<Sequence> {
  const { label: labelPattern, test: testPattern } = namePatterns(id, reading);
  const stride = reading.stride ?? reading.length;
  for (const [at, file] of files.entries()) {
    signal.throwIfAborted();
    const { stem, split: stemSplit } = file;
    const path = readPath(file.name, { id });
    const fileLabel = path.label ?? (files.length > 1 && !stemSplit ? stem : undefined);
    const fileSplit = path.split ?? stemSplit;
    const lines = readFasta(unpackedChunks(file.chunks(), { name: file.path }), {
      name: file.path,
    });
    const samples = reading.alphabet === "dna"
      ? windowsOf(lines, file.path, { length: reading.length, stride, count })
      : recordsOf(lines, file.path, reading.length, count);
    for await (const { ids, header, record } of samples) {
      const label = labelPattern === undefined
        ? fileLabel
        : labelOf(labelPattern, header, file.path);
      const split = testPattern?.test(header) ? "test" : fileSplit;
      // Windows that overlap must not lie on both sides of a split.
      const group = stride < reading.length ? `${at}/${record}` : undefined;
      yield { ids, label, split, group };
    }
  }
}

function labelOf(pattern: RegExp, header: string, path: string): string {
  const match = pattern.exec(header);
  if (match !== null) return match[1] ?? match[0];
  throw unreadable(
    path,
    `the header ${JSON.stringify(header.slice(0, 80))} does not match the label pattern ${pattern}`,
  );
}

interface Cut {
  readonly ids: Uint8Array<ArrayBuffer>;
  readonly header: string;
  readonly record: number;
}

interface WindowCut {
  readonly length: number;
  readonly stride: number;
  readonly count: (name: string) => void;
}

const baseCodes = codesOf(bases + bases.toLowerCase(), (i) => i % bases.length);
baseCodes["U".charCodeAt(0)] = baseCodes["u".charCodeAt(0)] = bases.indexOf("T");
const [unknownBase, wrong] = [254, 255];
for (const letter of ambiguous + ambiguous.toLowerCase()) {
  baseCodes[letter.charCodeAt(0)] = unknownBase;
}
const residueCodes = codesOf(residues + residues.toLowerCase(), (i) => i % residues.length);

function codesOf(letters: string, code: (position: number) => number): Uint8Array {
  const codes = new Uint8Array(256).fill(255);
  for (let i = 0; i < letters.length; i++) codes[letters.charCodeAt(i)] = code(i);
  return codes;
}

/** Windows of every record; one with a letter that stands for several bases is left out. */
async function* windowsOf(
  lines: AsyncIterable<FastaLine>,
  path: string,
  { length, stride, count }: WindowCut,
): AsyncGenerator<Cut> {
  const window = new Uint8Array(length);
  let filled = 0;
  let skip = 0;
  let record = -1;
  for await (const { letters, header, line, record: current } of lines) {
    if (current !== record) [record, filled, skip] = [current, 0, 0];
    for (let i = 0; i < letters.length; i++) {
      const code = baseCodes[letters.charCodeAt(i)]!;
      if (code === wrong) throw wrongLetter(path, line, letters[i]!, "a base");
      if (skip > 0) {
        skip--;
        continue;
      }
      window[filled++] = code;
      if (filled < length) continue;
      if (window.includes(unknownBase)) count("windows with unknown bases");
      else yield { ids: window.slice(), header, record };
      window.copyWithin(0, stride);
      filled = Math.max(0, length - stride);
      skip = Math.max(0, stride - length);
    }
  }
}

/** Whole records, cut or filled up to one length. */
async function* recordsOf(
  lines: AsyncIterable<FastaLine>,
  path: string,
  length: number,
  count: (name: string) => void,
): AsyncGenerator<Cut> {
  let ids = new Uint8Array(length);
  let filled = 0;
  let last: FastaLine | undefined;
  const finished = (): Cut | undefined => {
    if (last === undefined || filled === 0) return undefined;
    if (filled > length) count("records cut off");
    return { ids, header: last.header, record: last.record };
  };
  for await (const current of lines) {
    const { letters, line } = current;
    if (current.record !== last?.record) {
      const done = finished();
      if (done !== undefined) yield done;
      [ids, filled] = [new Uint8Array(length), 0];
    }
    last = current;
    for (const letter of letters.replace(/\*$/, "")) {
      const code = residueCodes[letter.charCodeAt(0)]!;
      if (code === wrong) throw wrongLetter(path, line, letter, "a residue");
      if (filled++ < length) ids[filled - 1] = code;
    }
  }
  const done = finished();
  if (done !== undefined) yield done;
}

function wrongLetter(path: string, line: number, letter: string, wanted: string): DataError {
  return unreadable(path, `line ${line} has ${JSON.stringify(letter)}, ${wanted} is wanted`);
}
