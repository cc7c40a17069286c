/**
 * A few samples with what a method fills in, before and after adaptation, saved for pictures.
 *
 * @module
 */

import { galleryManifest } from "../documents/mod.ts";
import {
  compile,
  type CompileMode,
  disposeTree,
  downloadTree,
  type Tensor,
  tf,
  upload,
  uploadTree,
} from "../engine/mod.ts";
import { writeSafetensors } from "../formats/tensor/mod.ts";
import type { InputSpec } from "../spec/mod.ts";
import { type Batch, epochIds, type Store } from "../store/mod.ts";
import { type FileSystem, hashFile, join, type NdArray } from "../util/mod.ts";
import { adapts } from "./encoder.ts";
import { type FeatureRun, summarizeRun } from "./feature_run.ts";

/** Options of {@linkcode writeGallery}. */
export interface GalleryOptions {
  /** Number of samples, spread evenly over the test split. */
  readonly samples: number;
  readonly compile?: CompileMode;
  readonly fileSystem?: FileSystem;
}

/**
 * Writes a gallery of test samples into a folder; masks are keyed by seed 0, so that all methods
 * with one mask ratio hide the same patches.
 *
 * @returns Whether there is one: not without samples, a test split, or a decoder.
 */
export async function writeGallery(
  folder: string,
  run: FeatureRun,
  store: Store,
  options: GalleryOptions,
): Promise<boolean> {
  const { model } = run;
  if (model.reconstruct === undefined || !store.splits.includes("test")) return false;
  const split = await store.split("test");
  const samples = Math.min(options.samples, split.count);
  if (samples < 1) return false;
  const all = epochIds(split, { seed: 0, epoch: 0 });
  const ids = Uint32Array.from(
    { length: samples },
    (_, i) => all[Math.floor(i * all.length / samples)]!,
  );
  const batch = await split.read(ids);
  const arrays = await reconstruct(run, batch, options.compile ?? "off");
  const name = "gallery.safetensors";
  const path = join(folder, name);
  await writeSafetensors(path, [...Object.entries(arrays), ["ids", idArray(batch)]], options);
  const { size } = await Deno.stat(path);
  const classNames = store.task?.classNames;
  const labels = batch.labels !== undefined && classNames !== undefined &&
      batch.labels.shape.length === 1
    ? Array.from(batch.labels.data, (label) => classNames[label] ?? String(label))
    : undefined;
  const looks = store.manifest.columns.map(({ look }) => look);
  const manifest = galleryManifest.make({
    dataset: store.manifest.dataset,
    variant: store.manifest.variant,
    run: summarizeRun(run),
    split: "test",
    samples,
    modalities: model.inputs.map((input, k) => ({
      input,
      adapted: adapts(model),
      ...(looks[k] === undefined ? {} : { look: looks[k] }),
    })),
    ...(labels === undefined ? {} : { labels }),
    file: { name, bytes: size, sha256: await hashFile(path) },
  });
  await galleryManifest.write(folder, manifest, options);
  return true;
}

async function reconstruct(
  { model, parameters }: FeatureRun,
  batch: Batch,
  mode: CompileMode,
): Promise<Record<string, NdArray<"float32" | "int32">>> {
  const samples = batch.ids.length;
  const tensors = {
    parameters: uploadTree(parameters),
    draws: uploadTree(model.draw({ seed: 0, step: 0, firstSample: 0, samples })),
    inputs: Object.fromEntries(batch.inputs.map((array, k) => [`input/${k}`, upload(array)])),
  };
  const program = compile((all) => {
    const inputs = batch.inputs.map((_, k) => all[`input/${k}`]!);
    const draws = Object.fromEntries(Object.keys(tensors.draws).map((name) => [name, all[name]!]));
    const entries = model.reconstruct!(all, inputs, draws).flatMap((modality, k) => {
      const { target, mask, before, after } = modality;
      const shown = (prediction: Tensor) => shownOf(prediction, model.inputs[k]!);
      return [
        [`${k}/target`, target],
        [`${k}/mask`, mask],
        [`${k}/before`, shown(before)],
        ...(adapts(model) ? [[`${k}/after`, shown(after)]] : []),
      ] as [string, Tensor][];
    });
    return Object.fromEntries(entries);
  }, { name: "gallery", mode });
  try {
    const outputs = await program({ ...tensors.parameters, ...tensors.draws, ...tensors.inputs });
    const arrays = await downloadTree(outputs);
    disposeTree(outputs);
    return arrays;
  } finally {
    disposeTree(tensors.parameters, tensors.draws, tensors.inputs);
    program.dispose();
  }
}

/** What a picture shows of a prediction: patches, or the likeliest id of every token (N, L). */
function shownOf(prediction: Tensor, { kind }: InputSpec): Tensor {
  return kind === "tokens" ? tf.cast(tf.argMax(prediction, -1), "int32") : prediction;
}

function idArray({ ids }: Batch): NdArray<"uint32"> {
  return { dtype: "uint32", shape: [ids.length], data: ids };
}
