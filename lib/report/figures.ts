/**
 * The figures of a report: scores, adaptation, decoder depth, galleries.
 *
 * @module
 */

import { type Bar, type Change, drawBars, drawChanges } from "./bars.ts";
import { type Curve, drawCurves } from "./curves.ts";
import { drawGallery, type GalleryView } from "./gallery.ts";
import {
  evaluationTitle,
  experimentKey,
  experimentLabels,
  groupScore,
  type ResultGroup,
} from "./groups.ts";
import { publishedTables } from "./published.ts";
import type { AdaptationRecord, Experiment, GalleryRecord } from "./results.ts";
import { adaptationsOf, changeText, publishedFor } from "./score_table.ts";
import { mean } from "./statistics.ts";
import type { Figure } from "./svg.ts";
import { asPublished, hasOtherBackbone } from "./table_entries.ts";
import { methodSlot } from "./theme.ts";
import {
  capital,
  datasetTitle,
  formatNumber,
  isSpectrogram,
  methodOrder,
  metricTitle,
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

/** Scores of MAE by decoder depth, ours and published; one figure a data set with own results. */
export function plotDecoderDepth(groups: readonly ResultGroup[]): readonly Figure[] {
  const table = publishedTables.find(({ id }) => id === "decoder-ablation")!;
  return table.rows.flatMap((row): Figure[] => {
    const { pretrain, eval: evaluated, row: title, metric } = row[0]!;
    const own = groups.flatMap((group) => {
      const { experiment } = group;
      if (experiment.pretrain !== pretrain || experiment.dataset !== evaluated) return [];
      const depth = hasOtherBackbone(group) ? undefined : depthOf(experiment);
      const { estimate } = groupScore(group, asPublished(group));
      return depth === undefined || estimate === null ? [] : [{ x: depth, y: estimate.mean }];
    }).sort((a, b) => a.x - b.x);
    if (own.length === 0) return [];
    const published = row.flatMap(({ decoderLayers, value }) =>
      decoderLayers === undefined || value === null ? [] : [{ x: decoderLayers, y: value }]
    );
    const curves: readonly Curve[] = [
      { label: "Ours", slot: methodSlot("metamae"), points: own, dots: true },
      {
        label: "Published",
        slot: methodSlot("scratch"),
        points: published,
        dots: true,
        dashed: true,
      },
    ];
    const points = own.map(({ x, y }) => `${x} layers ${formatNumber(y, "percent")}`).join(", ");
    const description = `Line chart of MAE on ${title} by decoder depth, ours: ${points}`;
    const ticks = [...new Set([...own, ...published].map(({ x }) => x))].sort((a, b) => a - b);
    const axes = {
      x: "Decoder layers",
      y: `${capital(metricTitle(metric))} (%)`,
      description,
      ticks,
    };
    return [{
      id: `decoder-depth-${slugText(evaluated)}`,
      title: `MAE by decoder depth, ${title}`,
      description,
      draw: (theme) => drawCurves(curves, axes, theme),
    }];
  });
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
    modalities.filter(({ samples }) => samples.length > 0).map(({ input, samples }, i): Figure => {
      const name = `${labels.get(key)!} on ${datasetTitle(experiment.dataset)}`;
      const title = modalities.length === 1 ? name : `${name}, ${input.kind}`;
      const description =
        `Pictures of held-out samples: originals, inputs with hidden patches, and what ${title} ` +
        `fills in`;
      const view: GalleryView = {
        input,
        samples,
        slot: methodSlot(experiment.method),
        spectrogram: isSpectrogram(experiment.dataset),
        description,
      };
      const part = modalities.length === 1 ? "" : `-${i}`;
      return {
        id: `gallery-${slug(experiment)}-${slugText(labels.get(key)!)}${part}`,
        title,
        description,
        draw: (theme) => drawGallery(view, theme),
      };
    })
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

function depthOf({ method, settings }: Experiment): number | undefined {
  if (method === "dabs-mae") return 0;
  const layers = settings["decoderLayers"];
  return method === "mae" && typeof layers === "number" ? layers : undefined;
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
