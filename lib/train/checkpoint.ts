/**
 * Checkpoints: complete and verified, or not there.
 *
 * ```text
 * checkpoints/step-<8 digits>/
 *   model.safetensors       the state dict, names and layouts of the published checkpoints
 *   optimizer.safetensors   moments of the gradients: exp_avg/<name> and exp_avg_sq/<name>
 *   state.json              step, seed, metrics, digests of the two files
 * checkpoints/latest        name of the newest complete checkpoint
 * ```
 *
 * A checkpoint is written under a temporary name, brought to the disk, and renamed; the pointer is
 * renamed after it. The ones before are not touched until then.
 *
 * @module
 */

import { type CheckpointState, checkpointState } from "../documents/mod.ts";
import { readSafetensors, writeSafetensors } from "../formats/tensor/mod.ts";
import type { ParameterSpec } from "../methods/mod.ts";
import {
  DataError,
  elementCount,
  explained,
  type FileSystem,
  float32,
  hashFile,
  join,
  type NdArray,
  writeFileAtomic,
  writeFolder,
} from "../util/mod.ts";
import { checkFit, type HostParameters, type TensorDeclaration } from "./parameters.ts";

/** Moments of the gradients of all trainable tensors. */
export interface OptimizerMoments {
  readonly first: HostParameters;
  readonly second: HostParameters;
}

/** A checkpoint on the host. */
export interface Checkpoint {
  readonly state: Pick<CheckpointState, "method" | "step" | "samples" | "seed" | "metrics">;
  readonly parameters: HostParameters;
  /** Absent for a model that was not trained. */
  readonly moments: OptimizerMoments | undefined;
}

/** Folder of all checkpoints of a run. */
export function checkpointsFolder(run: string): string {
  return join(run, "checkpoints");
}

/** Folder of one checkpoint of a run. */
export function checkpointFolder(run: string, step: number): string {
  return join(checkpointsFolder(run), folderName(step));
}

/**
 * Writes a checkpoint of a run and points `latest` at it.
 *
 * @throws {StorageError} If it cannot be written; earlier checkpoints are then untouched.
 */
export async function saveCheckpoint(
  run: string,
  checkpoint: Checkpoint,
  specs: readonly ParameterSpec[],
  options: { readonly fileSystem?: FileSystem } = {},
): Promise<string> {
  const { fileSystem } = options;
  const folder = checkpointFolder(run, checkpoint.state.step);
  // The lock of the run guards its checkpoints.
  const place = { action: `Cannot save the checkpoint "${folder}"`, fileSystem, isGuarded: true };
  await writeFolder(folder, place, async (staged) => {
    const write = async (name: string, entries: Iterable<readonly [string, NdArray]>) => {
      const path = join(staged, name);
      await writeSafetensors(path, entries, { ...options, metadata: { format: "pt" } });
      return { bytes: (await Deno.stat(path)).size, sha256: await hashFile(path) };
    };
    const model = await write("model.safetensors", modelEntries(checkpoint.parameters, specs));
    const optimizer = checkpoint.moments &&
      await write("optimizer.safetensors", momentEntries(checkpoint.moments));
    const state = checkpointState.make({
      ...checkpoint.state,
      files: {
        "model.safetensors": model,
        ...(optimizer && { "optimizer.safetensors": optimizer }),
      },
    });
    await checkpointState.write(staged, state, options);
  });
  const pointer = join(checkpointsFolder(run), "latest");
  await writeFileAtomic(pointer, `${folderName(checkpoint.state.step)}\n`, options);
  return folder;
}

/**
 * Reads a checkpoint and checks sizes, digests and every entry against the model.
 *
 * @throws {UsageError} If it does not fit the model; the message holds a table of the differences.
 * @throws {DataError} If it is damaged or of a newer version.
 */
export async function loadCheckpoint(
  folder: string,
  specs: readonly ParameterSpec[],
  options: { readonly weightsOnly?: boolean } = {},
): Promise<Checkpoint> {
  const state = await checkpointState.read(folder);
  const read = async (name: keyof CheckpointState["files"]) => {
    const path = join(folder, name);
    await verify(path, state.files[name]!);
    return { path, tensors: (await readSafetensors(path)).tensors };
  };
  const model = await read("model.safetensors");
  checkFit(model.path, wantedModel(specs), model.tensors);
  const parameters = Object.fromEntries(
    specs.map(({ name }) => [name, asFloat32(model.tensors.get(name)!)]),
  );
  const { method, step, samples, seed, metrics } = state;
  const known = { method, step, samples, seed, metrics };
  if (options.weightsOnly || state.files["optimizer.safetensors"] === undefined) {
    return { state: known, parameters, moments: undefined };
  }
  const optimizer = await read("optimizer.safetensors");
  const trainable = specs.filter((spec) => spec.trainable);
  checkFit(optimizer.path, wantedMoments(trainable), optimizer.tensors);
  const moment = (prefix: string): HostParameters =>
    Object.fromEntries(
      trainable.map(({ name }) => [name, asFloat32(optimizer.tensors.get(`${prefix}/${name}`)!)]),
    );
  return {
    state: known,
    parameters,
    moments: { first: moment("exp_avg"), second: moment("exp_avg_sq") },
  };
}

async function verify(
  path: string,
  wanted: CheckpointState["files"]["model.safetensors"],
): Promise<void> {
  const { size } = await explained(`Cannot read "${path}"`, () => Deno.stat(path));
  if (size !== wanted.bytes) {
    throw new DataError(
      `Cannot use "${path}": the file has ${size} bytes, its state.json promises ${wanted.bytes}`,
    );
  }
  const digest = await hashFile(path);
  if (digest !== wanted.sha256) {
    throw new DataError(
      `Cannot use "${path}": its SHA-256 is ${digest}, its state.json promises ${wanted.sha256}`,
    );
  }
}

function folderName(step: number): string {
  return `step-${String(step).padStart(8, "0")}`;
}

function modelEntries(
  parameters: HostParameters,
  specs: readonly ParameterSpec[],
): [string, NdArray][] {
  return specs.map(({ name, dtype }) => {
    const values = parameters[name]!;
    if (dtype !== "int64") return [name, values];
    const data = BigInt64Array.from(values.data, (value) => BigInt(Math.round(value)));
    return [name, { dtype: "int64", shape: values.shape, data }];
  });
}

function momentEntries({ first, second }: OptimizerMoments): [string, NdArray][] {
  const named = (prefix: string, moments: HostParameters) =>
    Object.entries(moments).map(([name, values]): [string, NdArray] => [
      `${prefix}/${name}`,
      values,
    ]);
  return [...named("exp_avg", first), ...named("exp_avg_sq", second)];
}

function wantedModel(specs: readonly ParameterSpec[]): Map<string, TensorDeclaration> {
  return new Map(
    specs.map(({ name, shape, dtype }) => [name, { shape, dtype: dtype ?? "float32" }]),
  );
}

function wantedMoments(trainable: readonly ParameterSpec[]): Map<string, TensorDeclaration> {
  const entries = trainable.map(({ name, shape }) => [name, { shape, dtype: "float32" }] as const);
  return new Map(
    ["exp_avg", "exp_avg_sq"].flatMap((prefix) =>
      entries.map(([name, declaration]) => [`${prefix}/${name}`, declaration] as const)
    ),
  );
}

function asFloat32(array: NdArray): NdArray<"float32"> {
  if (array.dtype === "float32") return array as NdArray<"float32">;
  const out = new Float32Array(elementCount(array.shape));
  for (let i = 0; i < out.length; i++) out[i] = Number(array.data[i]);
  return float32(array.shape, out);
}
