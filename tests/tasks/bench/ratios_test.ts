import type { StepTimes } from "../../../tasks/bench/measure.ts";
import { compareWithBase, median, type Result, spreadOf } from "../../../tasks/bench/ratios.ts";
import { assertAlmostEquals, assertEquals, assertThrows } from "../../assert.ts";

function run(seconds: readonly number[], peakBytes = 1, firstStep = 1): StepTimes {
  return { seconds, peakBytes, firstStep, loss: 0 };
}

function result(name: string, runs: readonly StepTimes[]): Result {
  return { name, flops: 1, runs, problem: undefined };
}

Deno.test("median() takes the middle, or the mean of the middle two", () => {
  assertEquals(median([5, 1, 3]), 3);
  assertEquals(median([4, 1, 2, 3]), 2.5);
  assertEquals(median([7]), 7);
  assertThrows(() => median([]), RangeError, "there are no numbers");
});

Deno.test("spreadOf() keeps the order of the rounds", () => {
  assertEquals(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3, rounds: [3, 1, 2] });
});

Deno.test("compareWithBase() divides every round by its own, not median by median", () => {
  const [comparison] = compareWithBase([
    // The machine was three times as slow in the second round, for both.
    result("ours", [run([1, 9, 1], 30, 8), run([3], 20, 6), run([1.2], 10, 4)]),
    result("theirs", [run([2], 10, 2), run([6], 10, 2), run([2], 10, 2)]),
  ], "theirs");
  const { name, base, time, memory, firstStep } = comparison!;
  assertEquals([name, base], ["ours", "theirs"]);
  assertEquals(time, { median: 0.5, min: 0.5, max: 0.6, rounds: [0.5, 0.5, 0.6] });
  assertEquals(memory.rounds, [3, 2, 1]);
  assertEquals(firstStep.median, 3);
});

Deno.test("compareWithBase() leaves out rounds and contestants that are not there", () => {
  const base = result("base", [run([2]), run([4])]);
  const late = result("late", [run([1])]);
  const failed: Result = { name: "failed", flops: 1, runs: [], problem: "no memory" };
  const comparisons = compareWithBase([late, base, failed], "base");
  assertEquals(comparisons.map(({ name }) => name), ["late"]);
  assertAlmostEquals(comparisons[0]!.time.median, 0.5);
  assertEquals(comparisons[0]!.time.rounds.length, 1);
  assertEquals(compareWithBase([late, base], undefined), []);
  assertEquals(compareWithBase([late], "base"), []);
  assertEquals(compareWithBase([late, { ...failed, name: "base" }], "base"), []);
});
