/**
 * Pairs of places with the same code: six or more lines in a row that are equal, or equal but for
 * names, strings and numbers.
 *
 * @module
 */

import ts from "typescript";
import type { Place, SourceFile, SourceTree } from "./source_tree.ts";

/** Lines in a row that make a pair. */
const span = 6;
/** What stands in more places is the form of the language or of registered records, not a copy. */
const most = 8;
/** Distinct lines and tokens that a run of equal shape has at least: with fewer it is a list. */
const least = { lines: 4, tokens: 28 };

interface CodeLine {
  readonly line: number;
  readonly exact: string;
  readonly shape: string;
}

/** One place for each pair of files (or of places in one file) that share such lines. */
export function duplicatePairs({ files }: SourceTree): readonly Place[] {
  const runs = new Map<string, { readonly path: string; readonly line: number; at: number }[]>();
  const add = (key: string, run: { path: string; line: number; at: number }) => {
    const found = runs.get(key);
    if (found === undefined) runs.set(key, [run]);
    // Runs that overlap are one place.
    else if (found.at(-1)!.path !== run.path || found.at(-1)!.at + span <= run.at) found.push(run);
  };
  for (const file of files.values()) {
    const code = codeLines(file);
    for (let at = 0; at + span <= code.length; at++) {
      const lines = code.slice(at, at + span);
      const run = { path: file.path, line: lines[0]!.line, at };
      add(`= ${lines.map(({ exact }) => exact).join("\n")}`, run);
      const shapes = lines.map(({ shape }) => shape);
      const tokens = shapes.reduce((sum, shape) => sum + shape.split(" ").length, 0);
      if (new Set(shapes).size >= least.lines && tokens >= least.tokens) {
        add(`~ ${shapes.join("\n")}`, run);
      }
    }
  }
  const pairs = new Map<string, Place>();
  for (const places of runs.values()) {
    if (places.length < 2 || places.length > most) continue;
    for (const [i, { path, line }] of places.entries()) {
      for (const other of places.slice(i + 1)) {
        const what = `stands again at ${other.path}:${other.line}`;
        const key = `${path} ${other.path}`;
        if (!pairs.has(key)) pairs.set(key, { path, line, what });
      }
    }
  }
  return [...pairs.values()];
}

/** Lines of code without imports, comments, blank lines and lone punctuation. */
function codeLines({ path, lines, syntax }: SourceFile): readonly CodeLine[] {
  const passed = new Set<number>();
  for (const statement of syntax?.statements ?? []) {
    const moves = ts.isImportDeclaration(statement) ||
      (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined);
    if (!moves) continue;
    const first = syntax!.getLineAndCharacterOfPosition(statement.getStart()).line;
    const last = syntax!.getLineAndCharacterOfPosition(statement.end).line;
    for (let line = first; line <= last; line++) passed.add(line);
  }
  const comment = path.endsWith(".py") ? /^(#|import |from )/ : /^(\/\/|\/\*|\*)/;
  if (!/\.(ts|py)$/.test(path)) return [];
  return lines.flatMap((text, index) => {
    const exact = text.trim().replaceAll(/\s+/g, " ");
    if (passed.has(index) || comment.test(exact) || !/\w/.test(exact)) return [];
    return [{ line: index + 1, exact, shape: shapeOf(exact) }];
  });
}

const keywords = new Set(
  ("as async await break case catch class const continue def do else enum export extends finally " +
    "for function if import in instanceof interface let new of readonly return satisfies static " +
    "switch this throw try type typeof undefined void while yield").split(" "),
);

/** The tokens of a line, with the same letter for every name, string and number. */
function shapeOf(line: string): string {
  const token = /"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|[\w$]+|[^\s\w$]/g;
  return [...line.matchAll(token)].map(([text]) => {
    if (/^["`]/.test(text)) return "s";
    if (/^\d/.test(text)) return "n";
    return /^[\w$]/.test(text) && !keywords.has(text) ? "x" : text;
  }).join(" ");
}
