/**
 * Pictures of originals, hidden inputs and what a method fills in, before and after its latents
 * were adapted to the sample.
 *
 * @module
 */

import { type ImageLook, type InputSpec, usualLook } from "../spec/mod.ts";
import { drawSample, type SampleView, sheetColumns } from "./sample_drawing.ts";
import { escapeXml, fontFamily } from "./charts.ts";
import type { Theme } from "./theme.ts";

/** One sample of a gallery; values in sample layout, or token ids. */
export interface GallerySample {
  /** The sample before any patch is hidden. */
  readonly original: ArrayLike<number>;
  /** 1 for every patch that was hidden (L). */
  readonly mask: ArrayLike<number>;
  /** What was filled in from the latents as encoded. */
  readonly before: ArrayLike<number>;
  /** What was filled in after adaptation; absent for methods that do not adapt. */
  readonly after?: ArrayLike<number>;
}

/** Samples of one modality. */
export interface GalleryView {
  readonly input: InputSpec;
  readonly samples: readonly GallerySample[];
  /** Colour of what was filled in, for line drawings. */
  readonly slot: number;
  /** How images are drawn, where their channels do not say it. */
  readonly look?: ImageLook | undefined;
  readonly description: string;
}

/** Size of one picture, and how many stand in a row. */
interface CellSize {
  readonly width: number;
  readonly height: number;
  readonly across: number;
}

const gap = 8;
const labelHeight = 24;

/** Rows of pictures as an SVG element: original, hidden, filled in before and after adaptation. */
export function drawGallery(view: GalleryView, theme: Theme): string {
  const cell = cellSize(view.input, view.look);
  const samples = view.samples.slice(0, cell.across);
  const rows = galleryRows(samples);
  const width = samples.length * (cell.width + gap) - gap;
  const height = rows.length * (labelHeight + cell.height + gap) - gap;
  const parts = rows.map(({ label, views }, i) => {
    const top = i * (labelHeight + cell.height + gap);
    const text = `<text y="${top + 16}" fill="${theme.muted}">${escapeXml(label)}</text>`;
    const cells = views.map((sample, j) =>
      `<g transform="translate(${j * (cell.width + gap)},${top + labelHeight})">` +
      `${drawCell(view, sample, cell, theme)}</g>`
    );
    return text + cells.join("");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" ` +
    `aria-label="${escapeXml(view.description)}" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" font-family="${escapeXml(fontFamily)}" font-size="13">` +
    `${parts.join("")}</svg>`;
}

interface RowSample extends SampleView {
  readonly filled?: ArrayLike<number>;
}

interface GalleryRow {
  readonly label: string;
  readonly views: readonly RowSample[];
}

function galleryRows(samples: readonly GallerySample[]): readonly GalleryRow[] {
  const filledIn = (sample: GallerySample, values: ArrayLike<number>) => ({
    values,
    original: sample.original,
    filled: sample.mask,
  });
  const rows: GalleryRow[] = [
    { label: "Original", views: samples.map(({ original }) => ({ values: original, original })) },
    {
      label: "Input, hidden patches in grey",
      views: samples.map(({ original, mask }) => ({ values: original, original, hidden: mask })),
    },
    {
      label: samples.some(({ after }) => after !== undefined)
        ? "Filled in, before adaptation"
        : "Filled in",
      views: samples.map((sample) => filledIn(sample, sample.before)),
    },
  ];
  const adapted = samples.filter(({ after }) => after !== undefined);
  if (adapted.length > 0 && adapted.length === samples.length) {
    const views = samples.map((sample) => filledIn(sample, sample.after!));
    rows.push({ label: "Filled in, after adaptation", views });
  }
  return rows;
}

function drawCell(view: GalleryView, sample: RowSample, cell: CellSize, theme: Theme): string {
  const { input, look } = view;
  const { width, height } = cell;
  const isFramed = input.kind === "series" || input.kind === "tabular";
  const frame = `<rect width="${width}" height="${height}" fill="none" stroke="${theme.grid}"/>`;
  return (isFramed ? frame : "") + drawSample(input, sample, {
    width,
    height,
    theme,
    color: theme.series[view.slot]!,
    filled: sample.filled,
    look,
    stretched: true,
  });
}

function cellSize(input: InputSpec, look?: ImageLook): CellSize {
  switch (input.kind) {
    case "series":
      return { width: 168, height: 108, across: 3 };
    case "tabular":
      return { width: 168, height: 72, across: 3 };
    case "tokens":
      return { width: 168, height: 84, across: 3 };
    case "image": {
      const { channels, height, width } = input;
      const ratio = Math.max(0.25, Math.min(4, height / width));
      if ((look ?? usualLook(input)) !== "bands") {
        return { width: 80, height: Math.round(80 * ratio), across: 6 };
      }
      const columns = sheetColumns(channels);
      const rows = Math.ceil(channels / columns);
      return { width: 168, height: Math.round(168 * ratio * rows / columns), across: 3 };
    }
  }
}
