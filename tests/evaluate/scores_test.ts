import {
  argmaxRows,
  primaryMetric,
  probabilities,
  roundProbabilities,
  score,
  type Scores,
} from "../../lib/evaluate/scores.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { mostAurocClasses } from "../../lib/evaluate/probe_metrics.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { tasks } from "./blobs.ts";

const scores = (values: number[], labels: number[], samples = labels.length): Scores => ({
  values: Float64Array.from(values),
  labels,
  samples,
});

const valuesOf = (scored: ReturnType<typeof score>) =>
  Object.fromEntries(
    Object.entries(scored.statistics).map(([name, statistic]) => [name, statistic().value]),
  );

Deno.test("argmaxRows() takes the first of equal values", () => {
  assertEquals([...argmaxRows([1, 2, 2, 5, 0, 5], 3)], [1, 0]);
});

Deno.test("roundProbabilities() sends exactly one half to class 0", () => {
  assertEquals([...roundProbabilities([0.5, 0.5 + 1e-9, 0, 1])], [0, 1, 0, 1]);
});

Deno.test("probabilities() is a softmax over classes that survives large scores", () => {
  const [a, b, c] = probabilities([1000, 1000 + Math.log(3), 0], tasks["single-label"]);
  assertAlmostEquals(a!, 0.25, 1e-12);
  assertAlmostEquals(b!, 0.75, 1e-12);
  assertEquals(c, 0);
});

Deno.test("probabilities() is a float32 sigmoid for binary tasks", () => {
  const values = probabilities([0, 1e-9, -2, 800], tasks.binary);
  assertEquals(values[0], 0.5);
  assertEquals(values[1], 0.5, "below the resolution of float32, as in the reference");
  assertEquals(values[2], Math.fround(1 / (1 + Math.exp(2))));
  assertEquals(values[3], 1);
});

Deno.test("score() of a binary task measured by correlation takes that of the raw outputs", () => {
  const raw = [-2, -0.5, 0.25, 3, 40];
  const labels = [0, 1, 0, 1, 1];
  const task: TaskSpec = { ...tasks.binary, metric: "pearson" };
  const values = [...probabilities(raw, task)];
  const { pearson } = valuesOf(score(scores(values, labels), task));
  // 40 is beyond what a float32 probability can tell from 1.
  const seen = [-2, -0.5, 0.25, 3, Math.log(2 ** 24 - 1)];
  const mean = (x: readonly number[]) => x.reduce((sum, v) => sum + v, 0) / x.length;
  const product = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, v, i) => sum + (v - mean(x)) * (y[i]! - mean(y)), 0);
  const expected = product(seen, labels) /
    Math.sqrt(product(seen, seen) * product(labels, labels));
  assertAlmostEquals(pearson!, expected, 1e-6);
  assert(!("pearson" in valuesOf(score(scores(values, labels), tasks.binary))));
});

Deno.test("probabilities() leaves predictions of a regression alone", () => {
  assertEquals([...probabilities([-3, 7], tasks.regression)], [-3, 7]);
});

Deno.test("score() of a single-label task has accuracy, weighted F1 and mean AUROC", () => {
  const scored = score(
    scores([0.8, 0.1, 0.1, 0.2, 0.5, 0.3, 0.6, 0.3, 0.1], [0, 1, 2]),
    tasks["single-label"],
  );
  assertEquals([...scored.correct!], [1, 1, 0]);
  const { accuracy, "weighted-f1": f1, auroc } = valuesOf(scored);
  assertAlmostEquals(accuracy!, 2 / 3, 1e-12);
  assertAlmostEquals(f1!, (2 / 3 + 1 + 0) / 3, 1e-12);
  assertAlmostEquals(auroc!, (1 + 1 + 0.25) / 3, 1e-12);
});

Deno.test("score() leaves the AUROC of many classes out unless it is the metric", () => {
  const classes = mostAurocClasses + 1;
  const task: TaskSpec = { kind: "single-label", classes, metric: "accuracy" };
  const data = scores(Array.from({ length: 2 * classes }, (_, i) => i % 7), [0, 1]);
  assert(!("auroc" in score(data, task).statistics));
  assert("auroc" in score(data, { ...task, metric: "auroc" }).statistics);
});

Deno.test("score() of a multi-label task counts every label", () => {
  const task: TaskSpec = { kind: "multi-label", classes: 2, metric: "auroc" };
  const scored = score(scores([0.9, 0.2, 0.1, 0.8, 0.4, 0.6], [1, 0, 0, 1, 1, 0], 3), task);
  assertEquals([...scored.correct!], [1, 1, 1, 1, 0, 0]);
  assertEquals(scored.perSample, 2);
  const { auroc, accuracy } = valuesOf(scored);
  assertAlmostEquals(accuracy!, 4 / 6, 1e-12);
  assertAlmostEquals(auroc!, 1, 1e-12);
});

Deno.test("score() of a regression has correlations and no right or wrong", () => {
  const scored = score(scores([1, 2, 4], [10, 20, 30]), tasks.regression);
  assertEquals(scored.correct, null);
  const { spearman, pearson } = valuesOf(scored);
  assertAlmostEquals(spearman!, 1, 1e-12);
  assertAlmostEquals(pearson!, 3 / Math.sqrt((14 / 3) * 2), 1e-12);
});

Deno.test("score() of a per-token task is taken with and without padding", () => {
  const hot = [0, 1, 2, 2, 0, 0].flatMap((c) => [0, 1, 2].map((k) => k === c ? 1 : 0));
  // Two sequences of three tokens; label 2 is padding.
  const scored = score(scores(hot, [0, 0, 2, 2, 0, 1], 2), tasks["per-token"]);
  assertEquals([...scored.correct!], [1, 0, 1, 1, 1, 0]);
  assertEquals(scored.perSample, 3);
  const metrics = valuesOf(scored);
  assertAlmostEquals(metrics.accuracy!, 4 / 6, 1e-12);
  assertAlmostEquals(metrics["accuracy-without-padding"]!, 2 / 4, 1e-12);
  // Resampling takes whole sequences.
  assertAlmostEquals(scored.statistics.accuracy!([2, 0]).value!, 2 / 3, 1e-12);
});

Deno.test("score() of a per-token task without a padding label has one accuracy", () => {
  const task: TaskSpec = { kind: "per-token", classes: 2, metric: "accuracy" };
  const scored = score(scores([1, 0, 0, 1], [0, 1], 1), task);
  assertEquals(Object.keys(scored.statistics), ["accuracy"]);
});

Deno.test("primaryMetric() is the benchmark's metric, null where it is undefined", () => {
  const data = scores([0.9, 0.1, 0, 0.2, 0.8, 0], [0, 0]);
  assertEquals(primaryMetric(data, tasks["single-label"]), 0.5);
  const f1: TaskSpec = { ...tasks["single-label"], metric: "weighted-f1" };
  assertAlmostEquals(primaryMetric(data, f1)!, 2 / 3, 1e-12);
  assertEquals(primaryMetric(scores([1], [2]), tasks.regression), null);
});
