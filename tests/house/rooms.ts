/**
 * The rooms of the house: which may use which, their doors, and ways that lead in a circle.
 *
 * @module
 */

import { dirname } from "../../lib/util/mod.ts";
import type { Place, SourceTree } from "./source_tree.ts";

/**
 * Which rooms of `lib` each room may import from; those of `leaves` are open to all. Data flows one
 * way: raw formats to stores, engine to networks to methods to training, evaluation and reports.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  util: [],
  spec: [],
  documents: [],
  formats: [],
  reference: [],
  terminal: [],
  store: ["documents"],
  raw: ["formats"],
  signal: ["formats"],
  text: ["formats", "raw"],
  engine: ["documents", "formats"],
  nn: ["engine"],
  methods: ["engine", "nn"],
  datasets: ["documents", "formats", "raw", "reference", "signal", "store", "text"],
  train: ["documents", "engine", "formats", "methods", "nn", "store"],
  evaluate: ["documents", "engine", "formats", "methods", "nn", "store", "train"],
  report: ["documents", "evaluate", "formats", "methods", "datasets", "store", "terminal", "train"],
};

const leaves = ["util", "spec"];

/** Which top folders each one may import from. */
const allowedTops: Readonly<Record<string, readonly string[]>> = {
  "mod.ts": ["lib"],
  lib: ["lib"],
  cli: ["cli", "lib"],
  tasks: ["cli", "lib", "tasks"],
};

/** Packages that one room alone may import. */
const ownPackages: readonly (readonly [prefix: string, room: string])[] = [
  ["@tensorflow/", "lib/engine/"],
];

/** Files that list what there is: they import each entry and say nothing about it. */
export const registries: ReadonlySet<string> = new Set([
  "cli/commands.ts",
  "lib/datasets/registry.ts",
  "lib/methods/registry.ts",
]);

const top = (path: string) => path.split("/")[0]!;

/** The room that a file lies in: a folder of `lib`, a kind of formats, a part of `cli`, `tasks`. */
export function roomOf(path: string): string {
  const folders = path.split("/").slice(0, -1);
  if (folders[0] === "tasks") return "tasks";
  return folders.slice(0, path.startsWith("lib/formats/") ? 3 : 2).join("/");
}

/** Imports that the order of the rooms does not allow. */
export function forbiddenArrows({ files }: SourceTree): readonly Place[] {
  const found: Place[] = [];
  for (const { path, imports } of files.values()) {
    for (const { target, line } of imports) {
      if (target === "deno.json" || isAllowed(path, target)) continue;
      found.push({ path, line, what: `imports ${target}` });
    }
  }
  return found;
}

function isAllowed(path: string, target: string): boolean {
  const owner = ownPackages.find(([prefix]) => target.startsWith(prefix))?.[1];
  if (owner !== undefined) return path.startsWith(owner);
  // A package, or a file that is no source.
  if (!(top(target) in allowedTops)) return !target.endsWith(".ts");
  if (!allowedTops[top(path)]?.includes(top(target))) return false;
  if (top(path) !== "lib") return true;
  const [room, other] = [path.split("/")[1]!, target.split("/")[1]!];
  return room === other || leaves.includes(other) || allowed[room]?.includes(other) === true;
}

/** Imports of another room's inner files, past its `mod.ts`; registries may. */
export function pastDoors(tree: SourceTree): readonly Place[] {
  return entries(tree).filter(({ room }) => tree.files.has(`${room}/mod.ts`));
}

/** Imports of the inner files of rooms that have no `mod.ts` yet. */
export function missingDoors(tree: SourceTree): readonly Place[] {
  return entries(tree).filter(({ room }) => !tree.files.has(`${room}/mod.ts`));
}

function entries({ files }: SourceTree): readonly (Place & { readonly room: string })[] {
  return [...files.values()].filter(({ path }) => !registries.has(path)).flatMap(
    ({ path, imports }) =>
      imports.map(({ target, line }) => ({ path, line, what: target, room: roomOf(target) }))
        .filter(({ what, room }) =>
          files.has(what) && !what.endsWith("/mod.ts") && room.includes("/") &&
          roomOf(path) !== room
        ),
  );
}

/** Files that import each other, at once or through others; types count. */
export function fileCycles({ files }: SourceTree): readonly Place[] {
  return circles(
    [...files.values()].flatMap(({ path, imports }) =>
      imports.map(({ target, line }) => ({ from: path, to: target, path, line }))
    ),
  );
}

/**
 * Folders that need each other, at once or through others, sub-folders being folders of their own.
 * An arrow goes from the folder that uses a value to the one that defines it: what a door hands on
 * and what is a type only does not count.
 */
export function folderCycles({ uses }: SourceTree): readonly Place[] {
  const arrows = uses.filter(({ isType }) => !isType).map(({ user, path, line }) => (
    { from: dirname(user), to: dirname(path), path: user, line }
  ));
  return circles(arrows.filter(({ from, to }) => from !== to));
}

/** One place for each set of nodes that can reach each other. */
function circles(
  arrows: readonly { readonly from: string; readonly to: string; path: string; line: number }[],
): readonly Place[] {
  const graph = new Map<string, Set<string>>();
  for (const { from, to } of arrows) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  const reached = new Map([...graph.keys()].map((start) => {
    const found = new Set<string>();
    const open = [start];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const next of graph.get(node) ?? []) {
        if (!found.has(next)) open.push(next), found.add(next);
      }
    }
    return [start, found];
  }));
  const places = new Map<string, Place>();
  for (const [node, found] of reached) {
    if (!found.has(node)) continue;
    const circle = [...found].filter((other) => reached.get(other)?.has(node)).sort();
    const first = arrows.find(({ from, to }) => circle.includes(from) && circle.includes(to))!;
    const what = circle.join(", ");
    if (!places.has(what)) places.set(what, { path: first.path, line: first.line, what });
  }
  return [...places.values()];
}
