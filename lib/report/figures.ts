/**
 * The figures of a report: scores, adaptation, decoder depth, training, health, galleries.
 *
 * @module
 */

import { type Bar, type Change, type Curve, drawBars, drawChanges, drawCurves } from "./charts.ts";
import { drawGallery, type GalleryView } from "./gallery.ts";
import {
  datasetKey,
  evaluationTitle,
  experimentKey,
  experimentLabels,
  groupScore,
  type ResultGroup,
} from "./groups.ts";
import { type PublishedNumber, type PublishedTable, publishedTables } from "./published.ts";
import type {
  AdaptationRecord,
  CurveRecord,
  Experiment,
  GalleryRecord,
  HealthMetric,
} from "./results.ts";
import { adaptationsOf, changeText, publishedFor } from "./score_table.ts";
import { mean } from "./statistics.ts";
import type { Figure } from "./charts.ts";
import { asPublished, hasOtherBackbone } from "./build_table.ts";
import { methodSlot, ownSlot, publishedSlot } from "./theme.ts";
import {
  capital,
  datasetTitle,
  formatNumber,
  methodOrder,
  methodTitle,
  metricTitle,
  usualDatasetLook,
} from "./titles.ts";

/** What can be put in order by {@linkcode inOrder}. */
export interface Seeded {
  readonly experiment: Experiment;
  readonly seed: number;
}

/** Bars of the methods' scores on one data set; undefined if no method has one. */
export function plotScores(groups: readonly ResultGroup[]): Figure | undefined {
  const bars = groups.flatMap((group): Bar[] => {
    const { estimate } = groupScore(group);
    if (estimate === null) return [];
    const published = publishedFor(group)?.value;
    const { interval } = estimate;
    return [{
      label: group.label,
      slot: group.slot,
      value: estimate.mean,
      text: formatNumber(estimate.mean, group.unit),
      ...(interval === null ? {} : { low: interval.low, high: interval.high }),
      ...(published === undefined ? {} : { published }),
    }];
  });
  if (bars.length === 0) return undefined;
  const { experiment, metric, unit } = groups[0]!;
  const title = evaluationTitle(experiment, groups.map((group) => group.experiment));
  const x = `${capital(metricTitle(metric))}${unit === "percent" ? " (%)" : ""}` +
    (bars.some(({ published }) => published !== undefined) ? ", published as diamonds" : "");
  const values = bars.map(({ label, text }) => `${label} ${text}`).join(", ");
  const description = `Bar chart, linear probe on ${title}: ${values}`;
  return {
    id: `scores-${slug(experiment)}`,
    title: `Linear probe on ${title}`,
    description,
    draw: (theme) => drawBars(bars, { x, description }, theme),
  };
}

/** What adaptation of the latents brings on one data set; undefined if no method adapts. */
export function plotAdaptation(
  groups: readonly ResultGroup[],
  adaptations: readonly AdaptationRecord[],
): Figure | undefined {
  const changes = groups.flatMap((group): Change[] => {
    const losses = adaptationsOf(group, adaptations)
      .flatMap((record) => record.losses === null ? [] : [record.losses]);
    if (losses.length === 0) return [];
    const before = mean(losses.map((loss) => loss.before));
    const after = mean(losses.map((loss) => loss.after));
    const text = changeText(before, after);
    return [{ label: group.label, slot: group.slot, before, after, text }];
  });
  if (changes.length === 0) return undefined;
  const { experiment } = groups[0]!;
  const title = `Reconstruction loss of held-out samples, ${datasetTitle(experiment.dataset)}`;
  const values = changes.map(({ label, text }) => `${label} ${text}`).join(", ");
  const description = `Arrows from the loss before to the loss after adaptation: ${values}`;
  const axes = { x: "Loss before (circle) and after adaptation (arrow)", description };
  return {
    id: `adaptation-${slug(experiment)}`,
    title,
    description,
    draw: (theme) => drawChanges(changes, axes, theme),
  };
}

/** Scores by decoder depth, ours and published; one figure a data set with own results. */
export function plotDecoderDepth(groups: readonly ResultGroup[]): readonly Figure[] {
  return publishedTables.flatMap((table) =>
    table.varied === undefined
      ? []
      : table.rows.flatMap((row) => depthFigure(row, table, table.varied!, groups))
  );
}

function depthFigure(
  row: readonly PublishedNumber[],
  table: PublishedTable,
  varied: string,
  groups: readonly ResultGroup[],
): Figure[] {
  const { pretrain, eval: evaluated, row: title, metric } = row[0]!;
  const own = groups.flatMap((group) => {
    const { experiment } = group;
    if (experiment.pretrain !== pretrain || experiment.dataset !== evaluated) return [];
    const depth = hasOtherBackbone(group) ? undefined : depthOf(experiment, table);
    const { estimate } = groupScore(group, asPublished(group));
    return depth === undefined || estimate === null ? [] : [{ x: depth, y: estimate.mean }];
  }).sort((a, b) => a.x - b.x);
  if (own.length === 0) return [];
  const published = row.flatMap(({ decoderLayers, value }) =>
    decoderLayers === undefined || value === null ? [] : [{ x: decoderLayers, y: value }]
  );
  const curves: readonly Curve[] = [
    { label: "Ours", slot: ownSlot, points: own, dots: true },
    { label: "Published", slot: publishedSlot, points: published, dots: true, dashed: true },
  ];
  const points = own.map(({ x, y }) => `${x} layers ${formatNumber(y, "percent")}`).join(", ");
  const what = methodTitle(varied);
  const description = `Line chart of ${what} on ${title} by decoder depth, ours: ${points}`;
  const ticks = [...new Set([...own, ...published].map(({ x }) => x))].sort((a, b) => a - b);
  const y = `${capital(metricTitle(metric))} (%)`;
  const axes = { x: "Decoder layers", y, description, ticks };
  return [{
    id: `decoder-depth-${slugText(evaluated)}`,
    title: `${what} by decoder depth, ${title}`,
    description,
    draw: (theme) => drawCurves(curves, axes, theme),
  }];
}

/**
 * Depth by which a table places a result: its own where that is varied, else that of its column.
 */
function depthOf(
  { method, settings }: Experiment,
  { columns, varied }: PublishedTable,
): number | undefined {
  if (method !== varied) return columns.find((column) => column.method === method)?.decoderLayers;
  const layers = settings["decoderLayers"];
  return typeof layers === "number" ? layers : undefined;
}

/** Galleries: one figure a run and modality, of the first seed of every experiment. */
export function plotGalleries(records: readonly GalleryRecord[]): readonly Figure[] {
  const first = new Map<string, GalleryRecord>();
  for (const record of records.toSorted(inOrder)) {
    const key = experimentKey(record.experiment);
    if (!first.has(key)) first.set(key, record);
  }
  const labels = labelsOf([...first.values()].map(({ experiment }) => experiment));
  return [...first].flatMap(([key, { experiment, modalities }]) =>
    modalities.filter(({ samples }) => samples.length > 0).map(
      ({ input, look, samples }, i): Figure => {
        const name = `${labels.get(key)!} on ${datasetTitle(experiment.dataset)}`;
        const title = modalities.length === 1 ? name : `${name}, ${input.kind}`;
        const description =
          `Pictures of held-out samples: originals, inputs with hidden patches, and what ` +
          `${title} fills in`;
        const view: GalleryView = {
          input,
          samples,
          slot: methodSlot(experiment.method),
          look: look ?? usualDatasetLook(experiment.dataset),
          description,
        };
        const part = modalities.length === 1 ? "" : `-${i}`;
        return {
          id: `gallery-${slug(experiment)}-${slugText(labels.get(key)!)}${part}`,
          title,
          description,
          draw: (theme) => drawGallery(view, theme),
        };
      },
    )
  );
}

/** In order of data sets by title, of methods as published, and of seeds. */
export function inOrder(a: Seeded, b: Seeded): number {
  const [x, y] = [a, b].map(({ experiment }) => datasetTitle(experiment.dataset)) as [
    string,
    string,
  ];
  return (x < y ? -1 : x > y ? 1 : 0) ||
    methodOrder(a.experiment.method) - methodOrder(b.experiment.method) || a.seed - b.seed;
}

/** Every experiment once. */
export function uniqueExperiments(experiments: readonly Experiment[]): readonly Experiment[] {
  return [...new Map(experiments.map((e) => [experimentKey(e), e])).values()];
}

/** Names of experiments by their keys. */
export function labelsOf(experiments: readonly Experiment[]): ReadonlyMap<string, string> {
  const labels = experimentLabels(experiments);
  return new Map(experiments.map((experiment, i) => [experimentKey(experiment), labels[i]!]));
}

/** Name of what was evaluated, for links and files; different names may give the same one. */
export function slug({ pretrain, dataset, variant }: Experiment): string {
  const parts = pretrain === dataset ? [dataset, variant] : [pretrain, dataset, variant];
  return slugText(parts.join("-"));
}

/** Lower-case letters, digits and single dashes. */
function slugText(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "unnamed";
}

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

/** Runs that share a chart, in order of data sets. */
function worksOf(records: readonly CurveRecord[]): readonly Work[] {
  const drawable = records.filter(({ points }) => points.length > 1).toSorted(inOrder);
  const byWork = Map.groupBy(
    drawable,
    (record) => `${datasetKey(record.experiment)} ${isTuned(record)}`,
  );
  return [...byWork.values()].map((records): Work => {
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
