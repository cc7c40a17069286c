/**
 * Reading a features folder.
 *
 * @module
 */

import { type FeaturesManifest, featuresManifest, type LatentName } from "../documents/mod.ts";
import { openSafetensors } from "../formats/tensor/mod.ts";
import type { SplitName } from "../store/mod.ts";
import { DataError, hashFile, join, type NdArray } from "../util/mod.ts";
import type { ProbeData } from "./probe_data.ts";

/** An open features folder. */
export interface Features {
  readonly path: string;
  readonly manifest: FeaturesManifest;
  /**
   * Reads the features and labels of a split, and checks the file against its digest.
   *
   * @throws {DataError} If there is no such split or latent, it has no labels, or the file is
   * damaged.
   */
  read(split: SplitName, latent: LatentName): Promise<ProbeData>;
  /** Ids of the samples of a split, in order. */
  ids(split: SplitName): Promise<NdArray<"uint32">>;
}

/**
 * Opens a features folder.
 *
 * @throws {MissingError} If there is none.
 * @throws {DataError} If the manifest is damaged or of a newer version.
 */
export async function openFeatures(path: string): Promise<Features> {
  const manifest = await featuresManifest.read(path);
  const checked = new Map<string, Promise<string>>();
  const locate = async (split: SplitName): Promise<string> => {
    const record = manifest.splits[split];
    if (record === undefined) {
      throw new DataError(
        `Cannot probe the features "${path}": they have no split "${split}", ` +
          `only ${Object.keys(manifest.splits).join(", ")}`,
      );
    }
    const file = join(path, record.file.name);
    const digest = checked.get(file) ?? hashFile(file);
    checked.set(file, digest);
    if (await digest !== record.file.sha256) {
      throw new DataError(
        `Cannot read "${file}": its contents have changed since it was written`,
        { hint: "Make the features again with metamae adapt" },
      );
    }
    return file;
  };
  return {
    path,
    manifest,
    async read(split, latent) {
      using file = await openSafetensors(await locate(split));
      if (!file.tensors.has("labels")) {
        throw new DataError(
          `Cannot probe the features "${path}": the split "${split}" has no labels`,
          { hint: "Probes need a labelled data set" },
        );
      }
      const features = await file.read(latent) as NdArray<"float32">;
      return { features, labels: await file.read("labels") as ProbeData["labels"] };
    },
    async ids(split) {
      using file = await openSafetensors(await locate(split));
      return await file.read("ids") as NdArray<"uint32">;
    },
  };
}
