import {
  accuracy,
  aurocStatistic,
  type MetricValue,
  ratioStatistic,
  spearmanStatistic,
  type Statistic,
  weightedF1Statistic,
} from "../../lib/evaluate/metrics.ts";
import { auroc, macroAuroc, pearson, spearman, weightedF1 } from "./metric_values.ts";
import { argmaxRows, roundProbabilities } from "../../lib/evaluate/scores.ts";
import { NumericError } from "../../lib/util/errors.ts";
import { drawKey, integer, uniforms } from "../../lib/util/random.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";

const fixture = readFixture("metrics");
const read = (name: string) => fixture.tensor(name).values;
const recorded = (name: string): number => fixture.json.scalars[name];

function value(metric: MetricValue): number {
  assert(metric.value !== null, "the metric is undefined");
  return metric.value;
}

function reason(metric: MetricValue): string {
  assert(metric.value === null, "the metric is defined");
  return metric.reason;
}

Deno.test("accuracy() is the top-1 accuracy of the reference", () => {
  const predicted = argmaxRows(read("f1/logits"), 9);
  assertEquals(value(accuracy(predicted, read("f1/labels"))), recorded("f1/top1_accuracy"));
});

Deno.test("accuracy() of rounded probabilities counts exactly one half as class 0", () => {
  assertEquals([...roundProbabilities([0.5, 0.500001, 0.49, 1, 0])], [0, 1, 0, 1, 0]);
  const predicted = roundProbabilities(read("binary/prob"));
  assertEquals(value(accuracy(predicted, read("binary/target"))), recorded("binary/accuracy"));
  assert(read("binary/prob").includes(0.5), "the case must hold a tie to tell the rounding");
});

Deno.test("accuracy() of no samples is undefined", () => {
  assertEquals(reason(accuracy([], [])), "there are no samples");
});

Deno.test("weightedF1() equals scikit-learn's and torchmetrics' with classes without labels", () => {
  const predicted = argmaxRows(read("f1/logits"), 9);
  const f1 = value(weightedF1(predicted, read("f1/labels"), 9));
  assertAlmostEquals(f1, recorded("f1/sklearn_weighted"), 1e-7);
  assertAlmostEquals(f1, recorded("f1/torchmetrics_weighted"), 1e-6);
});

Deno.test("weightedF1() of one sample is 1 or 0", () => {
  assertEquals(value(weightedF1([2], [2], 3)), 1);
  assertEquals(value(weightedF1([1], [2], 3)), 0);
});

Deno.test("macroAuroc() equals scikit-learn's and torchmetrics' with ties", () => {
  const mean = value(macroAuroc(read("auroc/pred"), read("auroc/target"), 5));
  assertAlmostEquals(mean, recorded("auroc/sklearn_macro"), 1e-7);
  assertAlmostEquals(mean, recorded("auroc/torchmetrics_multilabel"), 1e-6);
});

Deno.test("macroAuroc() leaves columns with one target out and says so", () => {
  const metric = macroAuroc([0.1, 0.5, 0.9, 0.5], [0, 1, 1, 1], 2);
  assertEquals(value(metric), 1);
  assertEquals(
    "note" in metric && metric.note,
    "mean of 1 of 2 classes: the others have only one of both targets",
  );
  assertEquals(
    reason(macroAuroc([0.1, 0.2], [1, 0], 2)),
    "no class has both positive and negative samples",
  );
});

Deno.test("auroc() counts a tie one half", () => {
  assertEquals(value(auroc([0.3, 0.3, 0.3], [0, 1, 0])), 0.5);
  assertEquals(value(auroc([0.1, 0.4, 0.4, 0.9], [0, 0, 1, 1])), 7 / 8);
});

Deno.test("auroc() of one class is undefined", () => {
  assertEquals(reason(auroc([0.1, 0.2], [0, 0])), "there is no positive sample");
  assertEquals(reason(auroc([0.1, 0.2], [1, 1])), "there is no negative sample");
});

Deno.test("auroc() and spearman() refuse NaN", () => {
  assertThrows(() => auroc([0.1, NaN], [0, 1]), NumericError, "value 1 is NaN");
  assertThrows(() => spearman([1, 2], [NaN, 1]), NumericError, "value 0 is NaN");
});

Deno.test("spearman() equals SciPy's with ties, and torchmetrics' with its epsilon", () => {
  const [pred, target] = [read("corr/pred"), read("corr/target")];
  const exact = value(spearman(pred, target));
  const published = value(spearman(pred, target, { epsilon: 1e-6 }));
  assertAlmostEquals(exact, recorded("corr/scipy_spearman"), 1e-12);
  assertAlmostEquals(published, recorded("corr/torchmetrics_spearman"), 1e-6);
  assert(exact > published, "the epsilon shrinks the correlation");
});

Deno.test("pearson() equals SciPy's", () => {
  const correlation = value(pearson(read("corr/pred"), read("corr/target")));
  assertAlmostEquals(correlation, recorded("corr/scipy_pearson"), 1e-7);
});

Deno.test("pearson() and spearman() of constants and of one sample are undefined", () => {
  for (const metric of [pearson, spearman]) {
    assertEquals(reason(metric([1], [2])), "a correlation needs at least two samples");
    assertEquals(reason(metric([3, 3, 3], [1, 2, 3])), "the predictions are all equal");
    assertEquals(reason(metric([1, 2, 3], [0.1, 0.1, 0.1])), "the targets are all equal");
  }
});

Deno.test("pearson() and spearman() of exact relations are exactly 1 and -1", () => {
  for (const metric of [pearson, spearman]) {
    assertAlmostEquals(value(metric([1, 2, 4], [10, 20, 40])), 1, 1e-15);
    assertAlmostEquals(value(metric([1, 2, 4], [-1, -2, -4])), -1, 1e-15);
  }
  assertAlmostEquals(value(spearman([1, 2, 4], [1, 8, 1000])), 1, 1e-15);
});

Deno.test("Statistic of counts equals the metric of repeated samples", () => {
  const n = 40;
  const scores = Array.from(uniforms(drawKey(1, "scores"), n), (x) => Math.round(8 * x) / 8);
  const targets = Array.from({ length: n }, (_, i) => integer(drawKey(2, "targets"), i, 2));
  const counts = Array.from({ length: n }, (_, i) => integer(drawKey(3, "counts"), i, 4));
  const repeat = (values: ArrayLike<number>) =>
    counts.flatMap((count, i) => Array<number>(count).fill(values[i]!));
  const statistics: Record<string, (a: number[], b: number[]) => Statistic> = {
    accuracy: (a, b) => ratioStatistic(a.map((x, i) => Math.round(x) === b[i] ? 1 : 0)),
    f1: (a, b) => weightedF1Statistic(a.map(Math.round), b, 2),
    auroc: aurocStatistic,
    spearman: spearmanStatistic,
  };
  for (const [name, make] of Object.entries(statistics)) {
    const weighted = value(make(scores, targets)(counts));
    const repeated = value(make(repeat(scores), repeat(targets))());
    assertAlmostEquals(weighted, repeated, 1e-12, name);
    assert(weighted !== value(make(scores, targets)()), `${name} ignores the counts`);
  }
});
