import { measures } from "./main.ts";
import { sourceTree } from "./source_tree.ts";
import { assertEquals } from "../assert.ts";

/** The places that a measure finds in invented files, as `path:line`. */
function found(name: string, files: Readonly<Record<string, string>>): readonly string[] {
  const tree = sourceTree(new Map(Object.entries(files)), ["cifar10", "text", "mae"]);
  const { places } = measures.find((measure) => measure.name === name)!;
  return places(tree).map(({ path, line }) => `${path}:${line}`);
}

const doc = "/** Says something. */\n";
const lines = (count: number) => Array.from({ length: count }, (_, i) => `  f(${i});\n`).join("");

Deno.test("source lines are those of code and recipes, data tables stand beside them", () => {
  const files = {
    "lib/a/x.ts": "a;\nb;\n",
    "tasks/recipes/one/two.json": "{\n}\n",
    "lib/a/table.json": "{}\n",
    "tasks/bench/step.py": "pass\n",
  };
  assertEquals(found("source lines", files), ["lib/a/x.ts:1", "tasks/recipes/one/two.json:1"]);
  assertEquals(found("data table lines", files), ["lib/a/table.json:1"]);
});

Deno.test("a file with one importer is found behind doors, unless a registry imports it", () => {
  const files = {
    "lib/a/mod.ts": 'export { one, many } from "./x.ts";\nexport { two } from "./y.ts";\n',
    "lib/a/x.ts": "export const one = 1, many = 2;\n",
    "lib/a/y.ts": "export const two = 2;\n",
    "lib/b/u.ts": 'import { two } from "../a/mod.ts";\n',
    "lib/b/v.ts": 'import { one } from "../a/mod.ts";\n',
    "lib/b/w.ts": 'const { many } = await import("../a/mod.ts");\n',
    "lib/methods/registry.ts": 'import { mae } from "./mae.ts";\n',
    "lib/methods/mae.ts": "export const mae = 1;\n",
  };
  assertEquals(found("files with one importer", files), ["lib/a/y.ts:1"]);
});

Deno.test("functions of every form are measured, nested ones for themselves too", () => {
  const files = {
    "lib/a/x.ts": `const inner = {\n  method() {\n${lines(59)}  },\n};\n`,
    "lib/a/y.ts": `function outer() {\n  const arrow = () => {\n${lines(97)}  };\n}\n`,
    "lib/a/z.ts": `function short() {\n${lines(58)}}\n`,
  };
  assertEquals(found("functions over 100 lines", files), ["lib/a/y.ts:1"]);
  assertEquals(found("functions over 60 lines", files), [
    "lib/a/x.ts:2",
    "lib/a/y.ts:1",
    "lib/a/y.ts:2",
  ]);
});

Deno.test("unused exports are used by no source file, at a door too", () => {
  const files = {
    "mod.ts": 'export { open } from "./lib/a/mod.ts";\n',
    "lib/a/mod.ts": 'export { open, lost } from "./x.ts";\n',
    "lib/a/x.ts": "export const open = 1;\nexport const lost = 2;\nexport type Own = 3;\n" +
      "export function near(own: Own) {}\n",
    "lib/a/y.ts": 'import * as x from "./z.ts";\n',
    "lib/a/z.ts": "export const all = 1;\n",
  };
  assertEquals(found("unused exports", files), ["lib/a/mod.ts:1", "lib/a/x.ts:2", "lib/a/x.ts:4"]);
});

Deno.test("exports without a docstring, long lines and any are found", () => {
  const files = {
    "lib/a/x.ts": `${doc}export const good = 1;\nexport const bad = (value: any) => value;\n`,
    "lib/a/y.ts": `// ${"é".repeat(97)}\n// ${"é".repeat(98)}\n`,
    "lib/a/z.ts": "/** A file.\n * @module */\nexport const z = 1;\n",
    "lib/a/long.json": `"${"e".repeat(200)}"\n`,
  };
  assertEquals(found("undocumented exports", files), ["lib/a/x.ts:3", "lib/a/z.ts:3"]);
  assertEquals(found("lines over 100 columns", files), ["lib/a/y.ts:2"]);
  assertEquals(found("any types", files), ["lib/a/x.ts:3"]);
});

Deno.test("six lines that stand twice are a pair, with other names too", () => {
  const body = (name: string, size = 12) =>
    `const ${name} = open(${name}Folder, { size: ${size} });\n` +
    `for (const ${name}Row of ${name}.rows()) {\n` +
    `  if (${name}Row.label === undefined) throw new Error("no label");\n` +
    `  counts.set(${name}Row.label, (counts.get(${name}Row.label) ?? 0) + 1);\n` +
    `  // A comment does not count.\n` +
    `  await writer.append([${name}Row.values], ${name}Row.label);\n}\n` +
    `return { counts, rows: ${name}.length };\n`;
  const pair = { "lib/a/x.ts": body("store"), "lib/b/y.ts": body("folder", 30) };
  assertEquals(found("duplicate pairs", pair), ["lib/a/x.ts:1"]);
  const many = Object.fromEntries(
    "abcdefghi".split("").map((name) => [`lib/${name}/x.ts`, body("s")]),
  );
  assertEquals(found("duplicate pairs", many), []);
  const list = { "lib/a/x.ts": lines(4).replaceAll("  ", ""), "lib/b/y.ts": lines(5) };
  assertEquals(found("duplicate pairs", list), []);
});

Deno.test("circles of files count types, circles of folders only values, doors left out", () => {
  const files = {
    "lib/a/x.ts": 'import type { Y } from "../b/y.ts";\nexport type X = Y;\nexport const x = 1;\n',
    "lib/b/y.ts": 'import type { X } from "../a/x.ts";\nexport type Y = X;\n',
    "lib/c/mod.ts": 'export { inner } from "./part/inner.ts";\n',
    "lib/c/base.ts": "export const base = 1;\n",
    "lib/c/part/inner.ts": 'import { base } from "../base.ts";\nexport const inner = base;\n',
    "lib/d/one.ts": 'import { two } from "../e/two.ts";\nexport const one = two;\n',
    "lib/d/other.ts": "export const other = 1;\n",
    "lib/e/two.ts": 'import { other } from "../d/other.ts";\nexport const two = other;\n',
  };
  assertEquals(found("file cycles", files), ["lib/a/x.ts:1"]);
  assertEquals(found("folder cycles", files), ["lib/d/one.ts:1"]);
});

Deno.test("arrows point downwards, doors are not passed by, packages of a room stay there", () => {
  const files = {
    "lib/nn/mod.ts": "",
    "lib/nn/x.ts": 'import { train } from "../train/mod.ts";\nimport "../util/mod.ts";\n',
    "lib/train/mod.ts": 'import * as tf from "@tensorflow/tfjs";\n',
    "lib/train/y.ts": 'import { x } from "../nn/x.ts";\nimport { z } from "../../cli/z.ts";\n',
    "lib/util/mod.ts": "",
    "cli/z.ts": 'import { main } from "../tasks/bench.ts";\nimport "./commands/probe.ts";\n',
    "cli/commands/probe.ts": "",
    "tasks/bench.ts": 'import { z } from "../cli/z.ts";\n',
  };
  assertEquals(found("forbidden arrows", files), [
    "lib/nn/x.ts:1",
    "lib/train/mod.ts:1",
    "lib/train/y.ts:2",
    "cli/z.ts:1",
  ]);
  assertEquals(found("imports past a door", files), ["lib/train/y.ts:1"]);
  assertEquals(found("imports where a door is missing", files), ["cli/z.ts:2"]);
});

Deno.test("ids decide only in their own file, in registries and in recipes", () => {
  const files = {
    "lib/datasets/cifar10.ts": 'export const cifar10 = { id: "cifar10" };\nid === "cifar10";\n',
    "lib/methods/registry.ts": 'byName.get("mae");\n',
    "lib/report/x.ts": 'if (method === "mae") draw();\nswitch (id) {\n  case "cifar10":\n}\n' +
      '["cifar10"].includes(id);\nshown.has("mae");\nconst titles = { cifar10: "CIFAR-10" };\n' +
      'const looks = new Map([["text", 1]]);\n',
    "lib/report/y.ts": '// "mae"\nconst title = "mae";\ninput.kind === "text";\n' +
      'switch (input.kind) {\n  case "text":\n}\n' +
      'const colours = { text: "black" };\nrun("cifar10", { method: "mae" });\n',
    "tasks/reproduce/recipes.ts": 'method === "mae";\n',
  };
  assertEquals(
    found("ids in control flow", files),
    [1, 3, 5, 6, 7, 8].map((line) => `lib/report/x.ts:${line}`),
  );
});
