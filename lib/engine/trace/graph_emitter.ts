/**
 * Turns a recording into a function of libtensorflow.
 *
 * @module
 */

import { attributeKinds, setAttributes } from "../native/attributes.ts";
import { cString, type NativeLibrary } from "../native/library.ts";
import { newTensor } from "../native/tensors.ts";
import type { Operation, Value } from "./value.ts";
import type { Simplified } from "./passes.ts";
import { listInputs } from "./shapes.ts";

/** Serialised `AttrValue` that holds `true`. */
const trueAttribute = Uint8Array.of(0x28, 1);

/** Options of {@linkcode emitFunction}. */
export interface EmitOptions {
  /** Name of the function, unique in the context. */
  readonly name: string;
  /** Whether XLA compiles it. */
  readonly xla: boolean;
}

/**
 * Builds the graph and registers it with the context as an operation of the given name.
 *
 * @throws {NativeError} If libtensorflow refuses an operation; the message names it.
 */
export function emitFunction(
  library: NativeLibrary,
  program: Simplified,
  options: EmitOptions,
): void {
  const { c } = library;
  const graph = c.TF_NewGraph();
  try {
    const built = new Map<Operation, Deno.PointerValue>();
    const pointer = (value: Value): Uint8Array<ArrayBuffer> =>
      outputStruct(built.get(value.operation)!, value.output);
    program.operations.forEach((operation, index) => {
      built.set(operation, emitOperation(library, graph, operation, index, pointer));
    });

    const inputs = program.operations.filter((operation) => operation.name === "Input");
    const inputStructs = joined(inputs.map((operation) => outputStruct(built.get(operation)!, 0)));
    const outputStructs = joined(program.outputs.map(pointer));
    const function_ = library.checked((status) =>
      c.TF_GraphToFunction(
        graph,
        cString(options.name),
        0,
        -1,
        null,
        inputs.length,
        inputStructs,
        program.outputs.length,
        outputStructs,
        null,
        null,
        null,
        status,
      )
    );
    try {
      if (options.xla) {
        library.checked((status) =>
          c.TF_FunctionSetAttrValueProto(
            function_,
            cString("_XlaMustCompile"),
            trueAttribute,
            BigInt(trueAttribute.length),
            status,
          )
        );
      }
      library.checked((status) => c.TFE_ContextAddFunction(library.context, function_, status));
    } finally {
      c.TF_DeleteFunction(function_);
    }
  } finally {
    c.TF_DeleteGraph(graph);
  }
}

function emitOperation(
  library: NativeLibrary,
  graph: Deno.PointerValue,
  operation: Operation,
  index: number,
  pointer: (value: Value) => Uint8Array<ArrayBuffer>,
): Deno.PointerValue {
  const { c } = library;
  const nativeName = operation.name === "Input" ? "Placeholder" : operation.name;
  const label = new TextEncoder().encode(`n${index}\0`);
  const description = c.TF_NewOperation(graph, cString(nativeName), label);
  const [type] = operation.outputs;
  if (operation.name === "Input") {
    const attributes = [
      { name: "dtype", type: attributeKinds.type, value: type!.dataType },
      { name: "shape", type: attributeKinds.shape, value: type!.shape },
    ];
    library.checked((status) => setAttributes(c, "graph", description, attributes, status));
  } else if (operation.name === "Const") {
    const tensor = newTensor(library, type!.shape, type!.dataType, operation.values!);
    library.checked((status) => c.TF_SetAttrTensor(description, cString("value"), tensor, status));
    c.TF_SetAttrType(description, cString("dtype"), type!.dataType);
    c.TF_DeleteTensor(tensor);
  } else {
    addInputs(library, description, operation, pointer);
    library.checked((status) =>
      setAttributes(c, "graph", description, operation.attributes, status)
    );
  }
  return library.checked((status) => c.TF_FinishOperation(description, status));
}

function addInputs(
  { c }: NativeLibrary,
  description: Deno.PointerValue,
  operation: Operation,
  pointer: (value: Value) => Uint8Array<ArrayBuffer>,
): void {
  const structs = operation.inputs.map(pointer);
  const list = listInputs.get(operation.name);
  const listed = list === undefined ? 0 : structs.length - (list === "all" ? 0 : 1);
  if (listed > 0) c.TF_AddInputList(description, joined(structs.slice(0, listed)), listed);
  for (const struct of structs.slice(listed)) c.TF_AddInput(description, struct);
}

/** A `TF_Output`: pointer to the operation, index of the output. */
function outputStruct(operation: Deno.PointerValue, index: number): Uint8Array<ArrayBuffer> {
  const words = new BigUint64Array(2);
  words[0] = BigInt(Deno.UnsafePointer.value(operation));
  words[1] = BigInt(index);
  return new Uint8Array(words.buffer);
}

function joined(structs: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(structs.length * 16);
  structs.forEach((struct, i) => all.set(struct, i * 16));
  return all;
}
