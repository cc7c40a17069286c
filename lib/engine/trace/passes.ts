/**
 * Passes over a trace before it is emitted.
 *
 * `simplify` keeps equal operations once and unused ones not at all: recomputing forward values
 * inside a gradient keeps the second derivative right, and the duplicates that this leaves are
 * merged here, so they cost nothing in any mode.
 *
 * `cutStages` cuts it at the operations that must run outside of compiled programs. XLA on
 * processors has no collective operations, and a collective that waits for another process should
 * not keep a compiled program waiting. So what comes before an exchange becomes one function, what
 * needs its result another one, and the exchange runs between them.
 *
 * @module
 */

import type { Trace } from "./trace.ts";
import type { Operation, Value } from "./value.ts";

/** Constants up to this many elements are compared; larger ones are rare and kept as they are. */
const comparedElements = 64;

/** Operations that must run as often as they were recorded. */
const effectful: ReadonlySet<string> = new Set(["CollectiveReduceV2", "CollectiveGatherV2"]);

/** A simplified trace and where its values went. */
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
export function simplify(trace: Trace, outputs: readonly Value[]): Simplified {
  const replaced = new Map<Operation, Operation>();
  const known = new Map<string, Operation>();
  const numbers = new Map<Operation, number>();
  const current = (value: Value): Value => {
    const operation = replaced.get(value.operation);
    return operation === undefined ? value : operation.outputs[value.output]!;
  };

  const merged: Operation[] = [];
  for (const operation of trace.operations) {
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

/** A part of a trace that becomes one function. */
interface FunctionStage {
  readonly kind: "function";
  /** Operations of the part; its `Input` operations stand for `inputs`, in order. */
  readonly program: Simplified;
  /** Values of the whole trace that the part is given. */
  readonly inputs: readonly Value[];
  /** Values of the whole trace that `program.outputs` compute. */
  readonly outputs: readonly Value[];
}

/** An operation that runs on its own; its constant inputs are not computed by any part. */
interface OutsideStage {
  readonly kind: "outside";
  readonly operation: Operation;
}

/** A trace in the order of execution. */
export type ProgramStage = FunctionStage | OutsideStage;

/**
 * Cuts a trace. Every operation runs in the earliest part that has its inputs.
 *
 * Values that later parts need are handed over, except those that are cheap to compute again from
 * others: keeping them would cost more memory than time.
 *
 * @returns One function if there is nothing to cut.
 */
export function cutStages({ operations, outputs }: Simplified): ProgramStage[] {
  const levels = levelsOf(operations);
  const last = Math.max(0, ...levels.values());
  const free = cheapOperations(operations);
  const wanted = new Set<Value>(outputs);
  for (const operation of operations) {
    if (!effectful.has(operation.name)) continue;
    for (const input of operation.inputs) {
      if (input.operation.name !== "Const") wanted.add(input);
    }
  }
  const stages: ProgramStage[] = [];
  // From the end, since a part knows what it must hand over once the later ones are cut.
  for (let level = last; level >= 0; level--) {
    const own = (operation: Operation) =>
      !effectful.has(operation.name) && operation.name !== "Input" &&
      levels.get(operation) === level;
    const needed = new Set<Operation>();
    const inputs = new Set<Value>();
    const given = outputsOf(operations, own).filter((value) => wanted.has(value));
    for (const value of given) needed.add(value.operation);
    for (const operation of operations.toReversed()) {
      if (!needed.has(operation)) continue;
      for (const input of operation.inputs) {
        if (own(input.operation) || free.has(input.operation)) needed.add(input.operation);
        else {
          inputs.add(input);
          wanted.add(input);
        }
      }
    }
    const outside = operations.filter((operation) =>
      effectful.has(operation.name) && levels.get(operation) === level
    );
    stages.unshift(
      ...(given.length === 0 ? [] : [part(operations, needed, [...inputs], given)]),
      ...outside.map((operation): ProgramStage => ({ kind: "outside", operation })),
    );
  }
  return stages;
}

/** How many exchanges every operation has to wait for, one after the other. */
function levelsOf(operations: readonly Operation[]): Map<Operation, number> {
  const levels = new Map<Operation, number>();
  for (const operation of operations) {
    const after = operation.inputs.map((input) =>
      levels.get(input.operation)! + (effectful.has(input.operation.name) ? 1 : 0)
    );
    levels.set(operation, Math.max(0, ...after));
  }
  return levels;
}

/** Operations that cost less than reading their result: what only reshapes or fills. */
const cheap: ReadonlySet<string> = new Set(["Const", "Fill", "Reshape", "ExpandDims"]);

function cheapOperations(operations: readonly Operation[]): Set<Operation> {
  return new Set(operations.filter(({ name }) => cheap.has(name)));
}

function outputsOf(
  operations: readonly Operation[],
  own: (operation: Operation) => boolean,
): Value[] {
  return operations.filter(own).flatMap((operation) => operation.outputs);
}

/** Copies the needed operations with inputs of their own. */
function part(
  operations: readonly Operation[],
  needed: ReadonlySet<Operation>,
  inputs: readonly Value[],
  outputs: readonly Value[],
): FunctionStage {
  const copies = new Map<Value, Value>();
  const copied: Operation[] = [];
  const copy = (operation: Operation, arguments_: readonly Value[]) => {
    const results: Value[] = [];
    const twin: Operation = { ...operation, inputs: arguments_, outputs: results };
    for (const output of operation.outputs) {
      results.push({ ...output, operation: twin });
      copies.set(output, results.at(-1)!);
    }
    copied.push(twin);
  };
  for (const value of inputs) {
    const results: Value[] = [];
    const { dataType, shape } = value;
    const input: Operation = { name: "Input", attributes: [], inputs: [], outputs: results };
    results.push({ dataType, shape, output: 0, operation: input });
    copies.set(value, results[0]!);
    copied.push(input);
  }
  for (const operation of operations) {
    if (needed.has(operation)) {
      copy(operation, operation.inputs.map((input) => copies.get(input)!));
    }
  }
  return {
    kind: "function",
    program: { operations: copied, outputs: outputs.map((value) => copies.get(value)!) },
    inputs,
    outputs,
  };
}
