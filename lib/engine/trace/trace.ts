/**
 * The list of operations that tracing writes down: engine-neutral names, attributes, inputs,
 * shapes.
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
export interface Trace {
  readonly operations: Operation[];
}

/**
 * Appends an operation.
 *
 * @throws {TypeError} If the shape of a result cannot be told from the inputs.
 */
export function record(
  trace: Trace,
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly Value[],
): readonly Value[] {
  return append(trace, { name, attributes, inputs }, inferShapes(name, attributes, inputs));
}

/** Appends an input of the function. */
export function recordInput(trace: Trace, type: ValueType): Value {
  return append(trace, { name: "Input", attributes: [], inputs: [] }, [type])[0]!;
}

/** Appends a constant. */
export function recordConstant(trace: Trace, type: ValueType, values: HostValues): Value {
  return append(trace, { name: "Const", attributes: [], inputs: [], values }, [type])[0]!;
}

function append(
  trace: Trace,
  operation: Omit<Operation, "outputs">,
  types: readonly ValueType[],
): readonly Value[] {
  const outputs: Value[] = [];
  const complete: Operation = { ...operation, outputs };
  types.forEach(({ dataType, shape }, output) =>
    outputs.push({ operation: complete, output, dataType, shape })
  );
  trace.operations.push(complete);
  return outputs;
}
