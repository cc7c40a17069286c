/**
 * Loading one recorded case: `<name>.json` beside `<name>.safetensors`.
 *
 * @module
 */

import { z } from "zod";
import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { readSafetensors } from "../../lib/formats/tensor/safetensors.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { DataError } from "../../lib/util/errors.ts";
import { explained } from "../../lib/util/io_errors.ts";
import { checkJson, readJson } from "../../lib/util/json.ts";
import type { NdArray } from "../../lib/util/ndarray.ts";
import { join } from "../../lib/util/path.ts";

const spread = z.looseObject({ max_abs: z.number(), max_rel: z.number() });

const document = z.looseObject({
  case: z.string(),
  method: z.string(),
  seed: z.number().optional(),
  config: z.record(z.string(), z.unknown()).default({}),
  scalars: z.record(z.string(), z.unknown()).default({}),
  float32_spread: z.record(z.string(), spread).default({}),
  parameters_with_vanishing_gradient: z.array(z.string()).default([]),
});

/** Largest difference of the reference between float32 and float64. */
export interface Spread {
  readonly absolute: number;
  /** Relative to the largest magnitude of the tensor. */
  readonly relative: number;
}

/** Inputs and results that a published implementation was seen to take and give. */
export interface FixtureCase {
  readonly name: string;
  /** What was recorded; picks the runner. */
  readonly method: string;
  readonly seed: number;
  readonly config: Readonly<Record<string, unknown>>;
  readonly scalars: Readonly<Record<string, unknown>>;
  /** Spread by group of tensors, such as `grad/second`. */
  readonly spread: ReadonlyMap<string, Spread>;
  /** Parameters whose analytic gradient is zero, so that rounding decides their sign. */
  readonly vanishing: readonly string[];
  /** The whole document, for fields of single cases. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, NdArray>;
}

/** The verdict on a case. */
export interface CaseResult {
  /** The comparison that came nearest to its tolerance, or went furthest beyond it. */
  readonly worst: { readonly name: string; readonly error: number; readonly tolerance: number };
  readonly pass: boolean;
  /** Number of comparisons. */
  readonly checked: number;
}

/** Computes a case with this implementation and compares. */
export type CaseRunner = (fixture: FixtureCase, mode: CompileMode) => Promise<CaseResult>;

/**
 * Names of the cases in a folder, sorted: the JSON files that say which case they are.
 *
 * @throws {MissingError} If there is no such folder.
 */
export async function listCases(folder: string): Promise<readonly string[]> {
  const entries = await explained(
    `Cannot read the folder "${folder}"`,
    () => Array.fromAsync(Deno.readDir(folder)),
  );
  const names: string[] = [];
  for (const { name, isFile } of entries) {
    if (!isFile || !name.endsWith(".json")) continue;
    const value = await readJson(join(folder, name));
    const isCase = typeof value === "object" && value !== null && "case" in value;
    if (isCase) names.push(name.slice(0, -".json".length));
  }
  return names.sort();
}

/**
 * Loads a case.
 *
 * @throws {MissingError} If the JSON document is absent.
 * @throws {DataError} If a file is damaged or no case.
 */
export async function loadCase(folder: string, name: string): Promise<FixtureCase> {
  const path = join(folder, `${name}.json`);
  const value = await readJson(path);
  const parsed = checkJson(value, document, `"${path}"`);
  const spreads = Object.entries(parsed.float32_spread).map(([group, { max_abs, max_rel }]) =>
    [group, { absolute: max_abs, relative: max_rel }] as const
  );
  return {
    name,
    method: parsed.method,
    seed: parsed.seed ?? 0,
    config: parsed.config,
    scalars: parsed.scalars,
    spread: new Map(spreads),
    vanishing: parsed.parameters_with_vanishing_gradient,
    document: parsed,
    tensors: await loadTensors(join(folder, `${name}.safetensors`)),
  };
}

/**
 * A tensor of a case.
 *
 * @throws {DataError} If the case has none of that name.
 */
export function tensorOf(fixture: FixtureCase, name: string): NdArray {
  const tensor = fixture.tensors.get(name);
  if (tensor === undefined) {
    throw new DataError(`Cannot check case "${fixture.name}": it has no tensor "${name}"`);
  }
  return tensor;
}

/** Values of a tensor of a case as numbers (64-bit integers become doubles). */
export function numbersOf(fixture: FixtureCase, name: string): Float64Array<ArrayBuffer> {
  const { data } = tensorOf(fixture, name);
  return Float64Array.from(data as ArrayLike<number | bigint>, Number);
}

/** A float32 array with the values and shape of a tensor of a case. */
export function float32Of(fixture: FixtureCase, name: string): NdArray<"float32"> {
  const { shape } = tensorOf(fixture, name);
  return { dtype: "float32", shape, data: Float32Array.from(numbersOf(fixture, name)) };
}

/** An int32 array with the values and shape of a tensor of a case. */
export function int32Of(fixture: FixtureCase, name: string): NdArray<"int32"> {
  const { shape } = tensorOf(fixture, name);
  return { dtype: "int32", shape, data: Int32Array.from(numbersOf(fixture, name)) };
}

/** Cases of numbers only have no tensor file. */
async function loadTensors(path: string): Promise<ReadonlyMap<string, NdArray>> {
  try {
    await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Map();
    throw error;
  }
  return (await readSafetensors(path)).tensors;
}

/** The task of a case of a probe, whose kind it names. */
export function taskOf({ name, config }: FixtureCase): TaskSpec {
  const classes = Number(config.num_classes ?? config.classes);
  switch (config.kind) {
    case "multiclass":
      return { kind: "single-label", classes, metric: "accuracy" };
    case "f1":
      return { kind: "single-label", classes, metric: "weighted-f1" };
    case "binary":
      return { kind: "binary", classes: 2, metric: "accuracy" };
    case "multilabel":
      return { kind: "multi-label", classes, metric: "auroc" };
    case "regression":
      return { kind: "regression", classes: 1, metric: "spearman" };
    case "tokenwise":
      return { kind: "per-token", classes, metric: "accuracy" };
    default:
      throw new DataError(`Cannot check case "${name}": its task "${config.kind}" is not known`);
  }
}
