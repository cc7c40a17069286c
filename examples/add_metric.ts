/**
 * A probe metric to copy: the mean recall of the classes.
 *
 * In the tree it is one more record in the list of `lib/evaluate/probe_metrics.ts`.
 *
 * @module
 */

import type { ProbeMetric } from "../lib/evaluate/probe_metrics.ts";

/** Accuracy in which every class that occurs counts the same. */
export const balancedAccuracy: ProbeMetric = {
  name: "balanced-accuracy",
  title: "balanced accuracy",
  unit: "percent",
  suits: ({ kind }) => kind === "binary" || kind === "single-label",
  statistic: ({ labels, correct }, { classes }) => (counts) => {
    const [right, all] = [new Float64Array(classes), new Float64Array(classes)];
    for (let i = 0; i < labels.length; i++) {
      const count = counts?.[i] ?? 1;
      all[labels[i]!]! += count;
      right[labels[i]!]! += count * correct[i]!;
    }
    const recalls = [...all.keys()].filter((c) => all[c]! > 0).map((c) => right[c]! / all[c]!);
    return recalls.length === 0
      ? { value: null, reason: "there are no samples" }
      : { value: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length };
  },
};
