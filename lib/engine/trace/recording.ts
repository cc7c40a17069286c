/**
 * The list of operations that tracing writes down: engine-neutral names, attributes, inputs, shapes.
 *
 * One emitter turns the list into a graph function of libtensorflow; another target needs another
 * emitter and nothing else.
 *
 * @module
 */

import type { HostValues } from "../native/tensors.ts";
import type { OpAttribute } from "../native/attributes.ts";
import { inferShapes } from "./shapes.ts";

/** Static type of a value: element type (as TensorFlow numbers it) and shape. */
export interface ValueType {
  readonly dataType: number;
  readonly shape: readonly number[];
}

/** One output of one operation in a recording. */
export interface Value extends ValueType {
  readonly operation: Operation;
  /** Which output of the operation. */
  readonly output: number;
}

/** One operation in a recording. */
export interface Operation {
  /** TensorFlow's name of the operation; `Input` and `Const` stand for themselves. */
  readonly name: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Values of a `Const`. */
  readonly values?: HostValues;
}

/** A list of operations under construction, in the order of execution. */
export interface Recording {
  readonly operations: Operation[];
}

/** Starts an empty recording. */
export function newRecording(): Recording {
  return { operations: [] };
}

/**
 * Appends an operation.
 *
 * @throws {TypeError} If the shape of a result cannot be told from the inputs.
 */
export function record(
  recording: Recording,
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly Value[],
): readonly Value[] {
  return append(recording, { name, attributes, inputs }, inferShapes(name, attributes, inputs));
}

/** Appends an input of the function. */
export function recordInput(recording: Recording, type: ValueType): Value {
  return append(recording, { name: "Input", attributes: [], inputs: [] }, [type])[0]!;
}

/** Appends a constant. */
export function recordConstant(recording: Recording, type: ValueType, values: HostValues): Value {
  return append(recording, { name: "Const", attributes: [], inputs: [], values }, [type])[0]!;
}

function append(
  recording: Recording,
  operation: Omit<Operation, "outputs">,
  types: readonly ValueType[],
): readonly Value[] {
  const outputs: Value[] = [];
  const complete: Operation = { ...operation, outputs };
  types.forEach(({ dataType, shape }, output) =>
    outputs.push({ operation: complete, output, dataType, shape })
  );
  recording.operations.push(complete);
  return outputs;
}
