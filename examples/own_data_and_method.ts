/**
 * A data set and a method of one's own, from the raw file to a score, without touching the tree:
 *
 *     deno run --allow-read --allow-write --allow-env --allow-ffi --allow-sys=cpus \
 *       examples/own_data_and_method.ts FOLDER_WITH_SEEDS_DATASET
 *
 * @module
 */

import {
  anyMethod,
  type BackendName,
  extractFeatures,
  loadRun,
  openStore,
  pretrain,
  type ResultRecord,
} from "../mod.ts";
import { runProbe, startEngine, tokenizeDataset } from "../mod.ts";
import { wheatSeeds } from "./add_dataset.ts";
import { variableMae } from "./add_method.ts";

/** Tokenizes, trains, extracts features and probes; everything is written below `folder`. */
export async function main(
  raw: string,
  folder: string,
  backend: BackendName = "auto",
): Promise<ResultRecord> {
  const place = (name: string) => `${folder}/${name}`;
  const findMethod = () => anyMethod(variableMae);
  await tokenizeDataset(wheatSeeds, { raw, out: place("seeds.store") });
  await pretrain({
    ...{ data: place("seeds.store"), out: place("seeds.run"), method: variableMae.id },
    ...{ preset: "tiny", steps: 20, batchSize: 8, lr: 1e-3, dropout: 0, backend },
  }, { findMethod });

  const engine = await startEngine({ backend });
  const run = await loadRun(place("seeds.run"), { findMethod });
  await using store = await openStore(place("seeds.store"));
  await extractFeatures(run, store, place("seeds.features"), { engine });
  return await runProbe({
    ...{ features: place("seeds.features"), out: place("seeds.json"), probe: "ridge", engine },
  });
}

if (import.meta.main) {
  const { results } = await main(Deno.args[0] ?? ".", await Deno.makeTempDir());
  console.log(JSON.stringify(results, null, 2));
}
