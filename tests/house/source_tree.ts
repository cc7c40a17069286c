/**
 * The source tree as the measures see it: parsed files, what they export, and who uses which name.
 *
 * A name that is imported through a door (a `mod.ts` that re-exports it) is followed to the file
 * that defines it, so that moving or splitting doors changes no measure.
 *
 * @module
 */

import ts from "typescript";
import { dirname, join } from "../../lib/util/mod.ts";

/** A place in the tree that a measure points at. */
export interface Place {
  readonly path: string;
  /** 1 for the first line. */
  readonly line: number;
  readonly what: string;
  /** What the place adds to the measure; 1 if absent. */
  readonly weight?: number;
}

/** A name of another file. */
export interface NameOf {
  readonly path: string;
  readonly name: string;
}

/** A name that a file exports. */
export interface ExportedName {
  readonly line: number;
  readonly documented: boolean;
  /** The name of another file that is re-exported; absent for a definition. */
  readonly from?: NameOf;
}

/** A name in an import; `*` stands for all. */
export interface ImportedName {
  readonly name: string;
  /** Whether it is imported as a type, which does not load the file. */
  readonly isType: boolean;
}

/** An import or re-export, as written. */
export interface Import {
  /** Path from the root of a file of the tree, or the bare name of a package. */
  readonly target: string;
  readonly names: readonly ImportedName[];
  readonly line: number;
  /** Whether it only hands the names on: `export ... from`. */
  readonly handsOn: boolean;
}

/** A file of the tree. */
export interface SourceFile {
  /** Path from the root, with `/`. */
  readonly path: string;
  readonly lines: readonly string[];
  /** The syntax tree; absent for files that are not TypeScript. */
  readonly syntax?: ts.SourceFile;
  readonly imports: readonly Import[];
  readonly exports: ReadonlyMap<string, ExportedName>;
}

/** The use of a name by a file that does not define it. */
export interface Use extends NameOf {
  readonly user: string;
  readonly line: number;
  readonly isType: boolean;
  /** The doors and the definition that the name was followed through, the imported file first. */
  readonly way: readonly NameOf[];
}

/** All files with the uses between them. */
export interface SourceTree {
  readonly files: ReadonlyMap<string, SourceFile>;
  /** Uses by files that do more than hand the name on. */
  readonly uses: readonly Use[];
  /** Ids of data sets and methods. */
  readonly ids: ReadonlySet<string>;
}

const folders = ["lib", "cli", "tasks"];

/**
 * Reads `lib`, `cli`, `tasks` and `mod.ts` below a folder: TypeScript, Python and JSON.
 *
 * @throws {Deno.errors.NotFound} If one of them is not there.
 */
export async function readSources(root: string): Promise<ReadonlyMap<string, string>> {
  const texts = new Map([["mod.ts", await Deno.readTextFile(join(root, "mod.ts"))]]);
  const visit = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
      const path = `${folder}/${name}`;
      if (isDirectory) await visit(path);
      else if (/\.(ts|py|json)$/.test(name)) {
        texts.set(path, await Deno.readTextFile(join(root, path)));
      }
    }
  };
  for (const folder of folders) await visit(folder);
  return new Map([...texts].sort(([a], [b]) => a < b ? -1 : 1));
}

/** Parses files given by path and links their names. */
export function sourceTree(
  texts: ReadonlyMap<string, string>,
  ids: Iterable<string> = [],
): SourceTree {
  const files = new Map([...texts].map(([path, text]) => [path, parse(path, text)]));
  const uses = [...files.values()].flatMap((file) =>
    file.imports.filter(({ handsOn }) => !handsOn).flatMap(({ target, names, line }) => {
      const all = [...files.get(target)?.exports.keys() ?? []];
      const wanted = names.flatMap((one) =>
        one.name === "*" && all.length > 0 ? all.map((name) => ({ ...one, name })) : [one]
      );
      return wanted.map(({ name, isType }) => {
        const way = follow(files, { path: target, name });
        return { ...way.at(-1)!, user: file.path, line, isType, way };
      });
    })
  ).filter(({ path, user }) => files.has(path) && path !== user);
  return { files, uses, ids: new Set(ids) };
}

/** The way of a name through re-exports to its definition, both ends included. */
export function follow(files: ReadonlyMap<string, SourceFile>, start: NameOf): readonly NameOf[] {
  const way = [start];
  for (let next = start; way.length < 20; way.push(next)) {
    const from = files.get(next.path)?.exports.get(next.name)?.from;
    if (from === undefined) break;
    next = from;
  }
  return way;
}

/** Calls `visit` for a node and all nodes within. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

/** The line of a node, 1 for the first. */
export function lineOf(syntax: ts.SourceFile, node: ts.Node): number {
  return syntax.getLineAndCharacterOfPosition(node.getStart(syntax)).line + 1;
}

function parse(path: string, text: string): SourceFile {
  const lines = text.replace(/\n$/, "").split("\n");
  if (!path.endsWith(".ts")) return { path, lines, imports: [], exports: new Map() };
  const syntax = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return { path, lines, syntax, imports: importsOf(syntax), exports: exportsOf(syntax) };
}

/** Static and dynamic imports and types of modules; a worker named by its address is none. */
function importsOf(syntax: ts.SourceFile): readonly Import[] {
  const found: Import[] = [];
  const add = (node: ts.Node, module: ts.Node, names: readonly ImportedName[], handsOn = false) => {
    if (!ts.isStringLiteral(module)) return;
    const target = targetOf(syntax, module);
    found.push({ target, names, line: lineOf(syntax, node), handsOn });
  };
  walk(syntax, (node) => {
    if (ts.isImportDeclaration(node)) {
      add(node, node.moduleSpecifier, namesOf(node.importClause));
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      add(node, node.moduleSpecifier, namesOf(node), true);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const name = node.qualifier?.getText(syntax).split(".")[0];
      add(node, node.argument.literal, [{ name: name ?? "*", isType: true }]);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const names = awaitedNames(node);
      add(node, node.arguments[0]!, names.map((name) => ({ name, isType: false })));
    }
  });
  return found;
}

function targetOf(syntax: ts.SourceFile, module: ts.StringLiteralLike): string {
  return module.text.startsWith(".") ? join(dirname(syntax.fileName), module.text) : module.text;
}

function namesOf(
  clause: ts.ImportClause | ts.ExportDeclaration | undefined,
): readonly ImportedName[] {
  const isType = clause?.isTypeOnly === true;
  const bindings = clause === undefined || ts.isExportDeclaration(clause)
    ? clause?.exportClause
    : clause.namedBindings;
  if (bindings === undefined || !("elements" in bindings)) return [{ name: "*", isType }];
  return bindings.elements.map((element) => ({
    name: (element.propertyName ?? element.name).text,
    isType: isType || element.isTypeOnly,
  }));
}

/** The names taken from `await import(...)`: by a pattern or by one property. */
function awaitedNames(call: ts.Node): readonly string[] {
  let node = call.parent;
  while (ts.isAwaitExpression(node) || ts.isParenthesizedExpression(node)) node = node.parent;
  if (ts.isPropertyAccessExpression(node)) return [node.name.text];
  if (!ts.isVariableDeclaration(node) || !ts.isObjectBindingPattern(node.name)) return ["*"];
  return node.name.elements.map(({ propertyName, name }) => (propertyName ?? name).getText());
}

function exportsOf(syntax: ts.SourceFile): ReadonlyMap<string, ExportedName> {
  const found = new Map<string, ExportedName>();
  for (const statement of syntax.statements) {
    const line = lineOf(syntax, statement);
    if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined) {
      if (!ts.isNamedExports(statement.exportClause)) continue;
      for (const element of statement.exportClause.elements) {
        const origin = (element.propertyName ?? element.name).text;
        const module = statement.moduleSpecifier;
        const from = module !== undefined && ts.isStringLiteral(module)
          ? { path: targetOf(syntax, module), name: origin }
          : importedAs(syntax, origin);
        const place = { line: lineOf(syntax, element), documented: true };
        found.set(element.name.text, from === undefined ? place : { ...place, from });
      }
    }
    const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
    if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
    const documented = ts.getJSDocCommentsAndTags(statement).some((doc) =>
      ts.isJSDoc(doc) && !doc.tags?.some(({ tagName }) => tagName.text === "module")
    );
    for (const name of definedNames(statement)) {
      found.set(name, { line, documented: documented || found.get(name)?.documented === true });
    }
  }
  return found;
}

function definedNames(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    const names: string[] = [];
    for (const { name } of statement.declarationList.declarations) {
      walk(name, (node) => {
        if (ts.isIdentifier(node) && !ts.isPropertyAssignment(node.parent)) names.push(node.text);
      });
    }
    return names;
  }
  const { name } = statement as ts.DeclarationStatement;
  return name === undefined ? [] : [name.text];
}

/** Where a name comes from that a file imports and exports in two statements. */
function importedAs(syntax: ts.SourceFile, local: string): NameOf | undefined {
  for (const statement of syntax.statements) {
    if (!ts.isImportDeclaration(statement)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
    const element = bindings.elements.find(({ name }) => name.text === local);
    if (element === undefined || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const name = (element.propertyName ?? element.name).text;
    return { path: targetOf(syntax, statement.moduleSpecifier), name };
  }
  return undefined;
}
