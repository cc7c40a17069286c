/**
 * A tiny run and a small labelled store for tests of features and probes.
 *
 * @module
 */

import type { EngineInfo } from "../../lib/engine/backend/backend.ts";
import type { FeatureRun } from "../../lib/evaluate/feature_run.ts";
import type { Architecture } from "../../lib/methods/method.ts";
import { findMethod } from "../../lib/methods/registry.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import type { Store } from "../../lib/store/store.ts";
import type { StoreWriter } from "../../lib/store/store_writer.ts";
import { drawKey, integer, normals } from "../../lib/util/random.ts";
import { makeStore } from "../store/sample_stores.ts";
import { makeTempDir } from "../temporary.ts";

/** Sizes that compile in no time. */
export const toyArchitecture: Architecture = {
  backbone: "metamae",
  encoderWidth: 16,
  encoderLayers: 1,
  encoderHeads: 2,
  encoderHeadWidth: 8,
  decoderWidth: 8,
  decoderLayers: 1,
  decoderHeads: 2,
  dropout: 0.1,
};

/** Inputs of the toy store. */
export const toyInput: InputSpec = { kind: "series", channels: 2, length: 12, patch: 3 };

/** Task of the toy store. */
export const toyTask: TaskSpec = {
  kind: "single-label",
  classes: 3,
  metric: "accuracy",
  classNames: ["low", "middle", "high"],
};

/** What the engine of a test looks like to the code under test. */
export function engineInfo(backend: "tensorflow" | "wasm"): EngineInfo {
  return { backend, compile: "off", version: "0", reason: undefined };
}

/** A run of random weights, whose checkpoint lies in a new folder. */
export async function toyRun(method: string, ...given: InputSpec[]): Promise<FeatureRun> {
  const inputs = given.length === 0 ? [toyInput] : given;
  const found = findMethod(method);
  const options = found.options.parse({});
  const model = found.build(inputs, toyArchitecture, options);
  const checkpoint = await makeTempDir();
  await Deno.writeTextFile(`${checkpoint}/state.json`, '{"step": 5}');
  return {
    config: {
      method,
      preset: "tiny",
      methodOptions: options,
      architecture: toyArchitecture,
      inputs,
      training: { seed: 3, ...{ steps: 5, batchSize: 8 } },
      data: { dataset: "toy", variant: "plain", split: "train", sha256: "0".repeat(64) },
    },
    model,
    parameters: initialParameters(model.parameters, 3),
    step: 5,
    checkpoint,
  };
}

/** What the toy store can be made without. */
export interface ToyStoreOptions {
  readonly task?: TaskSpec | null;
  readonly train?: number;
  readonly test?: number;
  /** Samples of a validation split; none by default. */
  readonly validation?: number;
}

/** A store of noisy series whose level depends on their label. */
export function toyStore(options: ToyStoreOptions = {}): Promise<Store> {
  const { task = toyTask, train = 23, test = 10, validation = 0 } = options;
  return makeStore((writer) => fill(writer, task, train, test, validation));
}

/** The level of a series as the label of a task. */
function labelsOf({ kind, classes }: TaskSpec, level: number): number | number[] {
  switch (kind) {
    case "per-token":
      return [0, 1, 2, level];
    case "multi-label":
      return Array.from({ length: classes }, (_, c) => c <= level ? 1 : 0);
    case "binary":
      return level > 1 ? 1 : 0;
    default:
      return level;
  }
}

async function fill(
  writer: StoreWriter,
  task: TaskSpec | null,
  train: number,
  test: number,
  validation: number,
): Promise<void> {
  writer.declare({
    inputs: [toyInput],
    ...(task === null ? {} : { task }),
    layout: "rows",
    columns: [{ dtype: "float32" }],
    defaults: { batchSize: 8 },
  });
  for (let row = 0; row < train + test + validation; row++) {
    const label = integer(drawKey(0, "label"), row, 3);
    const values = normals(drawKey(0, "row", row), 24).map((x) => 0.3 * x + label - 1);
    const labels = task === null ? label : labelsOf(task, label);
    await writer.append([values], ...(task === null ? [] : [labels]));
  }
  const range = (start: number, length: number) => Array.from({ length }, (_, i) => start + i);
  writer.list("train", range(0, train).reverse());
  writer.list("test", range(train, test));
  if (validation > 0) writer.list("validation", range(train + test, validation));
  writer.note("made of noise");
}
