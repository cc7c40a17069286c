/**
 * Compiling a pure function of tensors whole: `tf.function` for TF.js.
 *
 * The first call with new shapes runs the function once on symbolic tensors. Every operation,
 * gradients included, is written into a list, which becomes one graph function of libtensorflow, and
 * with XLA one compiled program. Later calls are one native call. On backends without a compiler the
 * function runs operation by operation and gives the same numbers up to rounding.
 *
 * @module
 */

import { activeNativeBackend, type NativeBackend } from "./native_backend.ts";
import { cString, NativeError } from "./native/library.ts";
import { type Tensor, type TensorTree, tf } from "./tf.ts";
import { emitFunction } from "./trace/graph_emitter.ts";
import { simplify } from "./trace/passes.ts";
import { record } from "./trace/recording.ts";
import type { Value } from "./trace/value.ts";
import { MissingError } from "../util/errors.ts";

/** How functions run: operation by operation, as one graph, or as one graph compiled by XLA. */
export type CompileMode = "off" | "graph" | "xla";

/** A pure function from named tensors to named tensors. */
export type TensorFunction = (inputs: TensorTree) => TensorTree;

/** A function that runs on the engine; its outputs belong to the caller. */
export interface CompiledFunction {
  /**
   * Runs the function. The inputs stay the caller's; every output is a new tensor that the caller
   * disposes of. Shapes seen for the first time are traced and compiled.
   *
   * @throws {TypeError} If the function reads a value or makes a shape that depends on one; the
   * message names the operation and the line that asked for it.
   */
  (inputs: TensorTree): Promise<TensorTree>;
  /** Frees the compiled programs. */
  dispose(): void;
  /** Number of operations of each program after simplification, for benchmarks. */
  sizes(): readonly number[];
}

/** Options of {@linkcode compile}. */
export interface CompileOptions {
  /** Name for messages and profiles. */
  readonly name: string;
  readonly mode: CompileMode;
}

/** One traced function for one set of shapes. */
interface Program {
  /** Name of the registered function. */
  readonly name: string;
  readonly operations: number;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** For every named output, its place among the distinct outputs of the function. */
  readonly places: readonly number[];
  readonly distinct: number;
  readonly captured: readonly Deno.PointerValue[];
}

let programCount = 0;

/**
 * Prepares a pure function for repeated calls.
 *
 * @example
 * ```ts
 * import { compile } from "./compile.ts";
 * import { startEngine } from "./backend.ts";
 * import { tf } from "./tf.ts";
 *
 * const engine = await startEngine({ backend: "cpu" });
 * const double = compile(({ x }) => ({ y: tf.mul(x!, 2) }), { name: "double", mode: engine.compile });
 * const { y } = await double({ x: tf.scalar(21) });
 * console.assert((await y!.data())[0] === 42);
 * ```
 */
export function compile(f: TensorFunction, options: CompileOptions): CompiledFunction {
  const native = activeNativeBackend();
  if (native === undefined || options.mode === "off") return eager(f);
  const programs = new Map<string, Program>();
  const run = async (inputs: TensorTree): Promise<TensorTree> => {
    const key = signature(inputs);
    let program = programs.get(key);
    if (program === undefined) {
      program = build(native, f, inputs, options);
      programs.set(key, program);
    }
    return await call(native, program, inputs, options);
  };
  const dispose = () => {
    for (const program of programs.values()) discard(native, program);
    programs.clear();
  };
  return Object.assign(run, {
    dispose,
    sizes: () => [...programs.values()].map((program) => program.operations),
  });
}

function eager(f: TensorFunction): CompiledFunction {
  // An output that is an input, or another output, gets its own tensor for the caller to dispose of.
  const run = (inputs: TensorTree): Promise<TensorTree> => {
    const taken = new Set(Object.values(inputs).map((tensor) => tensor.id));
    return Promise.resolve(tf.tidy(() => {
      const outputs: Record<string, Tensor> = {};
      for (const [name, tensor] of Object.entries(f(inputs))) {
        outputs[name] = taken.has(tensor.id) ? tf.clone(tensor) : tensor;
        taken.add(tensor.id);
      }
      return outputs;
    }));
  };
  return Object.assign(run, { dispose: () => {}, sizes: () => [] });
}

function signature(inputs: TensorTree): string {
  return Object.entries(inputs)
    .map(([name, tensor]) => `${name}:${tensor.dtype}[${tensor.shape}]`)
    .join(";");
}

function build(
  native: NativeBackend,
  f: TensorFunction,
  inputs: TensorTree,
  options: CompileOptions,
): Program {
  const { binding, library } = native;
  const inputNames = Object.keys(inputs);
  const types = Object.values(inputs).map((tensor) => ({
    dataType: native.dataType(tensor.dtype),
    shape: tensor.shape,
  }));
  // Host data that is still waiting to be copied would be baked in as a constant.
  native.ids(Object.values(inputs));
  let outputNames: string[] = [];
  const symbolic: Tensor[] = [];
  const traced = (() => {
    try {
      return binding.trace(types, (symbols) => {
        const tensors = symbols.map((symbol) => native.wrap(symbol));
        symbolic.push(...tensors);
        const named = Object.fromEntries(inputNames.map((name, i) => [name, tensors[i]!]));
        const outputs = tf.tidy(() => ({ ...f(named) }));
        symbolic.push(...Object.values(outputs));
        outputNames = Object.keys(outputs);
        return native.ids(Object.values(outputs));
      });
    } finally {
      tf.dispose(symbolic);
    }
  })();
  const simplified = simplify(
    traced.recording,
    traced.outputs.map((value) => forwarded(traced.recording, value)),
  );
  const distinct = [...new Set(simplified.outputs)];
  const name = `${options.name}_${programCount++}`;
  emitFunction(library, { ...simplified, outputs: distinct }, {
    name,
    xla: options.mode === "xla",
  });
  return {
    name,
    operations: simplified.operations.length,
    inputNames,
    outputNames,
    places: simplified.outputs.map((value) => distinct.indexOf(value)),
    distinct: distinct.length,
    captured: traced.captured,
  };
}

/** A graph function cannot return its input as it is. */
function forwarded(recording: { operations: Value["operation"][] }, value: Value): Value {
  if (value.operation.name !== "Input") return value;
  const type = { name: "T", type: 4, value: value.dataType };
  return record(recording, "Identity", [type], [value])[0]!;
}

async function call(
  native: NativeBackend,
  program: Program,
  inputs: TensorTree,
  options: CompileOptions,
): Promise<TensorTree> {
  const ids = native.ids(program.inputNames.map((name) => inputs[name]!));
  const results = await native.binding.call(program.name, ids, program.captured, program.distinct)
    .catch((cause) => {
      if (!(cause instanceof NativeError)) throw cause;
      throw explained(cause, options);
    });
  const tensors = results.map((result) => native.wrap(result));
  const given = new Set<number>();
  return Object.fromEntries(program.outputNames.map((name, i) => {
    const place = program.places[i]!;
    const tensor = given.has(place) ? tf.clone(tensors[place]!) : tensors[place]!;
    given.add(place);
    return [name, tensor];
  }));
}

function explained(cause: NativeError, options: CompileOptions): Error {
  const [message] = cause.message.split("\n");
  if (cause.code === 8) {
    return new MissingError(`Cannot run "${options.name}": not enough memory: ${message}`, {
      cause,
      hint: "Pass a smaller --batch-size",
    });
  }
  return new NativeError(cause.code, `Cannot run "${options.name}" (${options.mode}): ${message}`);
}

function discard({ library }: NativeBackend, program: Program): void {
  library.checked((status) =>
    library.c.TFE_ContextRemoveFunction(library.context, cString(program.name), status)
  );
  for (const handle of program.captured) library.c.TFE_DeleteTensorHandle(handle);
}
