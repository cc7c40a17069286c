/**
 * Colours of the report, in a light and a dark form.
 *
 * The series colours tell apart under the common forms of colour blindness and have a contrast of
 * at least 3:1 to their background (text colours 4.5:1); charts never rely on colour alone.
 *
 * @module
 */

import { publishedMethodOrder } from "./published.ts";

/** A colour on light and on dark background. */
export interface ColorPair {
  readonly light: string;
  readonly dark: string;
}

/** Colours that a drawing needs, as CSS colours. */
export interface Theme {
  /** Background of the drawing. */
  readonly background: string;
  /** Text that is read first. */
  readonly text: string;
  /** Text that stands back, such as labels of axes. */
  readonly muted: string;
  /** Lines of the grid. */
  readonly grid: string;
  /** Colours of series, by slot. */
  readonly series: readonly string[];
}

/** Colours of the page, by the name of their CSS variable without `--`. */
export const pageColors: Readonly<Record<string, ColorPair>> = {
  background: { light: "#ffffff", dark: "#14171c" },
  surface: { light: "#f5f6f8", dark: "#1c2027" },
  text: { light: "#1a1d23", dark: "#e8eaee" },
  muted: { light: "#5a6270", dark: "#a0a8b5" },
  grid: { light: "#dde1e6", dark: "#333a45" },
  accent: { light: "#0b5cab", dark: "#6db6ff" },
  good: { light: "#0f6b46", dark: "#5fd3a2" },
  bad: { light: "#a5401a", dark: "#ff9f7a" },
};

/** Slots of our curve and the published one, where a chart tells only these apart. */
export const [publishedSlot, ownSlot] = [0, 6] as const;

/**
 * Colours of series: one slot a method of the published tables, in their order, then spare ones.
 */
export const seriesColors: readonly ColorPair[] = [
  { light: "#6b7280", dark: "#a3abb8" }, // scratch: grey
  { light: "#00805a", dark: "#3ccb9b" }, // emix: bluish green
  { light: "#a3347f", dark: "#ec95d2" }, // shed: reddish purple
  { light: "#6a51d6", dark: "#ab9dff" }, // capri: violet
  { light: "#876600", dark: "#e3c33c" }, // dabs-mae: dark yellow
  { light: "#c2500a", dark: "#ff9a57" }, // mae: vermilion
  { light: "#0064b5", dark: "#5ab4ff" }, // metamae: blue
  { light: "#0a7d8c", dark: "#4fd0e0" },
  { light: "#8c4a2f", dark: "#d9a287" },
  { light: "#4d7a1f", dark: "#a3d468" },
];

/** Literal light colours, for files that stand alone. */
export const paperTheme: Theme = {
  background: pageColors.background!.light,
  text: pageColors.text!.light,
  muted: pageColors.muted!.light,
  grid: pageColors.grid!.light,
  series: seriesColors.map(({ light }) => light),
};

/** CSS variables of the page, which follow the reader's light or dark setting. */
export const pageTheme: Theme = {
  background: "var(--background)",
  text: "var(--text)",
  muted: "var(--muted)",
  grid: "var(--grid)",
  series: seriesColors.map((_, i) => `var(--series-${i})`),
};

/** The CSS declarations of all variables for one setting. */
export function colorVariables(setting: keyof ColorPair): string {
  return [
    ...Object.entries(pageColors).map(([name, pair]) => `--${name}:${pair[setting]}`),
    ...seriesColors.map((pair, i) => `--series-${i}:${pair[setting]}`),
  ].join(";");
}

/**
 * Colour slot of a method: known ones have their own, others one of the spare ones by their name.
 */
export function methodSlot(method: string): number {
  const known = publishedMethodOrder.length;
  const place = publishedMethodOrder.indexOf(method);
  if (place >= 0) return place;
  const sum = [...method].reduce((total, letter) => total + letter.codePointAt(0)!, 0);
  return known + sum % (seriesColors.length - known);
}
