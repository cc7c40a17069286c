import { dirname, fromFileUrl, join, normalize } from "../../lib/util/path.ts";
import { assertEquals } from "../assert.ts";

/**
 * Which rooms of lib each room may import from; `util` and `spec` are leaves that all may use.
 * Data flows one way: raw formats to stores, engine to networks to methods to training, evaluation and
 * reports.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  util: [],
  spec: [],
  formats: [],
  reference: [],
  terminal: [],
  store: [],
  raw: ["formats"],
  signal: ["formats"],
  text: ["formats", "raw"],
  engine: ["formats"],
  nn: ["engine"],
  methods: ["engine", "nn"],
  datasets: ["formats", "raw", "reference", "signal", "store", "text"],
  train: ["engine", "formats", "methods", "nn", "store"],
  evaluate: ["engine", "formats", "methods", "nn", "store", "train"],
  report: ["evaluate", "formats", "methods", "datasets", "store", "terminal", "train"],
};

const leaves = ["util", "spec"];
const root = fromFileUrl(new URL("../..", import.meta.url));

/** Relative imports of every source file, as paths from the project's folder. */
async function importsBySource(folders: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const visit = async (folder: string): Promise<void> => {
    for await (const entry of Deno.readDir(join(root, folder))) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory) await visit(path);
      if (!entry.isFile || !path.endsWith(".ts")) continue;
      const text = await Deno.readTextFile(join(root, path));
      const code = text.replaceAll(/^\s*(\*|\/\/).*$/gm, "");
      const specifiers = [...code.matchAll(/\b(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)];
      found.set(path, specifiers.map(([, name]) => normalize(join(dirname(path), name!))));
    }
  };
  for (const folder of folders) await visit(folder);
  return found;
}

const part = (path: string) => path.split("/")[1]!;

Deno.test("rooms of lib import only from the rooms below them", async () => {
  const wrong: string[] = [];
  for (const [source, targets] of await importsBySource(["lib"])) {
    const may = allowed[part(source)];
    for (const target of targets) {
      const inside = target.startsWith("lib/") && part(target) === part(source);
      const permitted = target.startsWith("lib/") &&
        (may?.includes(part(target)) || leaves.includes(part(target)));
      if (!inside && !permitted && target !== "deno.json") wrong.push(`${source} -> ${target}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("the command line is imported by tasks only", async () => {
  const wrong: string[] = [];
  for (const [source, targets] of await importsBySource(["lib", "cli"])) {
    for (const target of targets) {
      if (target.startsWith("tasks/")) wrong.push(`${source} -> ${target}`);
      if (source.startsWith("lib/") && target.startsWith("cli/")) {
        wrong.push(`${source} -> ${target}`);
      }
    }
  }
  assertEquals(wrong, []);
});

Deno.test("no source file imports itself through others", async () => {
  const graph = await importsBySource(["lib", "cli", "tasks"]);
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at >= 0) cycles.push([...trail.slice(at), path].join(" -> "));
    if (at >= 0 || done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  assertEquals(cycles, []);
});

Deno.test("only the engine imports TensorFlow.js", async () => {
  const wrong: string[] = [];
  for (const source of (await importsBySource(["lib", "cli", "tasks"])).keys()) {
    const text = await Deno.readTextFile(join(root, source));
    if (!source.startsWith("lib/engine/") && /(from|import)\s*\(?\s*"@tensorflow\//.test(text)) {
      wrong.push(source);
    }
  }
  assertEquals(wrong, []);
});

/** The room that a file of lib lies in: a folder of lib, or a kind of formats. */
const roomOf = (path: string) => path.split("/").slice(0, path.startsWith("lib/formats/") ? 3 : 2);

Deno.test("a room of lib is entered through its door only", async () => {
  const wrong: string[] = [];
  for (const [source, targets] of await importsBySource(["lib", "cli", "tasks"])) {
    for (const target of targets) {
      if (!target.startsWith("lib/") || target.endsWith("/mod.ts")) continue;
      const inside = source.startsWith("lib/") &&
        roomOf(source).join("/") === roomOf(target).join("/");
      if (!inside) wrong.push(`${source} -> ${target}`);
    }
  }
  assertEquals(wrong, []);
});
