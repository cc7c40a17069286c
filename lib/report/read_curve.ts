/**
 * Reading what a run logged.
 *
 * @module
 */

import { basename, explainIoError, ioErrorCode } from "../util/mod.ts";
import type { CurveRecord } from "./results.ts";

/** Metrics that say whether a run is healthy; see lib/train/health_metrics.ts. */
export const healthMetrics = [
  "gradientNorm",
  "featureDeviation",
  "effectiveRank",
  "maskedReconstruction",
  "visibleReconstruction",
] as const;

/** Name of a metric of health. */
export type HealthMetric = typeof healthMetrics[number];

/**
 * Steps, losses and health of a log; lines that are cut off or have no finite loss are left out.
 *
 * @returns No points if there is no such file, as for a run that is not trained.
 */
export async function readCurve(path: string): Promise<Pick<CurveRecord, "points" | "health">> {
  const lines = (await readIfThere(path) ?? "").split("\n").flatMap((line) => {
    try {
      const values = JSON.parse(line);
      return Number.isFinite(values.step) && Number.isFinite(values.loss) ? [values] : [];
    } catch {
      return [];
    }
  });
  const health = healthMetrics.map((name) => {
    const points = lines.filter((line) => Number.isFinite(line[name]))
      .map((line) => ({ step: line.step, value: line[name] }));
    return [name, points] as const;
  });
  return {
    points: lines.map(({ step, loss }) => ({ step, loss })),
    health: Object.fromEntries(health.filter(([, points]) => points.length > 0)),
  };
}

/** The text of a file, or undefined if there is none, such as the log of an untrained run. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (ioErrorCode(error) === "ENOENT") return undefined;
    throw explainIoError(error, `Cannot read "${basename(path)}"`);
  }
}
