/**
 * What a sample looks like: the four kinds of input, their patches and layouts.
 *
 * Methods decide everything from these records and never name a data set.
 *
 * @module
 */

import { z } from "zod";
import type { ValueOf } from "./schema.ts";

const count = z.number().int().positive();

/**
 * Continuous one-dimensional input of layout (channels, length), cut into segments of `patch`
 * steps.
 */
const seriesInput = z.strictObject({
  kind: z.literal("series"),
  channels: count,
  length: count,
  patch: count,
});

/** One continuous value per column, layout (features); every column is a patch of width 1. */
const tabularInput = z.strictObject({ kind: z.literal("tabular"), features: count });

/** An image of layout (channels, height, width), cut into square patches in row-major order. */
const imageInput = z.strictObject({
  kind: z.literal("image"),
  channels: count,
  height: count,
  width: count,
  patch: count,
});

/** A sequence of ids in 0..vocabulary-1, layout (length); every token is a patch. */
const tokensInput = z.strictObject({ kind: z.literal("tokens"), vocabulary: count, length: count });

/**
 * Schema of {@linkcode InputSpec}.
 *
 * @ignore
 */
export const inputSpec = z.discriminatedUnion("kind", [
  seriesInput,
  tabularInput,
  imageInput,
  tokensInput,
]);

/** Description of one modality of a sample. */
export type InputSpec = ValueOf<typeof inputSpec>;

/**
 * Schema of {@linkcode ImageLook}.
 *
 * @ignore
 */
export const imageLook = z.enum(["image", "bands", "spectrogram"]);

/**
 * How an image is drawn: in colours or grey, band by band in grey, or in false colours with the
 * first row, the lowest frequency, at the bottom. Inputs of other kinds are drawn by their kind.
 */
export type ImageLook = ValueOf<typeof imageLook>;

/** How an image is drawn of which nothing else is said: with one or three channels as a picture. */
export function usualLook({ channels }: Extract<InputSpec, { kind: "image" }>): ImageLook {
  return channels === 1 || channels === 3 ? "image" : "bands";
}

/** Kind of a modality. */
export type InputKind = InputSpec["kind"];

/** Shape of one sample of this modality, without the batch axis. */
export function sampleShape(input: InputSpec): readonly number[] {
  switch (input.kind) {
    case "series":
      return [input.channels, input.length];
    case "tabular":
      return [input.features];
    case "image":
      return [input.channels, input.height, input.width];
    case "tokens":
      return [input.length];
  }
}

/**
 * Number of patches or tokens L of a sample.
 *
 * @throws {RangeError} If the patch does not divide the input.
 */
export function patchCount(input: InputSpec): number {
  switch (input.kind) {
    case "series":
      return divide(input.length, input.patch, "length");
    case "tabular":
      return input.features;
    case "image":
      return divide(input.height, input.patch, "height") *
        divide(input.width, input.patch, "width");
    case "tokens":
      return input.length;
  }
}

/** Number of values P that one patch holds; for tokens the vocabulary size V. */
export function patchWidth(input: InputSpec): number {
  switch (input.kind) {
    case "series":
      return input.channels * input.patch;
    case "tabular":
      return 1;
    case "image":
      return input.channels * input.patch * input.patch;
    case "tokens":
      return input.vocabulary;
  }
}

/** Short text for listings, such as `image 3x32x32, patch 4`. */
export function describeInput(input: InputSpec): string {
  const shape = sampleShape(input).join("x");
  switch (input.kind) {
    case "series":
    case "image":
      return `${input.kind} ${shape}, patch ${input.patch}`;
    case "tabular":
      return `tabular ${shape}`;
    case "tokens":
      return `tokens ${shape}, vocabulary ${input.vocabulary}`;
  }
}

function divide(size: number, patch: number, axis: string): number {
  if (size % patch !== 0) {
    throw new RangeError(
      `Cannot cut the input into patches: the ${axis} ${size} is no multiple of the patch ${patch}`,
    );
  }
  return size / patch;
}
