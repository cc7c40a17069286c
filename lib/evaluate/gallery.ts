/**
 * A few samples with what a method fills in, before and after adaptation, saved for pictures.
 *
 * @module
 */

import { galleryManifest } from "../documents/mod.ts";
import {
  type CompileMode,
  createStepper,
  disposeTree,
  type HostArray,
  type StateDict,
  type Tensor,
  type TensorTree,
  tf,
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

/** Tensors of the gallery by their names in its file, such as `0/target`. */
async function reconstruct(
  { model, parameters }: FeatureRun,
  batch: Batch,
  mode: CompileMode,
): Promise<Record<string, HostArray>> {
  type Inputs = { readonly inputs: readonly Tensor[]; readonly draws: TensorTree };
  const stepper = createStepper((parameters: StateDict, { inputs, draws }: Inputs) => {
    const modalities = model.reconstruct!(parameters, inputs, draws);
    const results = modalities.map(({ target, mask, before, after }, k) => {
      const shown = (prediction: Tensor) => shownOf(prediction, model.inputs[k]!);
      return { target, mask, before: shown(before), ...adapts(model) && { after: shown(after) } };
    });
    return { results };
  }, { name: "gallery", mode });
  const weights = uploadTree(parameters);
  try {
    const draws = model.draw({ seed: 0, step: 0, firstSample: 0, samples: batch.ids.length });
    const { results } = await stepper.run(weights, { inputs: batch.inputs, draws });
    return Object.fromEntries(
      results.flatMap((modality, k) =>
        Object.entries(modality).map(([name, array]) => [`${k}/${name}`, array as HostArray])
      ),
    );
  } finally {
    disposeTree(weights);
    stepper.dispose();
  }
}

/** What a picture shows of a prediction: patches, or the likeliest id of every token (N, L). */
function shownOf(prediction: Tensor, { kind }: InputSpec): Tensor {
  return kind === "tokens" ? tf.cast(tf.argMax(prediction, -1), "int32") : prediction;
}

function idArray({ ids }: Batch): NdArray<"uint32"> {
  return { dtype: "uint32", shape: [ids.length], data: ids };
}
