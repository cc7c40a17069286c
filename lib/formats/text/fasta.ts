/**
 * FASTA files: records of a header line and lines of letters.
 *
 * @module
 */

import type { Chunks } from "../bytes/mod.ts";
import { unreadable } from "../../util/mod.ts";
import { readLineBlocks } from "./text_lines.ts";

/** A piece of a record: one line. */
export interface FastaLine {
  /** Header of the record, without the mark. */
  readonly header: string;
  /** Number of the record, counted from 0. */
  readonly record: number;
  /** Line in the file, counted from 1. */
  readonly line: number;
  /** Letters as they are; empty for the header's own line. */
  readonly letters: string;
}

/** Options of {@linkcode readFasta}. */
export interface FastaOptions {
  /** Name for messages. */
  readonly name: string;
}

/**
 * Streams the lines of all records; blank lines and comments (`;`) are passed over.
 *
 * @throws {DataError} If letters come before the first header.
 */
export async function* readFasta(
  chunks: Chunks,
  { name }: FastaOptions,
): AsyncGenerator<FastaLine> {
  const decoder = new TextDecoder("latin1");
  let header: string | undefined;
  let record = -1;
  for await (const { bytes, firstLine } of readLineBlocks(chunks, { name })) {
    const lines = decoder.decode(bytes).split("\n");
    for (const [i, text] of lines.entries()) {
      const letters = text.trim();
      if (letters === "" || letters.startsWith(";")) continue;
      const line = firstLine + i;
      if (letters.startsWith(">")) {
        header = letters.slice(1).trim();
        yield { header, record: ++record, line, letters: "" };
      } else if (header === undefined) {
        throw unreadable(name, `line ${line} has letters before the first header (">")`);
      } else {
        yield { header, record, line, letters };
      }
    }
  }
}
