/**
 * A simplified trace as something that runs: registered functions, and between them the exchanges
 * with other processes.
 *
 * @module
 */

import type { NativeBackend } from "./native_backend.ts";
import type { TensorMetadata } from "./binding.ts";
import { cString } from "../native/library.ts";
import { emitFunction, type EmitOptions } from "../trace/graph_emitter.ts";
import { cutStages, type ProgramStage, type Simplified } from "../trace/passes.ts";
import type { Operation, Value } from "../trace/value.ts";

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
