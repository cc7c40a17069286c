/**
 * Pictures with captions: MetaMAE is pretrained on pairs that belong together, and then asked which
 * pairs do not.
 */

import type { Store } from "../../lib/store/store.ts";
import { startEngine } from "../../lib/engine/backend/backend.ts";
import { extractFeatures } from "../../lib/evaluate/features.ts";
import { finetune } from "../../lib/evaluate/finetune.ts";
import { runProbe } from "../../lib/evaluate/probe.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import type { ResultRecord } from "../../lib/documents/result_record.ts";
import { loadRun } from "../../lib/train/load_run.ts";
import { pretrain } from "../../lib/train/pretrain.ts";
import { join } from "../../lib/util/path.ts";
import { drawKey, integer, normals, uniform } from "../../lib/util/random.ts";
import { assert } from "../assert.ts";
import { makeStore } from "../store/sample_stores.ts";
import { testOnBackends } from "../engine/backends.ts";
import { inTemporaryFolder } from "../train/temporary_folder.ts";

const side = 8;
const words = 4;
const inputs: readonly InputSpec[] = [
  { kind: "image", channels: 1, height: side, width: side, patch: 4 },
  { kind: "tokens", vocabulary: 10, length: words },
];

/** Noise with a bright upper left or upper right quarter. */
function picture(row: number, quarter: number): Float32Array {
  return normals(drawKey(row, "picture"), side * side).map((noise, i) => {
    const [top, left] = [Math.floor(i / side) < 4, i % side < 4];
    return 0.3 * noise + (top && left === (quarter === 0) ? 2 : 0);
  });
}

/**
 * Pairs, of which a share has the caption of the other quarter; the label is 1 where it does not
 * fit. Both quarters and both words are as frequent in either class, so that no modality tells
 * alone.
 */
function captionStore(train: number, test: number, mismatched: number): Promise<Store> {
  return makeStore(async (writer) => {
    writer.declare({
      inputs: [...inputs],
      task: { kind: "binary", classes: 2, metric: "accuracy" },
      layout: "rows",
      columns: [{ dtype: "float32" }, { dtype: "int32" }],
      defaults: { batchSize: 32 },
    });
    const key = drawKey(1, "pairs");
    for (let row = 0; row < train + test; row++) {
      const quarter = integer(key, 2 * row, 2);
      const label = uniform(key, 4 * (train + test) + row) < mismatched ? 1 : 0;
      const caption = new Int32Array(words).fill(quarter ^ label);
      await writer.append([picture(row, quarter), caption], label);
    }
    const range = (start: number, length: number) => Array.from({ length }, (_, i) => start + i);
    writer.list("train", range(0, train));
    writer.list("test", range(train, test));
  });
}

/** Asserts that a probe is above chance: the whole of its interval. */
function assertAboveChance({ results }: ResultRecord): void {
  const [result] = results;
  assert(result !== undefined && "metrics" in result);
  const { accuracy } = result.metrics;
  assert(accuracy !== undefined && accuracy.value !== null && accuracy.interval.low !== null);
  assert(accuracy.interval.low > 0.55, `${result.probe}: from ${accuracy.interval.low} on`);
}

testOnBackends(
  "metamae on pictures and texts learns to tell captions that do not fit",
  (backend) =>
    inTemporaryFolder(async (folder) => {
      await using pairs = await captionStore(1200, 32, 0);
      await using mixed = await captionStore(1200, 300, 0.5);
      const choices = { backend, compile: backend === "tensorflow" ? "graph" : "off" } as const;
      const run = join(folder, "run");
      await pretrain({
        ...choices,
        ...{ data: pairs.path, out: run, method: "metamae", preset: "tiny", dropout: 0 },
        ...{ steps: 150, batchSize: 32, lr: 2e-3, tensorboard: false },
      });

      const engine = await startEngine(choices);
      const features = join(folder, "features");
      await extractFeatures(await loadRun(run), mixed, features, { engine });
      assertAboveChance(await runProbe({ features, probe: "ridge", latent: "z", engine }));

      const tuned = { run, data: mixed.path, out: join(folder, "tuned"), epochs: 4, lr: 1e-3 };
      assertAboveChance((await finetune({ ...choices, ...tuned })).record);
    }),
);
