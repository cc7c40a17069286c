/**
 * All trainable weights in one flat vector, so that optimizer, gradient norm and all-reduce are a
 * handful of operations however many tensors a model has.
 *
 * @module
 */

import { type StateDict, type Tensor, tf } from "../engine/mod.ts";
import type { ParameterSpec } from "../methods/mod.ts";
import { elementCount, float32, type NdArray } from "../util/mod.ts";
import type { HostParameters } from "./parameters.ts";

/** One tensor's place in the flat vector. */
export interface FlatEntry {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element. */
  readonly start: number;
  /** Number of elements. */
  readonly size: number;
}

/** Places of all trainable tensors, in checkpoint order. */
export interface FlatLayout {
  readonly entries: readonly FlatEntry[];
  /** Elements of the flat vector. */
  readonly size: number;
}

/** Lays the trainable entries of a state dict out one after the other. */
export function flatLayout(specs: readonly ParameterSpec[]): FlatLayout {
  let size = 0;
  const entries: FlatEntry[] = [];
  for (const { name, shape, trainable } of specs) {
    if (!trainable) continue;
    const count = elementCount(shape);
    entries.push({ name, shape, start: size, size: count });
    size += count;
  }
  return { entries, size };
}

/** Copies the trainable entries of a state dict into one vector. */
export function packHost(layout: FlatLayout, parameters: HostParameters): NdArray<"float32"> {
  const out = new Float32Array(layout.size);
  for (const { name, start } of layout.entries) out.set(parameters[name]!.data, start);
  return float32([layout.size], out);
}

/** Views a flat vector as named arrays that share its memory. */
export function unpackHost(layout: FlatLayout, flat: NdArray<"float32">): HostParameters {
  return Object.fromEntries(layout.entries.map(({ name, shape, start, size }) => [
    name,
    float32(shape, flat.data.subarray(start, start + size)),
  ]));
}

/** Cuts a flat tensor into named tensors: one split and one reshape each. */
export function unpack(layout: FlatLayout, flat: Tensor): StateDict {
  const pieces = tf.split(flat, layout.entries.map((entry) => entry.size));
  return Object.fromEntries(
    layout.entries.map(({ name, shape }, i) => [name, tf.reshape(pieces[i]!, [...shape])]),
  );
}

/** A stretch of neighbouring entries that all have a gradient, or all have none. */
export interface FlatRun {
  readonly size: number;
  /** The gradient of the stretch as one vector; undefined where there is none. */
  readonly gradient: Tensor | undefined;
}

/** Joins the gradients of neighbouring entries; one run if every entry has a gradient. */
export function packGradients(
  layout: FlatLayout,
  gradients: Readonly<Record<string, Tensor | undefined>>,
): readonly FlatRun[] {
  const runs: { size: number; pieces: Tensor[] | undefined }[] = [];
  for (const { name, size } of layout.entries) {
    const gradient = gradients[name];
    let run = runs.at(-1);
    if (run === undefined || (run.pieces === undefined) !== (gradient === undefined)) {
      run = { size: 0, pieces: gradient === undefined ? undefined : [] };
      runs.push(run);
    }
    run.size += size;
    if (gradient !== undefined) run.pieces!.push(tf.reshape(gradient, [size]));
  }
  return runs.map(({ size, pieces }) => ({
    size,
    gradient: pieces && (pieces.length === 1 ? pieces[0]! : tf.concat(pieces)),
  }));
}
