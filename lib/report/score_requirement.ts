/**
 * Scores that must be reached, for checks in continuous integration.
 *
 * @module
 */

import { lookUp, ScoreError, UsageError } from "../util/mod.ts";
import { groupScore, type ResultGroup } from "./groups.ts";
import { formatNumber } from "./titles.ts";

/** A bound on the linear probe of a method on a data set. */
export interface ScoreRequirement {
  readonly dataset: string;
  readonly method: string;
  /** In the unit of the tables: percent for accuracies, F1 and AUROC, coefficients for correlations. */
  readonly bound: number;
  /** As the user wrote it. */
  readonly text: string;
}

/** What was reached of a requirement. */
export interface RequirementOutcome {
  readonly requirement: ScoreRequirement;
  /** Mean over seeds, in the unit of the tables; null with the reason if there is none. */
  readonly reached: number | null;
  readonly reason?: string;
  readonly met: boolean;
}

/**
 * Parses `DATASET/METHOD>=X`.
 *
 * @throws {UsageError} If the text has another form.
 */
export function parseRequirement(text: string): ScoreRequirement {
  const match = /^\s*([^/\s]+)\s*\/\s*([^/\s>]+)\s*>=\s*([-+]?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `Cannot use the requirement "${text}": the form "DATASET/METHOD>=X" is wanted, ` +
        `such as "mnist/metamae>=85" (percent)`,
    );
  }
  const [, dataset, method, bound] = match;
  return { dataset: dataset!, method: method!, bound: Number(bound), text };
}

/**
 * Compares results with requirements. Where several settings of a method were reported, the lowest of
 * their means counts.
 *
 * @throws {UsageError} If a requirement names a data set or method of which there is no result.
 */
export function checkRequirements(
  requirements: readonly ScoreRequirement[],
  groups: readonly ResultGroup[],
): readonly RequirementOutcome[] {
  return requirements.map((requirement): RequirementOutcome => {
    const byDataset = Map.groupBy(groups, ({ experiment }) => experiment.dataset);
    const onDataset = lookUp("data set in a requirement", requirement.dataset, byDataset);
    const byMethod = Map.groupBy(onDataset, ({ experiment }) => experiment.method);
    const own = lookUp(
      `method in a requirement on "${requirement.dataset}"`,
      requirement.method,
      byMethod,
    );
    const scores = own.map((group) => groupScore(group));
    const missing = scores.find(({ estimate }) => estimate === null);
    if (missing?.estimate === null) {
      const reason = missing.reason ?? "it was not measured";
      return { requirement, reached: null, reason, met: false };
    }
    const reached = Math.min(...scores.map(({ estimate }) => estimate!.mean));
    return { requirement, reached, met: reached >= requirement.bound };
  });
}

/**
 * Fails unless all requirements are met.
 *
 * @throws {ScoreError} Otherwise; the message lists what was reached.
 */
export function assertRequirements(
  outcomes: readonly RequirementOutcome[],
  groups: readonly ResultGroup[],
): void {
  const failed = outcomes.filter(({ met }) => !met);
  if (failed.length === 0) return;
  const lines = failed.map(({ requirement: { dataset, method, bound }, reached, reason }) => {
    const unit = groups.find(({ experiment }) => experiment.dataset === dataset)!.unit;
    const suffix = unit === "percent" ? " %" : "";
    return `${dataset}/${method} ` +
      (reached === null
        ? `has no score (${reason})`
        : `reached ${formatNumber(reached, unit)}${suffix}`) +
      `, ${bound}${suffix} was wanted`;
  });
  throw new ScoreError(`Cannot accept the scores: ${lines.join("; ")}`);
}
