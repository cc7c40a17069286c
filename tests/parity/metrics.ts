/**
 * Metrics against the ones that torchmetrics, scikit-learn and SciPy computed.
 *
 * @module
 */

import { accuracy, type MetricValue } from "../../lib/evaluate/metrics.ts";
import { macroAuroc, pearson, spearman, weightedF1 } from "../evaluate/metric_values.ts";
import { argmaxRows, roundProbabilities } from "../../lib/evaluate/scores.ts";
import { type CaseResult, type FixtureCase, numbersOf, tensorOf } from "./fixture_case.ts";
import { createTally } from "./tolerance.ts";

/** Runs a case of kind `metrics`. */
export function run(fixture: FixtureCase): Promise<CaseResult> {
  const tally = createTally(fixture);
  const read = (name: string) => numbersOf(fixture, name);
  const check = (name: string, { value }: MetricValue) =>
    tally.compare(name, [value ?? NaN], [Number(fixture.scalars[name])], "metric");

  const classes = tensorOf(fixture, "f1/logits").shape[1]!;
  const predicted = argmaxRows(read("f1/logits"), classes);
  const f1 = weightedF1(predicted, read("f1/labels"), classes);
  check("f1/torchmetrics_weighted", f1);
  check("f1/sklearn_weighted", f1);
  check("f1/top1_accuracy", accuracy(predicted, read("f1/labels")));

  const [pred, target] = [read("corr/pred"), read("corr/target")];
  check("corr/torchmetrics_spearman", spearman(pred, target, { epsilon: 1e-6 }));
  check("corr/scipy_spearman", spearman(pred, target));
  check("corr/torchmetrics_pearson", pearson(pred, target));
  check("corr/scipy_pearson", pearson(pred, target));

  const columns = tensorOf(fixture, "auroc/pred").shape[1]!;
  const auroc = macroAuroc(read("auroc/pred"), read("auroc/target"), columns);
  check("auroc/torchmetrics_multilabel", auroc);
  check("auroc/sklearn_macro", auroc);

  const rounded = roundProbabilities(read("binary/prob"));
  check("binary/accuracy", accuracy(rounded, read("binary/target")));
  return Promise.resolve(tally.result());
}
