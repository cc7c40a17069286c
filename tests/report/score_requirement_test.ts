import { assert, assertEquals, assertThrows } from "../assert.ts";
import { groupRecords } from "../../lib/report/groups.ts";
import {
  assertRequirements,
  checkRequirements,
  parseRequirement,
} from "../../lib/report/score_requirement.ts";
import { ScoreError, UsageError } from "../../lib/util/errors.ts";
import { experiment, scoreRecord } from "./builders.ts";

const groups = groupRecords([
  scoreRecord(experiment("mnist", "metamae"), 0.9),
  scoreRecord(experiment("mnist", "mae", { maskRatio: 0.5 }), 0.8),
  scoreRecord(experiment("mnist", "mae", { maskRatio: 0.9 }), 0.7),
  scoreRecord(experiment("stability", "mae", {}, "pfam"), 0.5, { metric: "spearman" }),
  scoreRecord(experiment("mnist", "scratch"), null),
]);
const check = (...texts: string[]) => checkRequirements(texts.map(parseRequirement), groups);

Deno.test("parseRequirement() reads data set, method and bound", () => {
  const text = " glue-cola / dabs-mae >= -0.5 ";
  assertEquals(parseRequirement(text), {
    dataset: "glue-cola",
    method: "dabs-mae",
    bound: -0.5,
    text,
  });
});

for (const text of ["mnist>=85", "mnist/mae>85", "mnist/mae>=", "mnist/mae>=a", "/mae>=1", ""]) {
  Deno.test(`parseRequirement() refuses "${text}"`, () => {
    assertThrows(() => parseRequirement(text), UsageError, '"DATASET/METHOD>=X" is wanted');
  });
}

Deno.test("checkRequirements() compares in the unit of the tables", () => {
  assertEquals(check("mnist/metamae>=90", "mnist/metamae>=90.1").map(({ met }) => met), [
    true,
    false,
  ]);
  assertEquals(check("stability/mae>=0.5")[0]!.met, true);
});

Deno.test("checkRequirements() holds the lowest of several settings against the bound", () => {
  const [outcome] = check("mnist/mae>=75");
  assertEquals([outcome!.met, Math.round(outcome!.reached!)], [false, 70]);
});

Deno.test("checkRequirements() refuses what was not reported, and names what was", () => {
  const dataset = assertThrows(() => check("mnits/mae>=1"), UsageError);
  assert(dataset.message.includes('"mnits"') && dataset.message.includes("mnist, stability"));
  assertEquals(dataset.hint, 'Did you mean "mnist"?');
  const method = assertThrows(() => check("stability/emix>=1"), UsageError);
  assert(method.message.includes("the valid names are mae"));
});

Deno.test("assertRequirements() lists what was reached", () => {
  assertRequirements(check("mnist/metamae>=90"), groups);
  const failed = check(
    "mnist/metamae>=95",
    "mnist/mae>=70",
    "mnist/scratch>=10",
    "stability/mae>=0.6",
  );
  const error = assertThrows(() => assertRequirements(failed, groups), ScoreError);
  assertEquals(
    error.message,
    "Cannot accept the scores: mnist/metamae reached 90.0 %, 95 % was wanted; " +
      "mnist/scratch has no score (the predictions are all equal), 10 % was wanted; " +
      "stability/mae reached 0.50, 0.6 was wanted",
  );
  assertEquals(error.exitCode, 8);
});
