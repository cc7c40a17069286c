/**
 * Manifest of a gallery: a few samples with what a method fills in, for pictures; part of a features folder.
 *
 * The arrays lie in `gallery.safetensors`, `<k>` being the number of the modality: `<k>/target`,
 * `<k>/before` and, for methods that adapt, `<k>/after` (N, L, P) in the patch layout of the methods'
 * targets, or token ids (N, L); `<k>/mask` (N, L), 1 where a patch was hidden; `ids` (N).
 *
 * @module
 */

import { z } from "zod";
import { imageLook, inputSpec } from "../spec/mod.ts";
import { defineDocument, type DocumentOf } from "./define_document.ts";
import { namedFile, runSummary } from "./features_manifest.ts";

const fields = z.strictObject({
  dataset: z.string(),
  variant: z.string(),
  run: runSummary,
  split: z.string(),
  samples: z.number().int().positive(),
  modalities: z.array(z.strictObject({
    input: inputSpec,
    adapted: z.boolean(),
    /** How the images are drawn, where their channels do not say it; since version 2. */
    look: imageLook.exactOptional(),
  })),
  /** Class names of the samples, where there are any. */
  labels: z.array(z.string()).optional(),
  file: namedFile,
});

/** The manifest of a gallery, `gallery.json`. */
export const galleryManifest = defineDocument({
  schema: "metamae/gallery",
  version: 2,
  versionOf: ({ modalities }) => modalities.some(({ look }) => look !== undefined) ? 2 : 1,
  fields,
  file: "gallery.json",
});

/** Manifest of a gallery. */
export type GalleryManifest = DocumentOf<typeof galleryManifest>;
