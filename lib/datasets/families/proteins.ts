/**
 * Data sets of proteins: TAPE's JSON lists of sequences, each with its labels.
 *
 * Amino acids are tokens: one id a residue, the first 128 residues, padded with X. The pad has the
 * id of a genuine X, so the two cannot be told apart; the references have it so.
 *
 * @module
 */

import type { Chunks } from "../../formats/bytes/mod.ts";
import { readJsonList } from "../../formats/text/mod.ts";
import { checkAllFound, namedEntries, type NamedEntry, type RawFile } from "../../raw/mod.ts";
import { sampledRows } from "../../reference/mod.ts";
import type { TaskSpec } from "../../spec/mod.ts";
import { listParts } from "../../store/mod.ts";
import { DataError, unreadable } from "../../util/mod.ts";
import type { Conversion, Dataset, DatasetFacts, DatasetShape } from "../conversion/dataset.ts";

/** Letters of the residues in the order of their ids. */
export const residues = "XARNDCQEGHILKMFPSTWYVUOBZJ";

/** Tokens of a sequence. */
const proteinLength = 128;

/** Shape of a protein data set. */
export function proteinShape(task: TaskSpec, batchSize = 128): DatasetShape {
  return {
    inputs: [{ kind: "tokens", vocabulary: residues.length, length: proteinLength }],
    task,
    defaults: { batchSize },
  };
}

const unknown = 255;
const ids = new Uint8Array(128).fill(unknown);
for (const [id, letter] of [...residues].entries()) ids[letter.charCodeAt(0)] = id;

/**
 * The tokens of a sequence.
 *
 * @returns The tokens, or the position of the first letter that is no residue.
 */
export function proteinTokens(sequence: string): Uint8Array<ArrayBuffer> | number {
  const tokens = new Uint8Array(proteinLength);
  const length = Math.min(sequence.length, proteinLength);
  for (let i = 0; i < length; i++) {
    const id = ids[sequence.charCodeAt(i)] ?? unknown;
    if (id === unknown) return i;
    tokens[i] = id;
  }
  return tokens;
}

/** One protein. */
export interface ProteinRecord {
  /** Position in the list. */
  readonly index: number;
  readonly tokens: Uint8Array<ArrayBuffer>;
  /** Number of residues of the sequence before it is cut. */
  readonly residues: number;
  /** All fields of the item. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Streams proteins.
 *
 * @param name Name of the file for messages.
 * @throws {DataError} If the file is no JSON list of objects with a `primary` sequence of known
 * residues, or has none; the message has the position of the item.
 */
export async function* readProteins(
  chunks: Chunks,
  name: string,
): AsyncGenerator<readonly ProteinRecord[]> {
  let isEmpty = true;
  for await (const { first, items } of readJsonList(chunks, { name })) {
    isEmpty = false;
    yield items.map((item, i) => toRecord(item, first + i, name));
  }
  if (isEmpty) throw unreadable(name, "its list is empty");
}

function toRecord(item: unknown, index: number, name: string): ProteinRecord {
  const fail = (what: string) => unreadable(name, `item ${index} ${what}`);
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    throw fail("is no object");
  }
  const fields = item as Record<string, unknown>;
  const { primary } = fields;
  if (typeof primary !== "string" || primary === "") {
    throw fail('has no sequence "primary"');
  }
  const tokens = proteinTokens(primary);
  if (typeof tokens === "number") {
    throw fail(
      `has ${JSON.stringify(primary[tokens])} as residue ${tokens + 1} of "primary", ` +
        "a letter of an amino acid is wanted",
    );
  }
  return { index, tokens, residues: primary.length, fields };
}

/** Reads the label of a protein; the name of its file is for messages. */
export type ProteinLabel = (record: ProteinRecord, name: string) => number | readonly number[];

/** A whole number from 0 on. */
export function integerLabel(field: string, classes = Infinity): ProteinLabel {
  return (record, name) => {
    const value = record.fields[field];
    if (Number.isInteger(value) && value as number >= 0 && value as number < classes) {
      return value as number;
    }
    const wanted = classes === Infinity ? "a whole number" : `a class in 0..${classes - 1}`;
    throw failure(record, name, field, wanted);
  };
}

/** A real number, which TAPE keeps in a list of one. */
export function realLabel(field: string): ProteinLabel {
  return (record, name) => {
    const value = record.fields[field];
    const inner = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (typeof inner === "number" && Number.isFinite(inner)) return inner;
    throw failure(record, name, field, "a list of one number");
  };
}

/** A class for every residue, cut to the tokens and padded. */
export function residueLabels(field: string, classes: number, padding: number): ProteinLabel {
  return (record, name) => {
    const values = record.fields[field];
    const wanted = `a list of ${record.residues} classes in 0..${classes - 1}`;
    if (!Array.isArray(values) || values.length !== record.residues) {
      throw failure(record, name, field, wanted);
    }
    const labels = new Array<number>(proteinLength).fill(padding);
    for (let i = 0; i < values.length; i++) {
      const value: unknown = values[i];
      if (!(Number.isInteger(value) && value as number >= 0 && value as number < classes)) {
        throw failure(record, name, field, wanted);
      }
      if (i < proteinLength) labels[i] = value as number;
    }
    return labels;
  };
}

function failure(
  { index, fields }: ProteinRecord,
  name: string,
  field: string,
  wanted: string,
): DataError {
  const text = JSON.stringify(fields[field]) ?? "nothing";
  const shown = text.length > 60 ? `${text.slice(0, 60)}...` : text;
  return unreadable(name, `item ${index} has ${shown} as "${field}", ${wanted} is wanted`);
}

/** What TAPE's data sets say about where they come from. */
export const tapeHomepage = "https://github.com/songlab-cal/tape";

/** What TAPE asks to be cited beside each data set. */
export const tapeCitation =
  "R. Rao, N. Bhattacharya, N. Thomas, Y. Duan, X. Chen, J. Canny, P. Abbeel, Y. S. Song. " +
  "Evaluating protein transfer learning with TAPE. NeurIPS (2019)";

/** The archive of a task: its files may also lie in its folder, or in the raw folder itself. */
export function tapeArchive(name: string, files: readonly string[]): RawFile {
  return {
    path: `${name}.tar.gz`,
    url: `http://s3.amazonaws.com/songlabdata/proteindata/data_raw_pytorch/${name}.tar.gz`,
    alternatives: [name, ...files],
  };
}

/** One task of TAPE. */
export interface TapeTask
  extends Pick<DatasetFacts<never>, "id" | "title" | "summary" | "licence" | "citation"> {
  /** Name of the archive, of its folder and of its files, such as `fluorescence`. */
  readonly name: string;
  readonly task: TaskSpec;
  readonly label: ProteinLabel;
  /** Rows of the official files. */
  readonly officialRows: { readonly train: number; readonly valid: number };
  /** Batch size of a variant. */
  readonly batchSize: { readonly metamae: number; readonly dabs: number };
  /** What DABS does in another way. */
  readonly dabsDifference: string;
  /** Remarks for numbers made from the store. */
  readonly notes?: readonly string[];
}

const parts = ["train", "valid"] as const;
type Part = typeof parts[number];

/**
 * Makes the data set of a supervised task of TAPE, as both references use it: trained on the
 * training file, tested on the validation file; TAPE's own test files are not read, so the scores
 * cannot be compared with TAPE's.
 */
export function tapeDataset(tape: TapeTask): Dataset {
  const { id, title, summary, licence, name, task, batchSize, notes = [] } = tape;
  const files = parts.map((part) => `${name}_${part}.json`);
  const archive = tapeArchive(name, files);
  return {
    id,
    title,
    domain: "proteins",
    role: "transfer",
    summary,
    licence,
    homepage: tapeHomepage,
    citation: `${tape.citation} From: ${tapeCitation}`,
    files: [archive],
    variants: [
      {
        name: "metamae",
        difference: "trained on the training file, tested on the validation file",
        shape: proteinShape(task, batchSize.metamae),
      },
      { name: "dabs", difference: tape.dabsDifference, shape: proteinShape(task, batchSize.dabs) },
    ],

    async convert(run) {
      const found = await run.locate(archive);
      run.declare([{ dtype: "uint8" }]);
      const orders = new Map<string, Uint32Array<ArrayBuffer>>();
      for await (const entry of namedEntries(found, files)) {
        const part = parts[files.indexOf(entry.name)]!;
        orders.set(entry.name, await appendFile(tape, part, entry, run));
      }
      checkAllFound(id, found, files, orders);
      const [train, test] = files;
      listParts({ train: orders.get(train!)!, test: orders.get(test!)! }, run, run.writer);
      run.writer.note(
        `Trained on "${train}" and tested on "${test}", each in the order of RandomState(42)`,
      );
      for (const note of notes) run.writer.note(note);
    },
  };
}

/** Appends the proteins of a file; gives their rows, shuffled as pandas does. */
async function appendFile(
  { label, officialRows }: TapeTask,
  part: Part,
  { name, path, chunks }: NamedEntry,
  run: Conversion,
): Promise<Uint32Array<ArrayBuffer>> {
  const rows: number[] = [];
  const official = officialRows[part];
  for await (const records of readProteins(chunks(), path)) {
    for (const record of records) {
      rows.push(await run.writer.append([record.tokens], label(record, path)));
    }
    run.progress(rows.length, official, `proteins of ${part}`);
  }
  const text = `"${name}" holds ${rows.length} proteins, the official file about ${official}`;
  run.expect(rows.length, official, text);
  return sampledRows(Uint32Array.from(rows));
}
