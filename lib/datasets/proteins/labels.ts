/**
 * Labels of TAPE's proteins: numbers, classes and one class a residue.
 *
 * @module
 */

import { DataError } from "../../util/mod.ts";
import { proteinLength } from "./alphabet.ts";
import type { ProteinRecord } from "./records.ts";

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
  return new DataError(
    `Cannot read "${name}": item ${index} has ${shown} as "${field}", ${wanted} is wanted`,
  );
}
