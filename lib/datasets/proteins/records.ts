/**
 * Reads the files of TAPE: a JSON list of proteins, each with its sequence and some labels.
 *
 * @module
 */

import type { Chunks } from "../../formats/bytes/mod.ts";
import { readJsonList } from "../../formats/text/mod.ts";
import { DataError } from "../../util/mod.ts";
import { proteinTokens } from "./alphabet.ts";

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
  if (isEmpty) throw new DataError(`Cannot read "${name}": its list is empty`);
}

function toRecord(item: unknown, index: number, name: string): ProteinRecord {
  const fail = (what: string) => new DataError(`Cannot read "${name}": item ${index} ${what}`);
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
      `has ${JSON.stringify(primary[tokens])} as residue ${
        tokens + 1
      } of "primary", a letter of an ` +
        "amino acid is wanted",
    );
  }
  return { index, tokens, residues: primary.length, fields };
}
