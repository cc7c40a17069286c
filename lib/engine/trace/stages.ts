/**
 * Cutting a recording at the operations that must run outside of compiled programs.
 *
 * XLA on processors has no collective operations, and a collective that waits for another process
 * should not keep a compiled program waiting. So what comes before an exchange becomes one function,
 * what needs its result another one, and the exchange runs between them.
 *
 * @module
 */

import { effectful, type Simplified } from "./passes.ts";
import type { Operation, Value } from "./value.ts";

/** A part of a recording that becomes one function. */
export interface FunctionStage {
  readonly kind: "function";
  /** Operations of the part; its `Input` operations stand for `inputs`, in order. */
  readonly program: Simplified;
  /** Values of the whole recording that the part is given. */
  readonly inputs: readonly Value[];
  /** Values of the whole recording that `program.outputs` compute. */
  readonly outputs: readonly Value[];
}

/** An operation that runs on its own; its constant inputs are not computed by any part. */
export interface OutsideStage {
  readonly kind: "outside";
  readonly operation: Operation;
}

/** A recording in the order of execution. */
export type Stage = FunctionStage | OutsideStage;

/**
 * Cuts a recording. Every operation runs in the earliest part that has its inputs.
 *
 * Values that later parts need are handed over, except those that are cheap to compute again from
 * others: keeping them would cost more memory than time.
 *
 * @returns One function if there is nothing to cut.
 */
export function cutStages({ operations, outputs }: Simplified): Stage[] {
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
  const stages: Stage[] = [];
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
      ...outside.map((operation): Stage => ({ kind: "outside", operation })),
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
