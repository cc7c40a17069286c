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
import type { Operation, Value, ValueType } from "./value.ts";

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
