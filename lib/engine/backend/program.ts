/**
 * A simplified trace as something that runs: functions of libtensorflow, built and registered here,
 * and between them the exchanges with other processes.
 *
 * @module
 */

import type { NativeBackend } from "./native_backend.ts";
import type { TensorMetadata } from "./binding.ts";
import { cString, type NativeLibrary } from "../native/library.ts";
import { cutStages, type ProgramStage, type Simplified } from "../trace/passes.ts";
import type { Operation, Value } from "../trace/value.ts";
import { attributeKinds, setAttributes } from "../native/attributes.ts";
import { newTensor } from "../native/tensors.ts";
import { listInputs } from "../trace/shapes.ts";

/** A trace, ready to run. */
export interface Program {
  /** Number of operations. */
  readonly operations: number;
  /**
   * Runs it in the background.
   *
   * @param inputs Tensors of the binding for the `Input` operations, in their order; they stay the
   * caller's.
   * @returns One new tensor for each output.
   * @throws {NativeError} If an operation fails.
   */
  run(inputs: readonly number[]): Promise<TensorMetadata[]>;
  /** Removes the functions from the context. */
  dispose(): void;
}

/**
 * Registers the functions of a trace.
 *
 * @param trace Its outputs are distinct values, none of them an input.
 */
export function buildProgram(
  native: NativeBackend,
  trace: Simplified,
  options: EmitOptions,
): Program {
  const { binding, library } = native;
  const stages = cutStages(trace);
  const lastUses = lastUsesOf(stages, trace.outputs);
  const inputs = trace.operations.filter(({ name }) => name === "Input");
  const names = stages.map((stage, i) => {
    if (stage.kind === "outside") return stage.operation.name;
    const name = stages.length === 1 ? options.name : `${options.name}_part${i}`;
    emitFunction(library, stage.program, { name, xla: options.xla });
    return name;
  });
  const constants = constantsOf(native, stages);

  return {
    operations: trace.operations.length,
    async run(given) {
      const held = new Map<Value, TensorMetadata>();
      const numbers = new Map<Value, number>(constants);
      inputs.forEach((input, i) => numbers.set(input.outputs[0]!, given[i]!));
      try {
        for (const [i, stage] of stages.entries()) {
          const { wanted, made } = valuesOf(stage);
          const attributes = stage.kind === "function" ? [] : stage.operation.attributes;
          const ids = wanted.map((value) => numbers.get(value)!);
          const results = await binding.call(names[i]!, attributes, ids, made.length);
          results.forEach((result, k) => {
            held.set(made[k]!, result);
            numbers.set(made[k]!, result.id);
          });
          for (const value of lastUses[i]!) {
            binding.deleteTensor(held.get(value)!.id);
            held.delete(value);
          }
        }
      } catch (error) {
        for (const { id } of held.values()) binding.deleteTensor(id);
        throw error;
      }
      return trace.outputs.map((value) => held.get(value)!);
    },
    dispose() {
      stages.forEach((stage, i) => {
        if (stage.kind === "outside") return;
        library.checked((status) =>
          library.c.TFE_ContextRemoveFunction(library.context, cString(names[i]!), status)
        );
      });
      for (const id of constants.values()) binding.deleteTensor(id);
    },
  };
}

/** What a stage reads and what it computes. */
function valuesOf(stage: ProgramStage): { wanted: readonly Value[]; made: readonly Value[] } {
  return stage.kind === "function"
    ? { wanted: stage.inputs, made: stage.outputs }
    : { wanted: stage.operation.inputs, made: stage.operation.outputs };
}

/** For every stage the computed values that no later one needs: they are freed after it. */
function lastUsesOf(stages: readonly ProgramStage[], outputs: readonly Value[]): Value[][] {
  const later = new Set<Value>(outputs);
  const computed = new Set<Value>(stages.flatMap((stage) => valuesOf(stage).made));
  return stages.toReversed().map((stage) => {
    const { wanted, made } = valuesOf(stage);
    const last = new Set(
      [...wanted, ...made].filter((value) => computed.has(value) && !later.has(value)),
    );
    for (const value of last) later.add(value);
    return [...last];
  }).toReversed();
}

/** Tensors for the constant inputs of what runs outside of functions. */
function constantsOf(
  { binding }: NativeBackend,
  stages: readonly ProgramStage[],
): Map<Value, number> {
  const constants = new Map<Value, number>();
  const add = (value: Value, { values }: Operation) => {
    if (!constants.has(value)) {
      constants.set(value, binding.createTensor(value.shape, value.dataType, values!));
    }
  };
  for (const stage of stages) {
    if (stage.kind === "function") continue;
    for (const input of stage.operation.inputs) {
      if (input.operation.name === "Const") add(input, input.operation);
    }
  }
  return constants;
}

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
