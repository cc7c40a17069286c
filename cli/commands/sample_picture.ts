/**
 * One sample as an SVG file.
 *
 * @module
 */

import { drawSample, escapeXml, paperTheme } from "../../lib/report/mod.ts";
import type { ImageLook, InputSpec } from "../../lib/spec/mod.ts";

/** Options of {@linkcode samplePicture}. */
export interface SamplePictureOptions {
  /** Description for screen readers. */
  readonly title: string;
  /** How images are drawn, one entry a modality, where their channels do not say it. */
  readonly looks?: readonly (ImageLook | undefined)[];
}

/**
 * Draws a sample in model layout; all modalities below each other.
 *
 * @param values One list a modality: values in sample layout, or token ids.
 */
export function samplePicture(
  inputs: readonly InputSpec[],
  values: readonly ArrayLike<number>[],
  { title, looks = [] }: SamplePictureOptions,
): string {
  const gap = 8;
  let top = 0;
  const parts = inputs.map((input, k) => {
    const size = sizeOf(input);
    const view = { values: values[k]!, original: values[k]! };
    const color = paperTheme.series[0]!;
    const drawing = { ...size, theme: paperTheme, color, look: looks[k] };
    const art = `<g transform="translate(0,${top})">${drawSample(input, view, drawing)}</g>`;
    top += size.height + gap;
    return { art, width: size.width };
  });
  const width = Math.max(...parts.map((part) => part.width));
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${escapeXml(title)}" ` +
    `width="${width}" height="${top - gap}" viewBox="0 0 ${width} ${top - gap}">` +
    `<title>${escapeXml(title)}</title>` +
    `<rect width="100%" height="100%" fill="${paperTheme.background}"/>` +
    `${parts.map(({ art }) => art).join("")}</svg>\n`;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function sizeOf(input: InputSpec): Size {
  if (input.kind === "image") {
    return { width: 320, height: Math.round(320 * input.height / input.width) };
  }
  return { width: 640, height: input.kind === "tokens" ? 320 : 240 };
}
