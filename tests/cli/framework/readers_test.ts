import { environmentName, negatedFlagName } from "../../../cli/framework/options.ts";
import {
  oneOf,
  path,
  realNumber,
  separated,
  truth,
  wholeNumber,
  withSuggestions,
  word,
} from "../../../cli/framework/readers.ts";
import { flagName } from "../../../lib/util/shell.ts";
import { assert, assertEquals, assertFalse } from "../../assert.ts";

function value<T>(result: { success: true; value: T } | { success: false }): T | undefined {
  return result.success ? result.value : undefined;
}

Deno.test("flagName, negatedFlagName and environmentName spell one option in three ways", () => {
  assertEquals(flagName("batchSize"), "--batch-size");
  assertEquals(negatedFlagName("firstOrder"), "--no-first-order");
  assertEquals(environmentName("innerLr"), "METAMAE_INNER_LR");
});

Deno.test("wholeNumber refuses fractions, words and values out of bounds", () => {
  const parser = wholeNumber({ min: 1, max: 10 });
  assertEquals(value(parser.parse("10")), 10);
  for (const bad of ["0", "11", "1.5", "1e1", "abc", "", "NaN", "Infinity"]) {
    assertFalse(parser.parse(bad).success, bad);
  }
});

Deno.test("realNumber takes exponents and refuses what is not finite", () => {
  const parser = realNumber({ min: 0 });
  assertEquals(value(parser.parse("1e-3")), 0.001);
  for (const bad of ["-0.1", "NaN", "Infinity", "1,5", ""]) {
    assertFalse(parser.parse(bad).success, bad);
  }
});

Deno.test("path refuses nothing at all and asks the shell for files", () => {
  const parser = path("DIR", "directory");
  assertEquals(value(parser.parse("a b/ü")), "a b/ü");
  assertFalse(parser.parse("").success);
  assertEquals([...parser.suggest!("a/")], [{ kind: "file", type: "directory", pattern: "a/" }]);
});

Deno.test("word takes any name and withSuggestions offers those that fit", async () => {
  const parser = word("NAME", () => Promise.resolve(["mae", "metamae", "scratch"]));
  assert(parser.parse("no-such-method").success);
  assertFalse(parser.parse("").success);
  const suggesting = await withSuggestions(parser);
  assertEquals([...suggesting.suggest!("m")].map((s) => s.kind === "literal" && s.text), [
    "mae",
    "metamae",
  ]);
});

Deno.test("withSuggestions leaves readers without a list as they are", async () => {
  const parser = wholeNumber();
  assertEquals(await withSuggestions(parser) === parser, true);
});

Deno.test("separated reads every item and fails with the first bad one", () => {
  const parser = separated(oneOf(["md", "csv", "html"], "FORMAT"));
  assertEquals(value(parser.parse("md, html")), ["md", "html"]);
  assertFalse(parser.parse("md,pdf").success);
  assertFalse(parser.parse("md,").success);
  assertEquals(parser.format(["md", "csv"]), "md,csv");
  assertEquals([...parser.suggest!("md,c")].map((s) => s.kind === "literal" && s.text), ["md,csv"]);
});

Deno.test("truth reads the usual spellings", () => {
  for (const yes of ["1", "true", "TRUE", "yes", "on"]) {
    assertEquals(value(truth().parse(yes)), true);
  }
  for (const no of ["0", "false", "no", "off"]) assertEquals(value(truth().parse(no)), false);
  assertFalse(truth().parse("maybe").success);
});
