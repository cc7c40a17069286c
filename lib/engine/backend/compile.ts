/**
 * Compiling a pure function of tensors whole: `tf.function` for TF.js.
 *
 * The first call with new shapes runs the function once on symbolic tensors. Every operation,
 * gradients included, is written into a list, which becomes one graph function of libtensorflow,
 * and with XLA one compiled program. Later calls are one native call. On backends without a
 * compiler the function runs operation by operation and gives the same numbers up to rounding.
 *
 * @module
 */

import { collectGarbage } from "../native/process.ts";
import { activeNativeBackend, type NativeBackend } from "./native_backend.ts";
import { NativeError } from "../native/library.ts";
import { buildProgram, type Program } from "./program.ts";
import { type Tensor, type TensorTree, tf } from "./tf.ts";
import { simplify } from "../trace/passes.ts";
import { record } from "../trace/trace.ts";
import type { Value } from "../trace/value.ts";
import { MissingError } from "../../util/mod.ts";

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
interface TracedFunction {
  readonly program: Program;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** For every named output, its place among the distinct outputs of the program. */
  readonly places: readonly number[];
  /** Tensors of the binding that the function took from outside. */
  readonly captured: readonly number[];
}

let programCount = 0;

/** Size of a program from which its trace is worth freeing before the first call needs memory. */
const manyOperations = 500;

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
 * const options = { name: "double", mode: engine.compile };
 * const double = compile(({ x }) => ({ y: tf.mul(x!, 2) }), options);
 * const { y } = await double({ x: tf.scalar(21) });
 * console.assert((await y!.data())[0] === 42);
 * ```
 */
export function compile(f: TensorFunction, options: CompileOptions): CompiledFunction {
  const native = activeNativeBackend();
  if (native === undefined || options.mode === "off") return eager(f);
  const functions = new Map<string, TracedFunction>();
  const run = async (inputs: TensorTree): Promise<TensorTree> => {
    const key = signature(inputs);
    let traced = functions.get(key);
    if (traced === undefined) {
      traced = build(native, f, inputs, options);
      functions.set(key, traced);
      if (traced.program.operations >= manyOperations) collectGarbage();
    }
    return await call(native, traced, inputs, options);
  };
  const dispose = () => {
    for (const { program, captured } of functions.values()) {
      program.dispose();
      captured.forEach((id) => native.binding.deleteTensor(id));
    }
    functions.clear();
  };
  return Object.assign(run, {
    dispose,
    sizes: () => [...functions.values()].map(({ program }) => program.operations),
  });
}

function eager(f: TensorFunction): CompiledFunction {
  // An output that is an input, or another output, gets its own tensor for the caller to dispose
  // of.
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
): TracedFunction {
  const { binding } = native;
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
  return {
    program: buildProgram(native, { ...simplified, outputs: distinct }, {
      name: `${options.name}_${programCount++}`,
      xla: options.mode === "xla",
    }),
    inputNames,
    outputNames,
    places: simplified.outputs.map((value) => distinct.indexOf(value)),
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
  { program, inputNames, outputNames, places, captured }: TracedFunction,
  inputs: TensorTree,
  options: CompileOptions,
): Promise<TensorTree> {
  const ids = native.ids(inputNames.map((name) => inputs[name]!));
  const results = await program.run([...ids, ...captured]).catch((cause) => {
    if (!(cause instanceof NativeError)) throw cause;
    throw explained(cause, options);
  });
  const tensors = results.map((result) => native.wrap(result));
  const given = new Set<number>();
  return Object.fromEntries(outputNames.map((name, i) => {
    const place = places[i]!;
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
