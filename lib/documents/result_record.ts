/**
 * The result record: what the probes measured on one features folder, one JSON document.
 *
 * @module
 */

import { z } from "zod";
import { metricName, taskSpec, type ValueOf } from "../spec/mod.ts";
import { defineDocument, type DocumentOf } from "./define_document.ts";
import { latentAdaptation, runSummary, sourceDigests } from "./features_manifest.ts";

const count = z.number().int().nonnegative();

const metricRecord = z.union([
  z.strictObject({
    value: z.number(),
    /** 95 % bootstrap interval over test samples; null with the reason where there is none. */
    interval: z.union([
      z.strictObject({ low: z.number(), high: z.number() }),
      z.strictObject({ low: z.null(), high: z.null(), reason: z.string() }),
    ]),
    /** Value in every resample; see {@linkcode unpackFloats}. */
    replicates: z.string().optional(),
    note: z.string().optional(),
  }),
  z.strictObject({ value: z.null(), reason: z.string() }),
]);

/** A metric with its interval, or null and why it is undefined. */
export type MetricRecord = z.infer<typeof metricRecord>;

/**
 * Names of the probes on features.
 *
 * @ignore
 */
export const probeName = z.enum(["linear", "knn", "ridge"]);

/** Name of a probe on features. */
export type ProbeName = ValueOf<typeof probeName>;

/**
 * Two take no fixed features: `dabs` is the linear head of the DABS transfer protocol, `finetune` a
 * head that was trained together with the encoder.
 */
const recordedProbe = z.enum([...probeName.options, "dabs", "finetune"]);

/**
 * Names of the latents.
 *
 * @ignore
 */
export const latentName = z.enum(["z", "zstar"]);

/** Latents as encoded, or after adaptation. */
export type LatentName = ValueOf<typeof latentName>;

const probeRecord = z.union([
  z.strictObject({
    probe: recordedProbe,
    latent: latentName,
    metrics: z.record(z.string(), metricRecord),
    /** Settings of the probe, such as `{ neighbours: 20 }`. */
    settings: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
    /** Metric of the benchmark on the test split after each epoch. */
    history: z.array(z.number().nullable()).optional(),
    /** The same on the validation split, which chose the epoch that the metrics are of. */
    validation: z.array(z.number().nullable()).optional(),
    /** Which predictions were right, sample after sample, `perSample` bits each; see packBits. */
    correct: z.strictObject({ perSample: z.number().int().positive(), bits: z.string() })
      .nullable(),
    seconds: z.number(),
  }),
  z.strictObject({ probe: recordedProbe, latent: latentName, skipped: z.string() }),
]);

/** What one probe measured on one kind of latents, or why it was left out. */
export type ProbeRecord = z.infer<typeof probeRecord>;

const fields = z.strictObject({
  /** Version of the program that wrote it. */
  writer: z.string(),
  dataset: z.string(),
  variant: z.string(),
  task: taskSpec,
  /** Metric that the benchmark reports; a key of `metrics`. */
  metric: metricName,
  run: runSummary,
  samples: z.strictObject({ train: count, test: count }),
  /** How the reported numbers were chosen. */
  selection: z.string(),
  /** Seed of the probes: head and order of batches. */
  seed: count,
  bootstrap: z.strictObject({
    resamples: z.number().int().positive(),
    /** Equal for results on the same test samples and labels: their replicates pair up. */
    key: z.string(),
  }),
  results: z.array(probeRecord),
  adaptation: latentAdaptation,
  /** Mean reconstruction losses of the test samples around adaptation. */
  losses: z.strictObject({ before: z.number(), after: z.number(), improved: z.number() })
    .nullable(),
  sources: sourceDigests.extend({ features: z.string() }),
  versions: z.record(z.string(), z.string()),
  notes: z.array(z.string()),
});

/**
 * The result record, a file by itself.
 *
 * @ignore
 */
export const resultRecord = defineDocument("metamae/result", 1, fields);

/** What the probes measured. */
export type ResultRecord = DocumentOf<typeof resultRecord>;

/** Packs numbers as little-endian float32 in base64; NaN stands for undefined. */
export function packFloats(values: ArrayLike<number>): string {
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) bytes.setFloat32(4 * i, values[i]!, true);
  return new Uint8Array(bytes.buffer).toBase64();
}

/** Undoes {@linkcode packFloats}. */
export function unpackFloats(text: string): Float32Array<ArrayBuffer> {
  const bytes = Uint8Array.fromBase64(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

/** Packs zeros and ones, the first into the lowest bit of the first byte, in base64. */
export function packBits(values: ArrayLike<number>): string {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i++) bytes[i >> 3]! |= (values[i] ? 1 : 0) << (i & 7);
  return bytes.toBase64();
}
