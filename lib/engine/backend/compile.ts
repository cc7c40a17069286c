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
import { type Tensor, tf } from "./tf.ts";
import { entriesOf, leavesOf, mapTree, type TensorTree, withLeaves } from "./tree.ts";
import { simplify } from "../trace/passes.ts";
import { record } from "../trace/trace.ts";
import type { Value } from "../trace/value.ts";
import { MissingError } from "../../util/mod.ts";

/** How functions run: operation by operation, as one graph, or as one graph compiled by XLA. */
export type CompileMode = "off" | "graph" | "xla";

/** A function that runs on the engine; its outputs belong to the caller. */
export interface CompiledFunction<Inputs, Outputs> {
  /**
   * Runs the function. The inputs stay the caller's; every output is a new tensor that the caller
   * disposes of. Shapes seen for the first time are traced and compiled.
   *
   * @throws {TypeError} If the function reads a value or makes a shape that depends on one; the
   * message names the operation and the line that asked for it.
   */
  (inputs: Inputs): Promise<Outputs>;
  /** Frees the compiled programs. */
  dispose(): void;
  /** Number of operations of each program after simplification, for benchmarks. */
  sizes(): readonly number[];
}

/** Options of {@linkcode compile}. */
export interface CompileOptions {
  /** Name for messages and profiles. */
  readonly name: string;
  /** How the function is run: see {@linkcode CompileMode}. */
  readonly mode: CompileMode;
}

/** One traced function for one set of shapes. */
interface TracedFunction<Outputs> {
  readonly program: Program;
  /** The outputs as they were while tracing; their leaves are gone. */
  readonly outputs: Outputs;
  /** For every output, its place among the distinct outputs of the program; -1 - i for input i. */
  readonly places: readonly number[];
  /** Tensors of the binding that the function took from outside. */
  readonly captured: readonly number[];
}

let programCount = 0;

/** Size of a program from which its trace is worth freeing before the first call needs memory. */
const manyOperations = 500;

/**
 * Prepares a pure function from a tree of tensors to another one for repeated calls.
 *
 * @example
 * ```ts
 * import { compile } from "./compile.ts";
 * import { startEngine } from "./backend.ts";
 * import { tf } from "./tf.ts";
 *
 * const engine = await startEngine({ backend: "cpu" });
 * const f = ({ x }: { x: tf.Tensor }) => ({ y: tf.mul(x, 2) });
 * const double = compile(f, { name: "double", mode: engine.compile });
 * const { y } = await double({ x: tf.scalar(21) });
 * console.assert((await y.data())[0] === 42);
 * ```
 */
export function compile<Inputs extends TensorTree, Outputs extends TensorTree>(
  f: (inputs: Inputs) => Outputs,
  options: CompileOptions,
): CompiledFunction<Inputs, Outputs> {
  const native = activeNativeBackend();
  if (native === undefined || options.mode === "off") return eager(f);
  const functions = new Map<string, TracedFunction<Outputs>>();
  const run = async (inputs: Inputs): Promise<Outputs> => {
    const key = signature(inputs);
    let traced = functions.get(key);
    if (traced === undefined) {
      traced = build(native, f, inputs, options);
      functions.set(key, traced);
      if (traced.program.operations >= manyOperations) collectGarbage();
    }
    return await call(native, traced, leavesOf(inputs), options);
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

function eager<Inputs extends TensorTree, Outputs extends TensorTree>(
  f: (inputs: Inputs) => Outputs,
): CompiledFunction<Inputs, Outputs> {
  const run = (inputs: Inputs): Promise<Outputs> => {
    const taken = new Set(leavesOf(inputs).map((tensor) => tensor.id));
    // An output that is an input, or another output, gets its own tensor for the caller to dispose
    // of.
    const outputs = tidied(() =>
      mapTree(f(inputs), (tensor) => {
        const own = taken.has(tensor.id) ? tf.clone(tensor) : tensor;
        taken.add(tensor.id);
        return own;
      })
    );
    return Promise.resolve(outputs);
  };
  return Object.assign(run, { dispose: () => {}, sizes: () => [] });
}

/** Calls a function and frees all that it made but for the leaves of its result. */
function tidied<T extends TensorTree>(f: () => T): T {
  let result: T | undefined;
  tf.tidy(() => {
    result = f();
    return leavesOf(result);
  });
  return result!;
}

function signature(inputs: TensorTree): string {
  return entriesOf(inputs)
    .map(([path, tensor]) => `${path}:${tensor.dtype}[${tensor.shape}]`)
    .join(";");
}

function build<Inputs extends TensorTree, Outputs extends TensorTree>(
  native: NativeBackend,
  f: (inputs: Inputs) => Outputs,
  inputs: Inputs,
  options: CompileOptions,
): TracedFunction<Outputs> {
  const { binding } = native;
  const given = leavesOf(inputs);
  const types = given.map((tensor) => ({
    dataType: native.dataType(tensor.dtype),
    shape: tensor.shape,
  }));
  // Host data that is still waiting to be copied would be baked in as a constant.
  native.ids(given);
  let outputs: Outputs | undefined;
  const symbolic: Tensor[] = [];
  const traced = (() => {
    try {
      return binding.trace(types, (symbols) => {
        const tensors = symbols.map((symbol) => native.wrap(symbol));
        symbolic.push(...tensors);
        outputs = tidied(() => f(withLeaves(inputs, tensors)));
        symbolic.push(...leavesOf(outputs));
        return native.ids(leavesOf(outputs));
      });
    } finally {
      tf.dispose(symbolic);
    }
  })();
  // A graph function cannot return its input as it is, and need not: the caller has it.
  const own = traced.recording.operations.filter(({ name }) => name === "Input")
    .slice(0, given.length).map((operation) => operation.outputs[0]!);
  const computed = traced.outputs.filter((value) => !own.includes(value));
  const simplified = simplify(
    traced.recording,
    computed.map((value) => forwarded(traced.recording, value)),
  );
  const distinct = [...new Set(simplified.outputs)];
  const program = buildProgram(native, { ...simplified, outputs: distinct }, {
    name: `${options.name}_${programCount++}`,
    xla: options.mode === "xla",
  });
  const results = simplified.outputs.values();
  const places = traced.outputs.map((value) =>
    own.includes(value) ? -1 - own.indexOf(value) : distinct.indexOf(results.next().value!)
  );
  return { program, outputs: outputs!, places, captured: traced.captured };
}

/** Nor can it return a tensor from outside. */
function forwarded(recording: { operations: Value["operation"][] }, value: Value): Value {
  if (value.operation.name !== "Input") return value;
  const type = { name: "T", type: 4, value: value.dataType };
  return record(recording, "Identity", [type], [value])[0]!;
}

async function call<Outputs extends TensorTree>(
  native: NativeBackend,
  { program, outputs, places, captured }: TracedFunction<Outputs>,
  inputs: readonly Tensor[],
  options: CompileOptions,
): Promise<Outputs> {
  const results = await program.run([...native.ids(inputs), ...captured]).catch((cause) => {
    if (!(cause instanceof NativeError)) throw cause;
    throw explained(cause, options);
  });
  const tensors = results.map((result) => native.wrap(result));
  const given = new Set<number>();
  const leaves = places.map((place) => {
    if (place < 0) return tf.clone(inputs[-1 - place]!);
    const tensor = given.has(place) ? tf.clone(tensors[place]!) : tensors[place]!;
    given.add(place);
    return tensor;
  });
  return withLeaves(outputs, leaves);
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
