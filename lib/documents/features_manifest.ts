/**
 * Manifest of a features folder: frozen features of the splits of one data set, made by one run.
 *
 * ```text
 * features.json                manifest, written last
 * <split>.safetensors          z and zstar (N, D), or (N, L, D) for per-token tasks; labels; ids,
 *                              loss_before and loss_after (N)
 * gallery.json, .safetensors   a few samples with reconstructions, for pictures
 * ```
 *
 * @module
 */

import { z } from "zod";
import { imageLook, inputSpec, taskSpec } from "../spec/mod.ts";
import { canonicalJson, sha256 as digestOf } from "../util/mod.ts";
import { defineDocument, type DocumentOf } from "./define_document.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();

/** A file of a folder, by name, with what it must hold. */
const namedFile = z.strictObject({ name: z.string(), bytes: count, sha256 });

/** Schema of {@linkcode RunSummary}. */
export const runSummary = z.strictObject({
  method: z.string(),
  preset: z.string(),
  /** Step of the weights. */
  step: count,
  seed: count,
  /** What the run was pretrained on. */
  pretrain: z.strictObject({ dataset: z.string(), variant: z.string(), split: z.string() }),
  architecture: z.record(z.string(), z.unknown()),
  methodOptions: z.record(z.string(), z.unknown()),
  training: z.record(z.string(), z.unknown()),
});

/** What made the features: as much of a run's configuration as shapes numbers. */
export type RunSummary = z.infer<typeof runSummary>;

/** Schema of {@linkcode LatentAdaptation}. */
export const latentAdaptation = z.union([
  z.strictObject({ innerSteps: count, innerLr: z.number() }),
  z.strictObject({ innerSteps: z.null(), reason: z.string() }),
]);

/** How z* came from z, or why there is none. */
export type LatentAdaptation = z.infer<typeof latentAdaptation>;

/** Schema of {@linkcode SourceDigests}. */
export const sourceDigests = z.strictObject({
  /** Of the settings of the run that shape numbers. */
  config: sha256,
  /** Of the record of the checkpoint, which names the digests of its files. */
  checkpoint: sha256,
  /** Of the store. */
  store: sha256,
});

/** SHA-256 of what went in. */
export type SourceDigests = z.infer<typeof sourceDigests>;

const featureSplit = z.strictObject({
  samples: z.number().int().positive(),
  labelled: z.boolean(),
  file: namedFile,
  /** Mean reconstruction losses around adaptation; null where nothing was adapted. */
  losses: z.strictObject({
    before: z.number(),
    after: z.number(),
    /** Share of samples whose loss became smaller. */
    improved: z.number(),
  }).nullable(),
});

const fields = z.strictObject({
  /** Version of the program that wrote it. */
  writer: z.string(),
  dataset: z.string(),
  variant: z.string(),
  /** Absent if the store has no labels. */
  task: taskSpec.optional(),
  run: runSummary,
  /** Width D of a feature vector. */
  width: z.number().int().positive(),
  adaptation: latentAdaptation,
  splits: z.partialRecord(z.enum(["pretrain", "train", "validation", "test"]), featureSplit),
  /** Seed of splits whose samples are drawn. */
  seed: count,
  /** Published batch size of the data set, which the linear probe uses. */
  batchSize: z.number().int().positive(),
  gallery: z.boolean(),
  sources: sourceDigests,
  /** Versions and machine facts, for the record. */
  versions: z.record(z.string(), z.string()),
  /** Remarks of the store that belong beside every number. */
  notes: z.array(z.string()),
});

/**
 * The manifest of a features folder, `features.json`.
 *
 * @ignore
 */
export const featuresManifest = defineDocument("metamae/features", 1, fields, {
  file: "features.json",
  words: { what: "features", are: "they are", command: "metamae adapt" },
});

/** Manifest of a features folder. */
export type FeaturesManifest = DocumentOf<typeof featuresManifest>;

/** Digest of a manifest: what identifies the features. */
export function featuresDigest(manifest: FeaturesManifest): string {
  return digestOf(canonicalJson({ ...manifest, writer: undefined, versions: undefined }));
}

/**
 * The arrays of a gallery lie in `gallery.safetensors`, `<k>` being the number of the modality:
 * `<k>/target`, `<k>/before` and, for methods that adapt, `<k>/after` (N, L, P) in the patch layout
 * of the methods' targets, or token ids (N, L); `<k>/mask` (N, L), 1 where a patch was hidden;
 * `ids` (N).
 */
const galleryFields = z.strictObject({
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
export const galleryManifest = defineDocument("metamae/gallery", 2, galleryFields, {
  versionOf: ({ modalities }) => modalities.some(({ look }) => look !== undefined) ? 2 : 1,
  file: "gallery.json",
});
