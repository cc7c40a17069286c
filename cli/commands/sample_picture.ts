/**
 * One sample as an SVG file.
 *
 * @module
 */

import {
  escapeXml,
  imageRaster,
  paperTheme,
  pngAddress,
  seriesArt,
  tabularArt,
  tokensRaster,
} from "../../lib/report/mod.ts";
import type { InputSpec } from "../../lib/spec/mod.ts";

/**
 * Draws a sample in model layout; all modalities below each other.
 *
 * @param values One list a modality: values in sample layout, or token ids.
 * @param title Description for screen readers.
 */
export function samplePicture(
  inputs: readonly InputSpec[],
  values: readonly ArrayLike<number>[],
  title: string,
): string {
  const gap = 8;
  let top = 0;
  const parts = inputs.map((input, k) => {
    const size = sizeOf(input);
    const art = `<g transform="translate(0,${top})">${draw(input, values[k]!, size)}</g>`;
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

function draw(input: InputSpec, values: ArrayLike<number>, { width, height }: Size): string {
  const view = { values, original: values };
  if (input.kind === "series" || input.kind === "tabular") {
    const options = { width, height, theme: paperTheme, color: paperTheme.series[0]! };
    return input.kind === "series"
      ? seriesArt(input, view, options)
      : tabularArt(input, view, options);
  }
  const raster = input.kind === "image" ? imageRaster(input, view) : tokensRaster(input, view);
  return `<image width="${width}" height="${height}" style="image-rendering:pixelated" ` +
    `href="${pngAddress(raster)}"/>`;
}
