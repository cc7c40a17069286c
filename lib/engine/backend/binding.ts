/**
 * The native binding of TF.js's kernel layer, written on the C API: `executeOp` runs an operation at
 * once, or appends it to a recording while a function is traced.
 *
 * @module
 */

import { record, recordConstant, type Recording, recordInput } from "../trace/recording.ts";
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
  readonly recording: Recording;
  readonly captures: Map<Deno.PointerValue, Value>;
}

/** What tracing leaves behind. */
export interface Traced {
  readonly recording: Recording;
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
  const handles = new Map<number, Deno.PointerValue>();
  const symbols = new Map<number, Value>();
  let nextId = 1;
  let tracing: Tracing | undefined;

  const addHandle = (handle: Deno.PointerValue): number => {
    handles.set(nextId, handle);
    return nextId++;
  };
  const addSymbol = (value: Value): TensorMetadata => {
    symbols.set(nextId, value);
    return { id: nextId++, shape: [...value.shape], dtype: value.dataType };
  };
  const metadata = (handle: Deno.PointerValue): TensorMetadata => ({
    id: addHandle(handle),
    shape: handleShape(library, handle),
    dtype: c.TFE_TensorHandleDataType(handle),
  });
  const handleOf = (id: number, operation: string): Deno.PointerValue => {
    const handle = handles.get(id);
    if (handle !== undefined) return handle;
    throw new TypeError(
      symbols.has(id)
        ? `Cannot run "${operation}": its input belongs to a function that was being traced`
        : `Cannot run "${operation}": its input was disposed of`,
    );
  };
  const symbolOf = (id: number, { recording, captures }: Tracing, operation: string): Value => {
    const symbol = symbols.get(id);
    if (symbol !== undefined) return symbol;
    const handle = handleOf(id, operation);
    let capture = captures.get(handle);
    if (capture === undefined) {
      const dataType = c.TFE_TensorHandleDataType(handle);
      capture = recordInput(recording, { dataType, shape: handleShape(library, handle) });
      captures.set(handle, capture);
    }
    return capture;
  };

  const prepare = (
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly Deno.PointerValue[],
  ): Deno.PointerValue =>
    library.checked((status) => {
      const operation = c.TFE_NewOp(library.context, cString(name), status);
      if (operation === null) return operation;
      setAttributes(c, "eager", operation, attributes, status);
      for (const input of inputs) c.TFE_OpAddInput(operation, input, status);
      return operation;
    });
  const collect = (results: BigUint64Array, count: number): TensorMetadata[] =>
    Array.from({ length: count }, (_, i) => metadata(Deno.UnsafePointer.create(results[i]!)));

  return {
    ...constants(library),

    createTensor(shape, dataType, values) {
      if (tracing !== undefined) return addSymbol(constant(tracing, shape, dataType, values)).id;
      const tensor = newTensor(library, shape, dataType, values);
      const handle = library.checked((status) => c.TFE_NewTensorHandle(tensor, status));
      c.TF_DeleteTensor(tensor);
      return addHandle(handle);
    },

    deleteTensor(id) {
      if (symbols.delete(id)) return;
      const handle = handles.get(id);
      if (handle === undefined) return;
      handles.delete(id);
      c.TFE_DeleteTensorHandle(handle);
    },

    tensorDataSync(id) {
      const symbol = symbols.get(id);
      if (symbol !== undefined) {
        throw new TypeError(
          `Cannot read the result of "${symbol.operation.name}" while tracing${modelLine()}: ` +
            "a compiled function has no values until it runs",
        );
      }
      return readTensor(library, handleOf(id, "read"));
    },

    executeOp(name, attributes, inputs, outputs) {
      if (tracing !== undefined) {
        const current = tracing;
        try {
          return record(
            current.recording,
            name,
            attributes,
            inputs.map((id) => symbolOf(id, current, name)),
          ).map(addSymbol);
        } catch (cause) {
          const reason = cause instanceof Error ? cause.message : String(cause);
          throw new TypeError(`${reason}${modelLine()}`, { cause });
        }
      }
      const operation = prepare(name, attributes, inputs.map((id) => handleOf(id, name)));
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

    trace(types, body) {
      if (tracing !== undefined) throw new TypeError("Cannot trace a function inside another one");
      const current: Tracing = { recording: { operations: [] }, captures: new Map() };
      tracing = current;
      try {
        const inputs = types.map((type) => addSymbol(recordInput(current.recording, type)));
        const outputs = body(inputs).map((id) => symbolOf(id, current, "return"));
        const captured = [...current.captures.keys()].map((handle) =>
          addHandle(
            library.checked((status) => c.TFE_TensorHandleCopySharingTensor(handle, status)),
          )
        );
        return { recording: current.recording, outputs, captured };
      } finally {
        tracing = undefined;
        symbols.clear();
      }
    },

    async call(name, attributes, inputs, outputs) {
      const operation = prepare(name, attributes, inputs.map((id) => handleOf(id, name)));
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

    tracing: () => tracing !== undefined,
    getNumOfTensors: () => handles.size,
    isUsingGpuDevice: () => library.devices.some((device) => device.type === "GPU"),
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
