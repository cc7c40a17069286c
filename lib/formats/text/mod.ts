/**
 * Text: lines, FASTA and large JSON documents.
 *
 * @module
 */

export { type FastaLine, readFasta } from "./fasta.ts";
export { type JsonElement, readJsonArrays, readJsonList } from "./json_stream.ts";
export { type LineBlock, readLineBlocks, readTextLines } from "./text_lines.ts";
