/**
 * Text: lines, FASTA and large JSON documents.
 *
 * @module
 */

export { type FastaLine, readFasta } from "./fasta.ts";
export { type JsonElement, readJsonArrays } from "./json_stream.ts";
export { readJsonList } from "./json_stream.ts";
export { type LineBlock, readLineBlocks } from "./text_lines.ts";
export { readTextLines } from "./text_lines.ts";
