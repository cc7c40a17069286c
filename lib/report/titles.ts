/**
 * How data sets, methods and metrics are called in tables. What is not known here or in the
 * registries is shown by its id, so that a new data set needs no entry.
 *
 * @module
 */

import { probeMetrics } from "../evaluate/mod.ts";
import { methods } from "../methods/mod.ts";
import type { ImageLook } from "../spec/mod.ts";
import { publishedMethodOrder, shownDatasets, type Unit, usualBackbone } from "./published.ts";

const metrics = new Map<string, { readonly title: string; readonly unit: Unit }>([
  ...probeMetrics.map((metric) => [metric.name, metric] as const),
  ["glue-average", { title: "mean of the tasks' metrics", unit: "percent" }],
]);

/** Title of a data set. */
export function datasetTitle(id: string): string {
  return shownDatasets.get(id)?.title ?? id;
}

/** How the images of a data set are drawn, where a gallery does not say it: version 1 does not. */
export function usualDatasetLook(id: string): ImageLook | undefined {
  return shownDatasets.get(id)?.look;
}

/** Title of a method. */
export function methodTitle(id: string): string {
  return methods.get(id)?.title ?? id;
}

/** Whether a method leaves its encoder as it starts: what the others are compared with. */
export function isUntrained(id: string): boolean {
  return methods.get(id)?.trainable === false;
}

/** Backbone of a method's numbers in the published tables. */
export function publishedBackbone(id: string): string {
  return methods.get(id)?.publishedBackbone ?? usualBackbone;
}

/** Title of a metric, in the middle of a sentence. */
export function metricTitle(metric: string): string {
  return metrics.get(metric)?.title ?? metric;
}

/** A text with a capital first letter, as at the start of a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Title of a probe, in the middle of a sentence. */
export function probeTitle(probe: string): string {
  return probe === "knn" ? "kNN" : probe;
}

/**
 * Place of a method in tables and legends: the order of the published tables, unknown ones last.
 */
export function methodOrder(id: string): number {
  const place = publishedMethodOrder.indexOf(id);
  return place < 0 ? publishedMethodOrder.length : place;
}

/** Unit in which a metric is shown: correlations as coefficients, all others in percent. */
export function metricUnit(metric: string): Unit {
  return metrics.get(metric)?.unit ?? "percent";
}

/**
 * A number with the decimals of its unit: one for percent, two for coefficients, a real minus sign.
 */
export function formatNumber(value: number, unit: Unit): string {
  const text = value.toFixed(unit === "percent" ? 1 : 2);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

/** As {@linkcode formatNumber}, always with a sign. */
export function formatDifference(value: number, unit: Unit): string {
  const text = formatNumber(value, unit);
  return text.startsWith("\u2212") || Number(text) === 0 ? text : `+${text}`;
}
