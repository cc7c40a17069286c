/**
 * What the runs were set to, in a sentence and in a table.
 *
 * @module
 */

import { type ResultGroup, settingTitle } from "./groups.ts";
import { type Cell, dash, type Table } from "./table.ts";
import { capital, probeTitle } from "./titles.ts";

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
 * Sentences on how the numbers of one data set came about: the training settings that all methods
 * share, those that differ, the settings of the probes, and how numbers were chosen.
 *
 * @param groups Groups of one data set.
 */

export function remarksOn(groups: readonly ResultGroup[]): readonly string[] {
  const selections = groups.flatMap(({ records }) =>
    records.flatMap(({ selection }) => selection === undefined ? [] : [selection])
  );
  return [
    ...trainingRemarks(groups),
    ...probeRemarks(groups),
    ...[...new Set(selections)].map((selection) => selection.replace(/\.$/, "")),
  ];
}

function trainingRemarks(groups: readonly ResultGroup[]): readonly string[] {
  // Untrained encoders have no steps or learning rate that could be compared.
  const trained = groups.filter(({ experiment }) => experiment.method !== "scratch");
  const shared: string[] = [];
  const differing: string[] = [];
  for (const name of headline) {
    const known = trained.flatMap(({ experiment, label }) => {
      const value = experiment.settings[name];
      return value === undefined ? [] : [{ label, text: settingText(value) }];
    });
    if (known.length === 0) continue;
    const isShared = new Set(known.map(({ text }) => text)).size === 1;
    if (isShared && known.length === trained.length) {
      shared.push(`${settingTitle(name)} ${known[0]!.text}`);
    } else {
      const each = [...Map.groupBy(known, ({ text }) => text)].map(([text, alike]) =>
        `${text} (${alike.map(({ label }) => label).join(", ")})`
      );
      differing.push(`${settingTitle(name)} ${each.join(", ")}`);
    }
  }
  const who = trained.length === 1 ? trained[0]!.label : "All trained methods";
  return [
    ...(shared.length === 0 ? [] : [`${who}: ${shared.join(", ")}`]),
    ...(differing.length === 0 ? [] : [`By method: ${differing.join("; ")}`]),
  ];
}

function probeRemarks(groups: readonly ResultGroup[]): readonly string[] {
  const texts = groups.flatMap(({ records }) =>
    records.flatMap(({ scores }) =>
      scores.flatMap(({ probe, settings }) => {
        if (settings === undefined) return [];
        const parts = Object.entries(settings).map(([name, value]) =>
          `${settingTitle(name)} ${settingText(value)}`
        );
        return [`${probeTitle(probe)} (${parts.join(", ")})`];
      })
    )
  );
  const unique = [...new Set(texts)];
  return unique.length === 0 ? [] : [`Probes: ${unique.join("; ")}`];
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
