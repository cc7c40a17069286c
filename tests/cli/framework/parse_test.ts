import { type Command, defineCommand } from "../../../cli/framework/command.ts";
import {
  list,
  oneOf,
  optional,
  path,
  required,
  separated,
  toggle,
  wholeNumber,
} from "../../../cli/framework/options.ts";
import { findCommand, optionTable, unknownCommand } from "../../../cli/framework/dispatch.ts";
import { parseCommand, suggestNext } from "../../../cli/framework/parse.ts";
import { UsageError } from "../../../lib/util/errors.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

const run = () => Promise.resolve();
const train: Command = defineCommand({
  name: "train",
  summary: "Train",
  example: "metamae train",
  options: {
    data: required(path("STORE"), "data"),
    steps: optional(wholeNumber({ min: 1 }), "steps"),
    firstOrder: toggle("first order"),
    format: list(separated(oneOf(["md", "csv"], "FORMAT")), [], "formats"),
  },
  moreOptions: () => Promise.resolve({ maskRatio: optional(wholeNumber(), "ratio") }),
  run,
});
const show: Command = defineCommand({
  name: "show",
  summary: "Show",
  example: "metamae show a b",
  argument: { parser: oneOf(["alpha", "beta"], "NAME"), description: "names", count: "many" },
  options: {},
  run,
});
const install: Command = defineCommand({
  name: "engine install",
  summary: "Install",
  example: "metamae engine install",
  options: { gpu: toggle("gpu") },
  run,
});
const all = [train, show, install];
const table = await optionTable(train);

function failure(command: Command, rest: readonly string[]): UsageError {
  return assertThrows(
    () => parseCommand(command, command === train ? table : { ...command.options }, rest),
    UsageError,
  );
}

Deno.test("parseCommand returns only the flags that were given", () => {
  const { flags } = parseCommand(train, table, [
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
  assertEquals(parseCommand(show, {}, ["alpha", "--", "beta"]).arguments, ["alpha", "beta"]);
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
  const tables = await Promise.all(
    all.map(async (command) => [command, await optionTable(command)] as const),
  );
  const texts = (...args: string[]) =>
    suggestNext(tables, args).flatMap((s) => s.kind === "literal" ? [s.text] : [s.kind]);
  assertEquals(texts("s"), ["show"]);
  assertEquals(texts("engine", ""), ["install"]);
  assertEquals(texts("train", "--ma"), ["--mask-ratio"]);
  assertEquals(texts("train", "--format", "m"), ["md"]);
  assertEquals(texts("train", "--data", ""), ["file"]);
  assertEquals(texts("show", "al"), ["alpha"]);
  assertEquals(texts("engine", "install", "--g"), ["--gpu"]);
});
