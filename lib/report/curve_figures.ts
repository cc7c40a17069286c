/**
 * What happened while runs were trained, as figures: losses, and whether the runs were healthy.
 *
 * @module
 */

import { type Curve, drawCurves } from "./curves.ts";
import { inOrder, labelsOf, slug, uniqueExperiments } from "./figures.ts";
import { datasetKey, experimentKey } from "./groups.ts";
import type { HealthMetric } from "./read_curve.ts";
import type { CurveRecord } from "./results.ts";
import { mean } from "./statistics.ts";
import type { Figure } from "./svg.ts";
import { methodSlot } from "./theme.ts";
import { capital, datasetTitle } from "./titles.ts";

/** Most points of a curve: more than a chart is wide shows nothing more. */
const mostPoints = 200;

/** A line of a chart of health: the metric, and what it adds to the name of the run. */
interface HealthLine {
  readonly metric: HealthMetric;
  readonly suffix?: string;
  readonly dashed?: boolean;
}

/** The charts of health, by the quantity that each of them shows. */
const healthCharts: readonly {
  readonly id: string;
  readonly title: string;
  readonly lines: readonly HealthLine[];
}[] = [
  {
    id: "reconstruction",
    title: "reconstruction loss",
    lines: [
      { metric: "maskedReconstruction", suffix: ", hidden" },
      { metric: "visibleReconstruction", suffix: ", visible", dashed: true },
    ],
  },
  { id: "rank", title: "effective rank of the features", lines: [{ metric: "effectiveRank" }] },
  { id: "deviation", title: "deviation of the features", lines: [{ metric: "featureDeviation" }] },
  { id: "gradient", title: "gradient norm", lines: [{ metric: "gradientNorm" }] },
];

/** Runs of one kind on one data set, with the names of their lines. */
interface Work {
  /** Such as `Pretraining on MNIST`. */
  readonly title: string;
  /** For ids, such as `training-mnist`. */
  readonly id: string;
  readonly records: readonly CurveRecord[];
  readonly labelOf: (record: CurveRecord) => string;
}

/** Training curves, one figure a data set that was pretrained on, and one for fine-tuning on it. */
export function plotCurves(records: readonly CurveRecord[]): readonly Figure[] {
  return worksOf(records).map(({ title, id, records, labelOf }): Figure => {
    const curves = records.map((record): Curve => ({
      label: labelOf(record),
      slot: methodSlot(record.experiment.method),
      points: thinned(record.points.map(({ step, loss }) => ({ x: step, y: loss }))),
    }));
    return chart(id, title, "training loss", curves);
  });
}

/** Charts of gradients, features and reconstructions over the steps, where runs logged them. */
export function plotHealth(records: readonly CurveRecord[]): readonly Figure[] {
  return worksOf(records).flatMap(({ title, id, records, labelOf }) =>
    healthCharts.flatMap((wanted): Figure[] => {
      const curves = records.flatMap((record) =>
        wanted.lines.flatMap(({ metric, suffix = "", dashed = false }): Curve[] => {
          const points = record.health?.[metric] ?? [];
          if (points.length < 2) return [];
          return [{
            label: `${labelOf(record)}${suffix}`,
            slot: methodSlot(record.experiment.method),
            points: thinned(points.map(({ step, value }) => ({ x: step, y: value }))),
            dashed,
          }];
        })
      );
      if (curves.length === 0) return [];
      return [chart(`${wanted.id}-${id}`, `${title}: ${wanted.title}`, wanted.title, curves)];
    })
  );
}

function chart(id: string, title: string, quantity: string, curves: readonly Curve[]): Figure {
  const ends = curves.map(({ label, points }) =>
    `${label} from ${points[0]!.y.toPrecision(3)} to ${points.at(-1)!.y.toPrecision(3)}`
  );
  const description = `Line chart of the ${quantity} by step: ${ends.join(", ")}`;
  const axes = { x: "Step", y: capital(quantity), description };
  return { id, title, description, draw: (theme) => drawCurves(curves, axes, theme) };
}

/** Runs that are drawn together, in order of data sets. */
function worksOf(records: readonly CurveRecord[]): readonly Work[] {
  const drawable = records.filter(({ points }) => points.length > 1).toSorted(inOrder);
  const alike = Map.groupBy(
    drawable,
    (record) => `${datasetKey(record.experiment)} ${isTuned(record)}`,
  );
  return [...alike.values()].map((records): Work => {
    const { experiment } = records[0]!;
    const labels = labelsOf(uniqueExperiments(records.map(({ experiment }) => experiment)));
    const [work, id] = isTuned(records[0]!)
      ? ["Fine-tuning", "fine-tuning"]
      : ["Pretraining", "training"];
    return {
      title: `${work} on ${datasetTitle(experiment.pretrain)}`,
      id: `${id}-${slug(experiment)}`,
      records,
      labelOf: ({ experiment }) => labels.get(experimentKey(experiment))!,
    };
  });
}

/** Whether a run learned from labels. */
function isTuned({ experiment }: CurveRecord): boolean {
  return "labels" in experiment.settings;
}

/** Means of neighbouring points, so that a curve stays small and legible. */
function thinned(points: Curve["points"]): Curve["points"] {
  const size = Math.ceil(points.length / mostPoints);
  return Array.from({ length: Math.ceil(points.length / size) }, (_, i) => {
    const part = points.slice(i * size, (i + 1) * size);
    return { x: part.at(-1)!.x, y: mean(part.map(({ y }) => y)) };
  });
}
