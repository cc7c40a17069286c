import { z } from "zod";
import {
  type Command,
  type CommandDefinition,
  type CommandEntry,
  defineCommand,
  findCommand,
  loadCommand,
  unknownCommand,
} from "../../../cli/framework/command.ts";
import { parseCommand, suggestNext } from "../../../cli/framework/parse.ts";
import { UsageError } from "../../../lib/util/errors.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

const run = () => Promise.resolve();
const ratio = z.strictObject({ maskRatio: z.number().int().optional().describe("ratio") });

function entry(name: string, definition: CommandDefinition<z.ZodObject>): CommandEntry {
  return { name, summary: name, load: () => Promise.resolve(definition) };
}

const all = [
  entry(
    "train",
    defineCommand({
      example: "metamae train",
      options: z.strictObject({
        data: z.string().meta({ metavar: "STORE", path: "any", description: "data" }),
        steps: z.number().int().min(1).optional().describe("steps"),
        firstOrder: z.boolean().default(false).describe("first order"),
        format: z.array(z.enum(["md", "csv"])).default([])
          .meta({ metavar: "FORMAT", description: "formats" }),
      }),
      owners: () => Promise.resolve([{ id: "mae", options: ratio }]),
      run,
    }),
  ),
  entry(
    "show",
    defineCommand({
      example: "metamae show a b",
      argument: z.array(z.enum(["alpha", "beta"]))
        .meta({ metavar: "NAME", description: "names" }),
      options: z.strictObject({}),
      run,
    }),
  ),
  entry(
    "engine install",
    defineCommand({
      example: "metamae engine install",
      options: z.strictObject({ gpu: z.boolean().default(false).describe("gpu") }),
      run,
    }),
  ),
];
const [train, show] = await Promise.all(all.map(loadCommand)) as [Command, Command, Command];

function failure(command: Command, rest: readonly string[]): UsageError {
  return assertThrows(() => parseCommand(command, rest), UsageError);
}

Deno.test("parseCommand returns only the flags that were given", () => {
  const { flags } = parseCommand(train, [
    "--data=a b",
    "--steps",
    "5",
    "--no-first-order",
    "--format",
    "md",
    "--format=csv,md",
  ]);
  assertEquals(JSON.parse(JSON.stringify(flags)), {
    data: "a b",
    steps: 5,
    firstOrder: false,
    format: ["md", "csv", "md"],
  });
});

Deno.test("parseCommand lists the options and suggests one when an option is unknown", () => {
  const error = failure(train, ["--data", "x", "--setps", "5"]);
  assertStringIncludes(error.message, 'Unknown option "--setps"');
  assertStringIncludes(error.message, "--data, --steps, --first-order, --format, --mask-ratio");
  assertEquals(error.hint, 'Did you mean "--steps"?');
});

Deno.test("parseCommand names the option whose value is bad", () => {
  assertStringIncludes(
    failure(train, ["--steps", "abc"]).message,
    '--steps: expected a valid integer, but got "abc"',
  );
  assertStringIncludes(failure(train, ["--steps", "-5"]).message, '"-5"');
  assertStringIncludes(failure(train, ["--steps"]).message, "--steps requires N");
  assertStringIncludes(
    failure(train, ["--data", "--steps", "5"]).message,
    '--data: expected a value, but got the option "--steps"',
  );
});

Deno.test("parseCommand refuses a flag given twice, a contradiction and a value for a switch", () => {
  assertStringIncludes(failure(train, ["--steps", "5", "--steps", "6"]).message, "multiple times");
  assertStringIncludes(
    failure(train, ["--first-order", "--no-first-order"]).message,
    "cannot be used together",
  );
  assertStringIncludes(failure(train, ["--first-order=1"]).message, "does not accept a value");
});

Deno.test("parseCommand refuses arguments that are too many or missing", () => {
  assertStringIncludes(failure(train, ["x"]).message, 'unexpected argument "x"');
  assertStringIncludes(failure(show, []).message, "NAME must be given");
});

Deno.test("parseCommand takes everything behind -- as arguments", () => {
  assertEquals(parseCommand(show, ["alpha", "--", "beta"]).arguments, ["alpha", "beta"]);
});

Deno.test("findCommand takes commands of two words", () => {
  assertEquals(findCommand(["engine", "install", "--gpu"], all)?.rest, ["--gpu"]);
  assertEquals(findCommand(["engine"], all), undefined);
  assertEquals(findCommand(["show", "alpha"], all)?.command.name, "show");
});

Deno.test("unknownCommand lists the commands and suggests the nearest", () => {
  const typo = unknownCommand(["trian"], all);
  assertStringIncludes(typo.message, "train, show, engine install");
  assertEquals(typo.hint, 'Did you mean "train"?');
  assertStringIncludes(unknownCommand(["engine"], all).message, 'Incomplete command "engine"');
  assertStringIncludes(unknownCommand(["engine", "x"], all).message, '"engine x"');
  assertStringIncludes(unknownCommand([], all).message, "Missing command");
  assertStringIncludes(unknownCommand(["--seed", "1"], all).message, '"--seed" before the command');
});

Deno.test("suggestNext completes commands, options, choices and names", async () => {
  const texts = async (...args: string[]) =>
    (await suggestNext(all, args)).flatMap((s) => s.kind === "literal" ? [s.text] : [s.kind]);
  assertEquals(await texts("s"), ["show"]);
  assertEquals(await texts("engine", ""), ["install"]);
  assertEquals(await texts("train", "--ma"), ["--mask-ratio"]);
  assertEquals(await texts("train", "--format", "m"), ["md"]);
  assertEquals(await texts("train", "--data", ""), ["file"]);
  assertEquals(await texts("show", "al"), ["alpha"]);
  assertEquals(await texts("engine", "install", "--g"), ["--gpu"]);
});
