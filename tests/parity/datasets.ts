/**
 * What the reference's data classes made of small files: splits, tokens, labels, windows and
 * images.
 *
 * The text files were recorded as the reference writes them for itself: features already in its
 * order, rows already shuffled where it shuffles while writing.
 *
 * @module
 */

import { cutSplit, shuffledSplit, type TrainTest } from "../../lib/reference/splits.ts";
import { knownGenera } from "../../lib/datasets/genomics.ts";
import {
  integerLabel,
  type ProteinLabel,
  proteinTokens,
  realLabel,
  residueLabels,
} from "../../lib/datasets/families/proteins.ts";
import { DataError } from "../../lib/util/errors.ts";
import { checkImages, checkWindows } from "./dataset_arrays.ts";
import { type CaseResult, type FixtureCase, numbersOf } from "./fixture_case.ts";
import { createTally, type Tally } from "./tolerance.ts";

/** Runs a case of kind `datasets`. */
export async function run(fixture: FixtureCase): Promise<CaseResult> {
  const tally = createTally(fixture);
  checkHiggs(fixture, tally);
  checkGenomics(fixture, tally);
  checkPfam(fixture, tally);
  checkProteins(fixture, tally);
  await checkWindows(fixture, tally);
  checkImages(fixture, tally);
  return tally.result();
}

/** A recorded text file as rows of fields under their names. */
type Table = readonly Readonly<Record<string, string>>[];

/** Reads a recorded CSV file, in which a field may be quoted. */
function tableOf(fixture: FixtureCase, name: string): Table {
  const files = fixture.document["files"] as Readonly<Record<string, string>> | undefined;
  const text = files?.[name];
  if (text === undefined) {
    throw new DataError(`Cannot check case "${fixture.name}": it has no file "${name}"`);
  }
  const fieldsOf = (line: string) =>
    Array.from(
      `,${line}`.matchAll(/,(?:"([^"]*)"|([^,]*))/g),
      ([, quoted, plain]) => quoted ?? plain!,
    );
  const [names, ...rows] = text.trim().split("\n").map(fieldsOf);
  return rows.map((row) => Object.fromEntries(row.map((field, i) => [names![i]!, field])));
}

/** Compares the inputs and labels of both parts of a table. */
function compareParts(
  fixture: FixtureCase,
  tally: Tally,
  name: string,
  parts: TrainTest,
  sample: (row: number) => { readonly x: ArrayLike<number>; readonly y: number },
): void {
  for (const part of ["train", "test"] as const) {
    const samples = Array.from(parts[part], sample);
    const compare = (tensor: string, values: readonly number[]) =>
      tally.compare(tensor, values, numbersOf(fixture, tensor), "exact");
    compare(`${name}/${part}/x`, samples.flatMap(({ x }) => Array.from(x)));
    compare(`${name}/${part}/y`, samples.map(({ y }) => y));
  }
}

function checkHiggs(fixture: FixtureCase, tally: Tally): void {
  const table = tableOf(fixture, "higgs.csv");
  const features = Object.keys(table[0]!).filter((name) => /^f\d+$/.test(name)).sort();
  compareParts(fixture, tally, "higgs", shuffledSplit(table.length, "metamae"), (row) => ({
    x: Float32Array.from(features, (name) => Number(table[row]![name])),
    y: Number(table[row]!["class_label"]),
  }));
}

function checkGenomics(fixture: FixtureCase, tally: Tally): void {
  const table = tableOf(fixture, "genomics.csv");
  compareParts(fixture, tally, "genomics_ood", shuffledSplit(table.length, "metamae"), (row) => {
    const { seq, label } = table[row]!;
    const bases = seq!.replace(/^b'(.*)'$/, "$1");
    return {
      x: Array.from(bases, (base) => "ACGT".indexOf(base)),
      y: Number(label) - knownGenera.length,
    };
  });
}

function checkPfam(fixture: FixtureCase, tally: Tally): void {
  const clanOf = ({ clan }: Readonly<Record<string, string>>) => Number(clan);
  const clans = [...new Set(tableOf(fixture, "pfam_pretrain_train.csv").map(clanOf))]
    .sort((a, b) => a - b);
  const table = tableOf(fixture, "pfam_transfer.csv");
  const parts = cutSplit(Uint32Array.from(table.keys()), "metamae");
  compareParts(fixture, tally, "pfam", parts, (row) => ({
    x: tokensOf(table[row]!["primary"]!),
    y: clans.indexOf(clanOf(table[row]!)),
  }));
}

function checkProteins(fixture: FixtureCase, tally: Tally): void {
  const table = tableOf(fixture, "protein_transfer.csv");
  const sequences = table.map(({ primary }) => primary!);
  const tokens = sequences.flatMap((sequence) => Array.from(tokensOf(sequence)));
  tally.compare("protein/x", tokens, numbersOf(fixture, "protein/x"), "exact");
  const labels: readonly (readonly [name: string, field: string, label: ProteinLabel])[] = [
    ["scop", "fold_label", integerLabel("fold_label")],
    ["secondary_structure", "ss3", residueLabels("ss3", 3, 3)],
    ["stability", "stability_score", realLabel("stability_score")],
    ["fluorescence", "log_fluorescence", realLabel("log_fluorescence")],
  ];
  for (const [name, field, label] of labels) {
    const values = table.flatMap((row, index) => {
      const fields = { [field]: JSON.parse(row[field]!) };
      const residues = sequences[index]!.length;
      const found = label({ index, tokens: new Uint8Array(0), residues, fields }, fixture.name);
      return typeof found === "number" ? [Math.fround(found)] : [...found];
    });
    tally.compare(`protein/${name}/y`, values, numbersOf(fixture, `protein/${name}/y`), "exact");
  }
}

function tokensOf(sequence: string): Uint8Array {
  const tokens = proteinTokens(sequence);
  if (typeof tokens !== "number") return tokens;
  throw new DataError(`Cannot check proteins: "${sequence}" has an unknown residue`);
}
