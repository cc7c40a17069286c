/**
 * How data sets, methods and metrics are called in tables. Names that are not listed here are shown as
 * they are, so that a new data set or method needs no entry.
 *
 * @module
 */

import type { Unit } from "./published.ts";

const datasets: Readonly<Record<string, string>> = {
  "aircraft": "Aircraft",
  "audio-mnist": "Audio MNIST",
  "chestx-ray8": "ChestX-ray8",
  "chexpert": "CheXpert",
  "cifar10": "CIFAR-10",
  "cub200": "CUB-200",
  "dtd": "DTD",
  "eurosat": "EuroSAT",
  "fluent-action": "Fluent action",
  "fluent-location": "Fluent location",
  "fluent-object": "Fluent object",
  "fluorescence": "Fluorescence",
  "genomics": "Genomics",
  "genomics-ood": "Genomics-OOD",
  "glue": "GLUE (average)",
  "higgs": "HIGGS",
  "imagenet": "ImageNet",
  "imagenet32": "ImageNet32",
  "librispeech": "LibriSpeech",
  "mc4": "mC4",
  "mismatched-caption": "Mismatched caption",
  "mnist": "MNIST",
  "mscoco": "MSCOCO",
  "pamap2": "PAMAP2",
  "paws-x": "PAWS-X (average)",
  "pfam": "Pfam",
  "scop": "SCOP",
  "secondary-structure": "Secondary structure",
  "speech-commands": "Google Speech Commands",
  "stability": "Stability",
  "traffic-sign": "Traffic Sign",
  "vgg-flowers": "VGG Flowers",
  "voxceleb1": "VoxCeleb1",
  "vqa": "VQA",
  "wafer-map": "WaferMap",
  "wikitext103": "WikiText-103",
};

const methods: Readonly<Record<string, string>> = {
  "scratch": "Scratch",
  "emix": "e-Mix",
  "shed": "ShED",
  "capri": "Capri",
  "dabs-mae": "DABS MAE",
  "mae": "MAE",
  "metamae": "MetaMAE",
};

const metrics: Readonly<Record<string, string>> = {
  "accuracy": "accuracy",
  "accuracy-without-padding": "accuracy without padding",
  "glue-average": "mean of the tasks' metrics",
  "weighted-f1": "weighted F1",
  "auroc": "AUROC",
  "spearman": "Spearman's ρ",
  "pearson": "Pearson's r",
};

/** Title of a data set. */
export function datasetTitle(id: string): string {
  return Object.hasOwn(datasets, id) ? datasets[id]! : id;
}

/** Title of a method. */
export function methodTitle(id: string): string {
  return Object.hasOwn(methods, id) ? methods[id]! : id;
}

/** Title of a metric, in the middle of a sentence. */
export function metricTitle(metric: string): string {
  return Object.hasOwn(metrics, metric) ? metrics[metric]! : metric;
}

/** A text with a capital first letter, as at the start of a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Title of a probe, in the middle of a sentence. */
export function probeTitle(probe: string): string {
  return probe === "knn" ? "kNN" : probe;
}

/** Place of a method in tables and legends: the order of the published tables, unknown ones last. */
export function methodOrder(id: string): number {
  const place = Object.keys(methods).indexOf(id);
  return place < 0 ? Object.keys(methods).length : place;
}

/** Unit in which a metric is shown: correlations as coefficients, all others in percent. */
export function metricUnit(metric: string): Unit {
  return metric === "spearman" || metric === "pearson" ? "coefficient" : "percent";
}

/** A fraction as the number that tables show: times 100 for percent. */
export function inUnit(value: number, unit: Unit): number {
  return unit === "percent" ? 100 * value : value;
}

/** A number with the decimals of its unit: one for percent, two for coefficients, a real minus sign. */
export function formatNumber(value: number, unit: Unit): string {
  const text = value.toFixed(unit === "percent" ? 1 : 2);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

/** As {@linkcode formatNumber}, always with a sign. */
export function formatDifference(value: number, unit: Unit): string {
  const text = formatNumber(value, unit);
  return text.startsWith("\u2212") || Number(text) === 0 ? text : `+${text}`;
}

/** Data sets whose images are log-mel spectrograms: rows are frequencies, low ones first. */
const spectrograms: ReadonlySet<string> = new Set([
  "librispeech",
  "audio-mnist",
  "fluent-action",
  "fluent-location",
  "fluent-object",
  "speech-commands",
  "voxceleb1",
]);

/** Whether the images of a data set are spectrograms. */
export function isSpectrogram(dataset: string): boolean {
  return spectrograms.has(dataset);
}
