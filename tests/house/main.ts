/**
 * Measures the house: how much source there is, how it hangs together, and the bounds it keeps.
 *
 * `deno task house` prints a table and ends with code 1 if a bound is broken; `--json` prints a
 * document, `--list MEASURE` the places that a measure counts; `--root FOLDER` reads another tree.
 *
 * @module
 */

import ts from "typescript";
import { z } from "zod";
import { datasets } from "../../lib/datasets/mod.ts";
import { methods } from "../../lib/methods/mod.ts";
import { describeFailure, failureText, formatTable } from "../../lib/terminal/mod.ts";
import { fromFileUrl, prettyJson } from "../../lib/util/mod.ts";
import { nameOf, readArguments, taskHelp } from "../../tasks/framework/arguments.ts";
import { duplicatePairs } from "./duplicates.ts";
import {
  fileCycles,
  folderCycles,
  forbiddenArrows,
  missingDoors,
  pastDoors,
  registries,
} from "./rooms.ts";
import {
  follow,
  lineOf,
  type Place,
  readSources,
  type SourceTree,
  sourceTree,
  walk,
} from "./source_tree.ts";

/** A measure: the places that count, and how many there may be. */
export interface Measure {
  readonly name: string;
  /** Absent for what is shown and not judged. */
  readonly bound?: number;
  /** What is aimed at, where the bound only keeps what has been reached. */
  readonly goal?: number;
  readonly places: (tree: SourceTree) => readonly Place[];
}

/** All measures in the order of the table. */
export const measures: readonly Measure[] = [
  { name: "source lines", bound: 55_600, goal: 52_000, places: sourceLines },
  { name: "data table lines", places: dataTableLines },
  { name: "files with one importer", bound: 60, places: singleImporters },
  { name: "functions over 100 lines", bound: 0, places: (tree) => longFunctions(tree, 100) },
  { name: "functions over 60 lines", bound: 8, places: (tree) => longFunctions(tree, 60) },
  { name: "unused exports", bound: 0, places: unusedExports },
  { name: "undocumented exports", bound: 0, places: undocumentedExports },
  { name: "lines over 100 columns", bound: 100, places: longLines },
  { name: "duplicate pairs", bound: 61, places: duplicatePairs },
  { name: "file cycles", bound: 0, places: fileCycles },
  { name: "folder cycles", bound: 0, places: folderCycles },
  { name: "forbidden arrows", bound: 0, places: forbiddenArrows },
  { name: "imports past a door", bound: 0, places: pastDoors },
  { name: "imports where a door is missing", places: missingDoors },
  { name: "ids in control flow", bound: 0, places: idsInControlFlow },
  { name: "any types", bound: 0, places: anyTypes },
];

const task = {
  task: "house",
  about: "Measures the source tree against its bounds; ends with code 1 if one is broken.",
  options: z.strictObject({
    json: z.boolean().default(false).describe("one JSON document instead of the table"),
    list: nameOf("measure", measures.map(({ name }) => name)).optional()
      .describe("show the places that a measure counts"),
    root: z.string().optional().describe("folder of the tree (default: this one)"),
  }),
};

/** Runs the task and returns the exit code: 1 if a bound is broken. */
export async function main(args: readonly string[]): Promise<number> {
  const given = readArguments(task, args);
  if (given === undefined) {
    console.log(taskHelp(task));
    return 0;
  }
  const { json, list, root: folder } = given.options;
  const root = folder ?? fromFileUrl(new URL("../..", import.meta.url));
  const tree = sourceTree(await readSources(root), [...datasets.keys(), ...methods.keys()]);
  if (list !== undefined) {
    const { places } = measures.find(({ name }) => name === list)!;
    for (const { path, line, what } of places(tree)) console.log(`${path}:${line} ${what}`);
    return 0;
  }
  const rows = measures.map(({ name, bound, goal, places }) => {
    const value = places(tree).reduce((sum, { weight }) => sum + (weight ?? 1), 0);
    const isShort = goal !== undefined && value > goal;
    const holds = isShort ? `holds, but ${goal} is the goal` : "holds";
    const verdict = bound === undefined ? "" : value <= bound ? holds : "broken";
    return { measure: name, value, ...(bound === undefined ? {} : { bound }), verdict };
  });
  const text = json ? prettyJson(rows) : formatTable(
    [
      { title: "Measure" },
      { title: "Value", align: "right" },
      { title: "Bound", align: "right" },
      { title: "Verdict" },
    ],
    rows.map((
      { measure, value, bound, verdict },
    ) => [measure, `${value}`, `${bound ?? ""}`, verdict]),
  );
  console.log(text.trimEnd());
  return rows.some(({ verdict }) => verdict === "broken") ? 1 : 0;
}

const isRecipe = (path: string) => /\/recipes(\/|\.ts$)/.test(path);

/** Lines of TypeScript and of recipes. */
function sourceLines({ files }: SourceTree): readonly Place[] {
  return [...files.values()].filter(({ path }) => path.endsWith(".ts") || isRecipe(path))
    .map(({ path, lines }) => ({ path, line: 1, what: `${lines.length}`, weight: lines.length }));
}

/** Lines of JSON that are data, not recipes. */
function dataTableLines({ files }: SourceTree): readonly Place[] {
  return [...files.values()].filter(({ path }) => path.endsWith(".json") && !isRecipe(path))
    .map(({ path, lines }) => ({ path, line: 1, what: `${lines.length}`, weight: lines.length }));
}

const isEntry = (path: string) => /^(mod|cli\/main|tasks\/[^/]+)\.ts$/.test(path);

/** Files whose names a single other file uses: parts of it, unless it is a registry. */
function singleImporters({ files, uses }: SourceTree): readonly Place[] {
  const users = new Map<string, Set<string>>();
  for (const { path, user } of uses) users.set(path, (users.get(path) ?? new Set()).add(user));
  return [...users].flatMap(([path, by]) => {
    const [user] = by;
    if (by.size !== 1 || registries.has(user!) || isEntry(path)) return [];
    if (files.get(path)?.syntax === undefined) return [];
    return [{ path, line: 1, what: `used by ${user} only` }];
  });
}

/** Functions of more lines than a limit, from the head to the closing brace. */
function longFunctions({ files }: SourceTree, limit: number): readonly Place[] {
  const found: Place[] = [];
  for (const { path, syntax } of files.values()) {
    if (syntax === undefined) continue;
    walk(syntax, (node) => {
      if (!ts.isFunctionLike(node) || !("body" in node) || node.body === undefined) return;
      const line = lineOf(syntax, node);
      const length = syntax.getLineAndCharacterOfPosition(node.end).line + 2 - line;
      const name = node.name ??
        (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
      const what = `${name?.getText(syntax) ?? "function"}: ${length} lines`;
      if (length > limit) found.push({ path, line, what });
    });
  }
  return found;
}

/**
 * Exported names that no source file uses: definitions that stand nowhere else, in their own file
 * neither, and names that a door hands on to nobody. What `mod.ts` exports is used.
 */
function unusedExports({ files, uses }: SourceTree): readonly Place[] {
  const key = (path: string, name: string) => `${path} ${name}`;
  const used = new Set(uses.flatMap(({ way }) => way.map(({ path, name }) => key(path, name))));
  for (const name of files.get("mod.ts")?.exports.keys() ?? []) {
    for (const hop of follow(files, { path: "mod.ts", name })) used.add(key(hop.path, hop.name));
  }
  const found: Place[] = [];
  for (const { path, syntax, exports } of files.values()) {
    if (syntax === undefined || isEntry(path)) continue;
    const mentions = new Map<string, number>();
    walk(syntax, (node) => {
      if (ts.isIdentifier(node)) mentions.set(node.text, (mentions.get(node.text) ?? 0) + 1);
    });
    for (const [name, { line, from }] of exports) {
      if (used.has(key(path, name)) || (from === undefined && mentions.get(name)! > 1)) continue;
      found.push({ path, line, what: name });
    }
  }
  return found;
}

/** Exported definitions without a docstring. */
function undocumentedExports({ files }: SourceTree): readonly Place[] {
  return [...files.values()].flatMap(({ path, exports }) =>
    [...exports].filter(([, { documented }]) => !documented)
      .map(([name, { line }]) => ({ path, line, what: name }))
  );
}

/** Lines of code and comments that are longer than the page is wide. */
function longLines({ files }: SourceTree): readonly Place[] {
  return [...files.values()].filter(({ path }) => !path.endsWith(".json")).flatMap(
    ({ path, lines }) =>
      lines.map((text, index) => ({ path, line: index + 1, what: `${[...text].length} columns` }))
        .filter((_, index) => lines[index]!.length > 100 && [...lines[index]!].length > 100),
  );
}

/** Types written as `any`. */
function anyTypes({ files }: SourceTree): readonly Place[] {
  const found: Place[] = [];
  for (const { path, syntax } of files.values()) {
    if (syntax === undefined) continue;
    walk(syntax, (node) => {
      if (node.kind !== ts.SyntaxKind.AnyKeyword) return;
      found.push({ path, line: lineOf(syntax, node), what: node.parent.getText(syntax) });
    });
  }
  return found;
}

/** Ids that are words of their own: what they mean elsewhere, and where. */
const ordinaryWords: readonly {
  readonly ids: readonly string[];
  readonly code: RegExp;
  readonly reason: string;
  readonly path?: RegExp;
}[] = [
  {
    ids: ["csv", "folder", "npy", "text"],
    code: /\b(kind|format)\b/,
    reason: "the form of a file, a sample or an input",
  },
  {
    ids: ["csv", "folder", "npy", "text"],
    code: /^\w+: /,
    reason: "the name of a property: a colour, an ending, a room",
  },
  {
    ids: ["metamae"],
    code: /\bprotocol\b|^metamae: \{ needed/,
    reason: "the protocol of the paper",
  },
  {
    ids: ["metamae"],
    code: /./,
    path: /^lib\/datasets\//,
    reason: "the variant of a data set that the paper uses",
  },
];

/**
 * Ids of data sets and methods that decide something away from their own file: in comparisons, in
 * what is looked up in a set, list or map, and as keys of constant tables.
 */
function idsInControlFlow({ files, ids }: SourceTree): readonly Place[] {
  const found: Place[] = [];
  for (const { path, syntax } of files.values()) {
    if (syntax === undefined || registries.has(path) || isRecipe(path)) continue;
    walk(syntax, (node) => {
      const id = ts.isStringLiteralLike(node) || ts.isIdentifier(node) ? node.text : "";
      if (!ids.has(id) || !decides(node) || isDefinedIn(path, syntax, id)) return;
      const what = contextOf(node).replaceAll(/\s+/g, " ");
      const isOrdinary = ordinaryWords.some((word) =>
        word.ids.includes(id) && word.code.test(what) && (word.path?.test(path) ?? true)
      );
      if (!isOrdinary) found.push({ path, line: lineOf(syntax, node), what });
    });
  }
  return found;
}

/** The code around a literal; for a case, what it is compared with. */
function contextOf({ parent }: ts.Node): string {
  if (!ts.isCaseClause(parent)) return parent.getText();
  return `${parent.parent.parent.expression.getText()} === ${parent.expression.getText()}`;
}

/** Whether a file is the home of an id: named after it, or with a record of this id. */
function isDefinedIn(path: string, syntax: ts.SourceFile, id: string): boolean {
  if (!/^lib\/(datasets|methods)\//.test(path)) return false;
  const file = path.split("/").at(-1)!.replace(/\.ts$/, "").replaceAll("_", "-");
  return id === file || id.startsWith(`${file}-`) || syntax.text.includes(`id: "${id}"`);
}

const equalities = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
]);

/** Whether a literal or a key is compared, looked up, or a key of a constant table. */
function decides(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isIdentifier(node)) return isTableKey(node);
  if (ts.isBinaryExpression(parent)) return equalities.has(parent.operatorToken.kind);
  if (ts.isCaseClause(parent)) return true;
  if (ts.isCallExpression(parent)) {
    const { expression } = parent;
    const method = ts.isPropertyAccessExpression(expression) ? expression.name.text : "";
    return ["includes", "has", "get", "startsWith"].includes(method);
  }
  if (isTableKey(node)) return true;
  if (!ts.isArrayLiteralExpression(parent)) return false;
  let list: ts.Node = parent;
  while (ts.isAsExpression(list.parent) || ts.isParenthesizedExpression(list.parent)) {
    list = list.parent;
  }
  const { parent: user } = list;
  if (ts.isPropertyAccessExpression(user)) return user.name.text === "includes";
  if (ts.isNewExpression(user)) return true;
  // A pair of a map: new Map([["id", ...]]).
  return ts.isArrayLiteralExpression(user) && ts.isNewExpression(user.parent) &&
    parent.elements[0] === node;
}

/** Whether a node is a key of an object that a constant of the module holds. */
function isTableKey(node: ts.Node): boolean {
  const { parent } = node;
  if (!ts.isPropertyAssignment(parent) || parent.name !== node) return false;
  let table: ts.Node = parent.parent;
  while (ts.isAsExpression(table.parent) || ts.isSatisfiesExpression(table.parent)) {
    table = table.parent;
  }
  const declaration = table.parent;
  return ts.isVariableDeclaration(declaration) &&
    declaration.parent.parent.parent.kind === ts.SyntaxKind.SourceFile;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    const failure = describeFailure(error);
    console.error(failureText(failure, false).trimEnd());
    Deno.exitCode = failure.exitCode;
  }
}
