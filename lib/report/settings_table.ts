/**
 * What the runs were set to, in a sentence and in a table.
 *
 * @module
 */

import { type ResultGroup, settingTitle } from "./groups.ts";
import type { Cell, Table } from "./table.ts";
import { dash } from "./table.ts";

type Value = string | number | boolean;

/** Settings that readers of a result ask for first, in this order. */
const headline = [
  "preset",
  "steps",
  "batchSize",
  "learningRate",
  "maskRatio",
  "decoderLayers",
  "backbone",
];

/**
 * The headline settings in a sentence: those that all trained methods share, then the others.
 *
 * @param groups Groups of one data set.
 * @returns An empty text if nothing is known.
 */
export function settingsSentence(groups: readonly ResultGroup[]): string {
  // Untrained encoders have no steps or learning rate that could be compared.
  const trained = groups.filter(({ experiment }) => experiment.method !== "scratch");
  if (trained.length === 0) return "";
  const known = (name: string) =>
    trained.flatMap(({ experiment, label }) => {
      const value = experiment.settings[name];
      return value === undefined ? [] : [{ label, value }];
    });
  const shared: string[] = [];
  const differing: string[] = [];
  for (const name of headline) {
    const values = known(name);
    if (values.length === 0) continue;
    if (new Set(values.map(({ value }) => value)).size === 1) {
      const only = values.length === trained.length
        ? ""
        : ` (${values.map(({ label }) => label).join(", ")})`;
      shared.push(`${settingTitle(name)} ${settingText(values[0]!.value)}${only}`);
    } else {
      const each = values.map(({ label, value }) => `${label} ${settingText(value)}`);
      differing.push(`${settingTitle(name)}: ${each.join(", ")}`);
    }
  }
  const sentences = [];
  if (shared.length > 0) {
    const who = trained.length === 1 ? trained[0]!.label : "All trained methods";
    sentences.push(`${who}: ${shared.join(", ")}`);
  }
  if (differing.length > 0) sentences.push(`Different ${differing.join("; ")}`);
  return sentences.map((sentence) => `${sentence}.`).join(" ");
}

/** Every setting of the methods on one data set, one method a column. */
export function settingsTable(groups: readonly ResultGroup[]): Table {
  const names = [...new Set(groups.flatMap(({ experiment }) => Object.keys(experiment.settings)))];
  const place = (name: string) =>
    (headline.indexOf(name) + headline.length + 1) % (headline.length + 1);
  names.sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
  const cell = (value: Value | undefined): Cell =>
    value === undefined
      ? { text: dash, value: null }
      : { text: settingText(value), value: String(value) };
  return {
    id: "settings",
    title: "Settings",
    caption: "",
    columns: [
      { title: "Setting", align: "left" },
      ...groups.map(({ label }) => ({ title: label, align: "right" as const })),
    ],
    rows: names.map((name) => [
      { text: capital(settingTitle(name)) },
      ...groups.map(({ experiment }) => cell(experiment.settings[name])),
    ]),
  };
}

/** A setting's value for people. */
export function settingText(value: Value): string {
  if (typeof value !== "number") return typeof value === "boolean" ? (value ? "yes" : "no") : value;
  if (Number.isInteger(value)) return value.toLocaleString("en-US");
  return Math.abs(value) < 0.001 ? value.toExponential().replace("-", "−") : String(value);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
