/**
 * The state dict of a model on the host: initial values, counts, and checks against what a model
 * wants.
 *
 * @module
 */

import type { Initializer, ParameterSpec } from "../methods/mod.ts";
import {
  drawKey,
  elementCount,
  float32,
  type NdArray,
  normals,
  uniforms,
  UsageError,
} from "../util/mod.ts";

/** A state dict on the host, by name in checkpoint order. */
export type HostParameters = Readonly<Record<string, NdArray<"float32">>>;

/** Numbers of weights of a model. */
export interface ParameterCounts {
  /** Weights that the optimizer updates. */
  readonly trainable: number;
  /** Position tables, running statistics and other fixed entries. */
  readonly fixed: number;
}

/**
 * Initial values of every entry of a state dict.
 *
 * The draws of an entry depend only on the seed and its name, so models that share an entry start
 * from the same values whatever else they hold.
 */
export function initialParameters(specs: readonly ParameterSpec[], seed: number): HostParameters {
  const out: Record<string, NdArray<"float32">> = {};
  for (const { name, shape, initializer } of specs) {
    out[name] = float32(shape, initialValues(initializer, elementCount(shape), seed, name));
  }
  return out;
}

function initialValues(
  initializer: Initializer,
  length: number,
  seed: number,
  name: string,
): Float32Array<ArrayBuffer> {
  const key = drawKey(seed, `init/${name}`);
  switch (initializer.kind) {
    case "uniform":
      return uniforms(key, length).map((u) => (2 * u - 1) * initializer.bound);
    case "normal":
      return normals(key, length).map((n) => n * initializer.deviation);
    case "constant":
      return new Float32Array(length).fill(initializer.value);
    case "fixed":
      return initializer.values.slice();
  }
}

/** Counts the weights of a model. */
export function countParameters(specs: readonly ParameterSpec[]): ParameterCounts {
  let trainable = 0, fixed = 0;
  for (const spec of specs) {
    if (spec.trainable) trainable += elementCount(spec.shape);
    else fixed += elementCount(spec.shape);
  }
  return { trainable, fixed };
}

/** What a file declares about one of its tensors. */
export interface TensorDeclaration {
  readonly shape: readonly number[];
  readonly dtype: string;
}

const differencesShown = 5;

/**
 * Checks that a set of stored tensors is what a model wants, entry by entry.
 *
 * @param source What holds the tensors, for the message, such as a file name.
 * @throws {UsageError} If an entry is missing, left over, or of another shape or element type; the
 * message holds a table of the first five differences.
 */
export function checkFit(
  source: string,
  wanted: ReadonlyMap<string, TensorDeclaration>,
  found: ReadonlyMap<string, TensorDeclaration>,
): void {
  const rows: [string, string, string][] = [];
  for (const [name, want] of wanted) {
    const have = found.get(name);
    if (have === undefined) rows.push([name, describe(want), "missing"]);
    else if (describe(have) !== describe(want)) rows.push([name, describe(want), describe(have)]);
  }
  for (const [name, have] of found) {
    if (!wanted.has(name)) rows.push([name, "no such entry", describe(have)]);
  }
  if (rows.length === 0) return;
  const table = [["entry", "wanted", "found"], ...rows.slice(0, differencesShown)];
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map(([name, want, have]) =>
    `  ${name!.padEnd(widths[0]!)}  ${want!.padEnd(widths[1]!)}  ${have}`
  );
  const more = rows.length > differencesShown
    ? `\n  and ${rows.length - differencesShown} more`
    : "";
  throw new UsageError(
    `Cannot load "${source}": it differs from the model in ${rows.length} of its entries\n` +
      lines.join("\n") + more,
    { hint: "Method, preset and input must be those that the checkpoint was trained with" },
  );
}

function describe({ dtype, shape }: TensorDeclaration): string {
  return `${dtype} [${shape.join(", ")}]`;
}
