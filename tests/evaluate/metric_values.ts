/** Metrics of samples that count once each. */

import {
  aurocStatistic,
  macroAurocStatistic,
  pearsonStatistic,
  spearmanStatistic,
  type Statistic,
  weightedF1Statistic,
} from "../../lib/evaluate/metrics.ts";

const once =
  <Args extends readonly unknown[]>(make: (...args: Args) => Statistic) => (...args: Args) =>
    make(...args)();

export const weightedF1 = once(weightedF1Statistic);
export const auroc = once(aurocStatistic);
export const macroAuroc = once(macroAurocStatistic);
export const pearson = once(pearsonStatistic);
export const spearman = once(spearmanStatistic);
