/**
 * The native binding of TF.js's kernel layer, written on the C API: `executeOp` runs an operation
 * at once, or appends it to a recording while a function is traced.
 *
 * @module
 */

import { reasonOf } from "../../util/mod.ts";
import { record, recordConstant, recordInput, type Trace } from "../trace/trace.ts";
import type { Value, ValueType } from "../trace/value.ts";
import { attributeKinds, type OpAttribute, setAttributes } from "../native/attributes.ts";
import { dataTypes } from "../native/c_api.ts";
import { cString, NativeError, type NativeLibrary } from "../native/library.ts";
import { handleShape, type HostValues, newTensor, readTensor } from "../native/tensors.ts";

/** A tensor as the kernel layer knows it: a number, a shape and an element type. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** A traced function's recording, with the eager tensors that it captured as further inputs. */
interface Tracing {
  readonly recording: Trace;
  readonly captures: Map<Deno.PointerValue, Value>;
}

/** What tracing leaves behind. */
interface Traced {
  readonly recording: Trace;
  readonly outputs: readonly Value[];
  /** Numbers of captured tensors in input order after the declared ones; the receiver owns them. */
  readonly captured: readonly number[];
}

/** Elements from which a constant of equal values is recorded as a `Fill`. */
const fillElements = 16;

/** The binding, plus what `compile` needs beyond TF.js's interface. */
export interface NativeBinding {
  createTensor(shape: readonly number[], dataType: number, values: HostValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array;
  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): TensorMetadata[];
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  /** Records what `body` does to inputs of the given types instead of doing it. */
  trace(types: readonly ValueType[], body: (inputs: TensorMetadata[]) => number[]): Traced;
  /** Runs an operation, such as a registered function, in the background. */
  call(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): Promise<TensorMetadata[]>;
  /** Whether a function is being traced. */
  tracing(): boolean;
}

/** Makes the binding for a loaded library. */
export function nativeBinding(library: NativeLibrary): NativeBinding & Record<string, unknown> {
  const { c } = library;
  const table = tensorTable(library);
  const tracer = createTracer(library, table);
  const executor = createExecutor(library, table);
  return {
    ...constants(library),
    createTensor(shape, dataType, values) {
      if (tracer.active()) return tracer.constant(shape, dataType, values);
      const tensor = newTensor(library, shape, dataType, values);
      const handle = library.checked((status) => c.TFE_NewTensorHandle(tensor, status));
      c.TF_DeleteTensor(tensor);
      return table.add(handle);
    },
    deleteTensor: table.delete,
    tensorDataSync(id) {
      const symbol = table.symbols.get(id);
      if (symbol === undefined) return readTensor(library, table.handleOf(id, "read"));
      throw new TypeError(
        `Cannot read the result of "${symbol.operation.name}" while tracing${modelLine()}: ` +
          "a compiled function has no values until it runs",
      );
    },
    executeOp: (name, attributes, inputs, outputs) =>
      tracer.active()
        ? tracer.record(name, attributes, inputs)
        : executor.run(name, attributes, inputs, outputs),
    trace: tracer.trace,
    call: executor.runInBackground,
    tracing: tracer.active,
    getNumOfTensors: () => table.handles.size,
    isUsingGpuDevice: () => library.devices.some((device) => device.type === "GPU"),
  };
}

/** Tensors by number: handles of the library and, while a function is traced, symbols. */
interface TensorTable {
  readonly handles: Map<number, Deno.PointerValue>;
  readonly symbols: Map<number, Value>;
  add(handle: Deno.PointerValue): number;
  addSymbol(value: Value): TensorMetadata;
  delete(id: number): void;
  /** @throws {TypeError} If there is none; the message says which operation asked for it. */
  handleOf(id: number, operation: string): Deno.PointerValue;
}

function tensorTable({ c }: NativeLibrary): TensorTable {
  const handles = new Map<number, Deno.PointerValue>();
  const symbols = new Map<number, Value>();
  let nextId = 1;
  return {
    handles,
    symbols,
    add(handle) {
      handles.set(nextId, handle);
      return nextId++;
    },
    addSymbol(value) {
      symbols.set(nextId, value);
      return { id: nextId++, shape: [...value.shape], dtype: value.dataType };
    },
    delete(id) {
      if (symbols.delete(id)) return;
      const handle = handles.get(id);
      if (handle === undefined) return;
      handles.delete(id);
      c.TFE_DeleteTensorHandle(handle);
    },
    handleOf(id, operation) {
      const handle = handles.get(id);
      if (handle !== undefined) return handle;
      throw new TypeError(
        symbols.has(id)
          ? `Cannot run "${operation}": its input belongs to a function that was being traced`
          : `Cannot run "${operation}": its input was disposed of`,
      );
    },
  };
}

/** Runs operations on handles, at once or in the background. */
function createExecutor(
  library: NativeLibrary,
  table: TensorTable,
): { run: NativeBinding["executeOp"]; runInBackground: NativeBinding["call"] } {
  const { c } = library;
  const prepare = (name: string, attributes: readonly OpAttribute[], inputs: readonly number[]) => {
    const handles = inputs.map((id) => table.handleOf(id, name));
    return library.checked((status) => {
      const operation = c.TFE_NewOp(library.context, cString(name), status);
      if (operation === null) return operation;
      setAttributes(c, "eager", operation, attributes, status);
      for (const handle of handles) c.TFE_OpAddInput(operation, handle, status);
      return operation;
    });
  };
  const collect = (results: BigUint64Array, count: number): TensorMetadata[] =>
    Array.from({ length: count }, (_, i) => {
      const handle = Deno.UnsafePointer.create(results[i]!);
      const shape = handleShape(library, handle);
      return { id: table.add(handle), shape, dtype: c.TFE_TensorHandleDataType(handle) };
    });
  return {
    run(name, attributes, inputs, outputs) {
      const operation = prepare(name, attributes, inputs);
      const results = new BigUint64Array(Math.max(outputs, 1));
      const count = Int32Array.of(outputs);
      try {
        library.checked((status) => c.TFE_Execute(operation, results, count, status));
      } catch (cause) {
        if (!(cause instanceof NativeError)) throw cause;
        throw new NativeError(cause.code, `Cannot run "${name}"${modelLine()}: ${cause.message}`);
      } finally {
        c.TFE_DeleteOp(operation);
      }
      return collect(results, count[0]!);
    },
    async runInBackground(name, attributes, inputs, outputs) {
      const operation = prepare(name, attributes, inputs);
      const results = new BigUint64Array(Math.max(outputs, 1));
      const count = Int32Array.of(outputs);
      try {
        await library.checkedInBackground((status) =>
          c.TFE_ExecuteInBackground(operation, results, count, status)
        );
      } finally {
        c.TFE_DeleteOp(operation);
      }
      return collect(results, count[0]!);
    },
  };
}

/** Writes operations into a trace instead of running them. */
interface Tracer {
  active(): boolean;
  constant(shape: readonly number[], dataType: number, values: HostValues): number;
  record(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
  ): TensorMetadata[];
  readonly trace: NativeBinding["trace"];
}

function createTracer(library: NativeLibrary, table: TensorTable): Tracer {
  const { c } = library;
  let tracing: Tracing | undefined;
  const symbolOf = (id: number, { recording, captures }: Tracing, operation: string): Value => {
    const symbol = table.symbols.get(id);
    if (symbol !== undefined) return symbol;
    const handle = table.handleOf(id, operation);
    let capture = captures.get(handle);
    if (capture === undefined) {
      const dataType = c.TFE_TensorHandleDataType(handle);
      capture = recordInput(recording, { dataType, shape: handleShape(library, handle) });
      captures.set(handle, capture);
    }
    return capture;
  };
  return {
    active: () => tracing !== undefined,
    constant: (shape, dataType, values) =>
      table.addSymbol(constant(tracing!, shape, dataType, values)).id,
    record(name, attributes, inputs) {
      const current = tracing!;
      try {
        const values = inputs.map((id) => symbolOf(id, current, name));
        return record(current.recording, name, attributes, values).map(table.addSymbol);
      } catch (cause) {
        throw new TypeError(`${reasonOf(cause)}${modelLine()}`, { cause });
      }
    },
    trace(types, body) {
      if (tracing !== undefined) throw new TypeError("Cannot trace a function inside another one");
      const current: Tracing = { recording: { operations: [] }, captures: new Map() };
      tracing = current;
      try {
        const inputs = types.map((type) => table.addSymbol(recordInput(current.recording, type)));
        const outputs = body(inputs).map((id) => symbolOf(id, current, "return"));
        const captured = [...current.captures.keys()].map((handle) =>
          table.add(
            library.checked((status) => c.TFE_TensorHandleCopySharingTensor(handle, status)),
          )
        );
        return { recording: current.recording, outputs, captured };
      } finally {
        tracing = undefined;
        table.symbols.clear();
      }
    },
  };
}

/** A constant of a traced function; one of equal values is kept as its value and shape. */
function constant(
  { recording }: Tracing,
  shape: readonly number[],
  dataType: number,
  values: HostValues,
): Value {
  const [first] = values as ArrayLike<number> & Iterable<number>;
  if (values.length < fillElements || (values as readonly number[]).some((v) => v !== first)) {
    return recordConstant(recording, { dataType, shape }, values);
  }
  const sizes = recordConstant(
    recording,
    { dataType: dataTypes.int32, shape: [shape.length] },
    Int32Array.from(shape),
  );
  const value = recordConstant(recording, { dataType, shape: [] }, [first!]);
  const attributes = [
    { name: "T", type: attributeKinds.type, value: dataType },
    { name: "index_type", type: attributeKinds.type, value: dataTypes.int32 },
  ];
  return record(recording, "Fill", attributes, [sizes, value])[0]!;
}

/** Where in the calling code the current operation was asked for, for messages. */
function modelLine(): string {
  const frames = new Error().stack?.split("\n").slice(1) ?? [];
  const frame = frames.find((line) => !/\/lib\/engine\/|node:|npm|ext:/.test(line));
  const place = frame?.match(/([^/\s(]+\/[^/\s]+:\d+):\d+\)?$/)?.[1];
  return place === undefined ? "" : ` (at ${place})`;
}

/** Names of element types and attribute kinds as the kernel layer reads them from the binding. */
function constants(library: NativeLibrary): Record<string, unknown> {
  return {
    TF_FLOAT: dataTypes.float32,
    TF_INT32: dataTypes.int32,
    TF_INT64: dataTypes.int64,
    TF_BOOL: dataTypes.bool,
    TF_COMPLEX64: dataTypes.complex64,
    TF_STRING: dataTypes.string,
    TF_RESOURCE: dataTypes.resource,
    TF_UINT8: dataTypes.uint8,
    TF_ATTR_STRING: attributeKinds.string,
    TF_ATTR_INT: attributeKinds.int,
    TF_ATTR_FLOAT: attributeKinds.float,
    TF_ATTR_BOOL: attributeKinds.bool,
    TF_ATTR_TYPE: attributeKinds.type,
    TF_ATTR_SHAPE: attributeKinds.shape,
    TF_ATTR_RESOURCE: attributeKinds.resource,
    TF_Version: library.version,
  };
}
