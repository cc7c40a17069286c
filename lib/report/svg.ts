/**
 * Typed door to Observable Plot, the frame that every drawing shares, and escaping.
 *
 * Plot draws into a document that `linkedom` provides, so no browser is needed.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Theme } from "./theme.ts";

export { Plot };

/** A drawing with what it shows in words. */
export interface Figure {
  /** Name for links and files: lower-case letters, digits and dashes. */
  readonly id: string;
  readonly title: string;
  /** What the drawing shows, for people who cannot see it. */
  readonly description: string;
  /** The drawing as an SVG element, in the colours of a theme. */
  draw(theme: Theme): string;
}

/** A mark of Observable Plot. */
export type PlotMark = Plot.Markish;

/** What a drawing is made of. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly PlotMark[];
  /** Further options of Plot: scales, axes, margins. */
  readonly options?: Readonly<Record<string, unknown>>;
}

interface Scale {
  apply(value: unknown): number;
}

interface PlotElement {
  readonly outerHTML: string;
  scale(name: string): Scale | undefined;
  querySelector(selector: string): { remove(): void } | null;
  removeAttribute(name: string): void;
}

/** Width of the charts: three fit a wide screen beside each other, and a phone shrinks them little. */
export const chartWidth = 480;

/** Fonts of all drawings. */
export const fontFamily = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif";

/** Draws and gives the SVG element and its scales. */
export function plot(drawing: Drawing, theme: Theme): PlotElement {
  const { document } = parseHTML("<!doctype html><html><body></body></html>") as unknown as {
    readonly document: object;
  };
  const element = Plot.plot({
    ...drawing.options,
    document,
    width: drawing.width,
    height: drawing.height,
    marks: [...drawing.marks],
    style: { fontFamily, fontSize: "13px", color: theme.text, overflow: "visible" },
  } as Plot.PlotOptions) as unknown as PlotElement;
  // The page styles all drawings at once.
  element.querySelector("style")?.remove();
  element.removeAttribute("class");
  return element;
}

/** SVG text of a drawing, named for screen readers. */
export function svgText(drawing: Drawing, theme: Theme, description: string): string {
  const { outerHTML } = plot(drawing, theme);
  return outerHTML.replace(
    "<svg ",
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeXml(description)}" `,
  );
}

/** Space around a drawing in a file of its own. */
const padding = 16;

/** A figure as a file of its own: the drawing with space around it on its background, with a title. */
export function standaloneSvg(figure: Figure, theme: Theme): string {
  const title = `<title>${escapeXml(figure.title)}</title>`;
  const text = figure.draw(theme);
  const root = /^<svg [^>]*>/.exec(text)![0];
  const size = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(root)!;
  const [width, height] = [Number(size[1]) + 2 * padding, Number(size[2]) + 2 * padding];
  const box = `x="${-padding}" y="${-padding}" width="${width}" height="${height}"`;
  const padded = root
    .replace(/ (width|height)="[^"]*"/g, "")
    .replace(size[0], `viewBox="${-padding} ${-padding} ${width} ${height}"`)
    .replace(">", ` width="${width}" height="${height}">`);
  return `${padded}${title}<rect ${box} fill="${theme.background}"/>${text.slice(root.length)}\n`;
}

/** A label of a chart, cut where a long name would leave no room for the drawing. */
export function shortLabel(label: string): string {
  const characters = [...label];
  return characters.length <= 22 ? label : characters.slice(0, 21).join("") + "…";
}

/** Room for the longest label, in pixels. */
export function labelWidth(rows: readonly { readonly label: string }[]): number {
  return 7.6 * Math.max(0, ...rows.map(({ label }) => [...shortLabel(label)].length));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Escapes a text for use between tags and inside quoted attributes. Control characters that XML
 * forbids become the replacement character.
 */

export function escapeXml(text: string): string {
  return text
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"']/g, (character) => entities[character]!);
}
