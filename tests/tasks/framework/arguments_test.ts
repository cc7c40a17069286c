import { z } from "zod";
import { UsageError } from "../../../lib/util/errors.ts";
import { count, nameOf, readArguments, taskHelp } from "../../../tasks/framework/arguments.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

const task = {
  task: "toy",
  positional: "FOLDER",
  about: "Plays.",
  options: z.strictObject({
    batchSizes: z.array(count).optional().describe("sizes"),
    colour: nameOf("colour", ["red", "blue"]).default("red").describe("paint"),
    slurm: z.array(z.string()).meta({ blanks: true }).default([]).describe("options"),
    dryRun: z.boolean().default(false).describe("only look"),
    out: z.string().optional().describe("where to"),
  }),
};

const read = (...args: readonly string[]) => readArguments(task, args);

Deno.test("readArguments() gives typed values and defaults", () => {
  assertEquals(read("12", "--batch-sizes=2, 3", "--batch-sizes", "4", "--dry-run"), {
    options: { batchSizes: [2, 3, 4], colour: "red", slurm: [], dryRun: true },
    positional: "12",
  });
  assertEquals(read("--colour", "blue", "--", "-x")!.positional, "-x");
});

Deno.test("readArguments() takes values that begin with a dash, but not for a forgotten one", () => {
  assertEquals(read("--slurm", "--a=1  --b,c")!.options.slurm, ["--a=1", "--b,c"]);
  assertThrows(() => read("--out", "--dry-run"), UsageError, "--out needs a value");
  assertThrows(() => read("--out"), UsageError, "--out needs a value");
});

Deno.test("readArguments() refuses what it does not know", () => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['Unknown option "--color"', "--color", "red"],
    ['Unknown option "-x"', "-x"],
    ["--batch-sizes, --colour, --slurm, --dry-run, --out, --help", "--no-dry-run"],
    ['unexpected argument "b"', "a", "b"],
    ["the valid names are red, blue", "--colour", "green"],
    ["--dry-run takes no value", "--dry-run=maybe"],
    ['Cannot use --batch-sizes "1,x": "x" is no positive whole number', "--batch-sizes", "1,x"],
  ];
  for (const [message, ...args] of cases) assertThrows(() => read(...args), UsageError, message);
});

Deno.test("taskHelp() names usage, options, choices and defaults", () => {
  assertEquals(read("--help", "x", "y"), undefined);
  const page = taskHelp(task);
  assertStringIncludes(page, "Usage: deno task toy [FOLDER] [options]\n\nPlays.\n\n");
  assertStringIncludes(page, "  --batch-sizes  sizes, separated by commas\n");
  assertStringIncludes(page, "  --colour       paint: red, blue (default red)\n");
});
