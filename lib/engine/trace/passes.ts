/**
 * Simplifying a recording before it is emitted: equal operations once, unused ones not at all.
 *
 * Recomputing forward values inside a gradient keeps the second derivative right; the duplicates
 * that this leaves are merged here, so they cost nothing in any mode.
 *
 * @module
 */

import type { Recording } from "./recording.ts";
import type { Operation, Value } from "./value.ts";

/** Constants up to this many elements are compared; larger ones are rare and kept as they are. */
const comparedElements = 64;

/** Operations that must run as often as they were recorded. */
export const effectful: ReadonlySet<string> = new Set(["CollectiveReduceV2", "CollectiveGatherV2"]);

/** A simplified recording and where its values went. */
export interface Simplified {
  readonly operations: readonly Operation[];
  /** The outputs that were asked for, in their order. */
  readonly outputs: readonly Value[];
}

/**
 * Merges equal operations and drops those that no output needs. Inputs are always kept.
 *
 * @param outputs Values that the function returns.
 */
export function simplify(recording: Recording, outputs: readonly Value[]): Simplified {
  const replaced = new Map<Operation, Operation>();
  const known = new Map<string, Operation>();
  const numbers = new Map<Operation, number>();
  const current = (value: Value): Value => {
    const operation = replaced.get(value.operation);
    return operation === undefined ? value : operation.outputs[value.output]!;
  };

  const merged: Operation[] = [];
  for (const operation of recording.operations) {
    const inputs = operation.inputs.map(current);
    const key = mergeKey(operation, inputs, numbers);
    const twin = key === undefined ? undefined : known.get(key);
    if (twin !== undefined) {
      replaced.set(operation, twin);
      continue;
    }
    let kept = operation;
    if (inputs.some((input, i) => input !== operation.inputs[i])) {
      const rewired: Value[] = [];
      kept = { ...operation, inputs, outputs: rewired };
      for (const output of operation.outputs) rewired.push({ ...output, operation: kept });
      replaced.set(operation, kept);
    }
    numbers.set(kept, numbers.size);
    if (key !== undefined) known.set(key, kept);
    merged.push(kept);
  }

  const results = outputs.map(current);
  const needed = new Set<Operation>();
  const pending = [
    ...results.map((value) => value.operation),
    ...merged.filter((operation) => effectful.has(operation.name)),
  ];
  for (let operation = pending.pop(); operation !== undefined; operation = pending.pop()) {
    if (needed.has(operation)) continue;
    needed.add(operation);
    for (const input of operation.inputs) pending.push(input.operation);
  }
  const operations = merged.filter((operation) =>
    needed.has(operation) || operation.name === "Input"
  );
  return { operations, outputs: results };
}

/** A text that two operations share exactly if they compute the same; undefined if never merged. */
function mergeKey(
  operation: Operation,
  inputs: readonly Value[],
  numbers: ReadonlyMap<Operation, number>,
): string | undefined {
  if (operation.name === "Input" || effectful.has(operation.name)) return undefined;
  if (operation.name === "Const") {
    const values = operation.values!;
    if (values.length > comparedElements) return undefined;
    const { dataType, shape } = operation.outputs[0]!;
    // Joining would print -0 as 0, which differ under division.
    const text = Array.from(values as ArrayLike<number>, (v) => Object.is(v, -0) ? "-0" : v);
    return `Const ${dataType} [${shape}] ${text}`;
  }
  const attributes = operation.attributes.map(({ name, value }) => `${name}=${value}`);
  const arguments_ = inputs.map((input) => `${numbers.get(input.operation)}:${input.output}`);
  return `${operation.name} ${attributes} ${arguments_}`;
}
