/**
 * The part of TensorFlow's C API that the engine calls, as a Deno FFI symbol table.
 *
 * @module
 */

import { MissingError, reasonOf } from "../../util/mod.ts";

const output = { struct: ["pointer", "i32"] } as const;

// Attributes are set alike on eager operations and on operations of a graph.
const setString = { parameters: ["pointer", "buffer", "buffer", "usize"], result: "void" } as const;
const setInt = { parameters: ["pointer", "buffer", "i64"], result: "void" } as const;
const setIntList = { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" } as const;
const setFloat = { parameters: ["pointer", "buffer", "f32"], result: "void" } as const;
const setBool = { parameters: ["pointer", "buffer", "u8"], result: "void" } as const;
const setType = { parameters: ["pointer", "buffer", "i32"], result: "void" } as const;

/** Signatures of the C functions in use. */
const symbols = {
  TF_Version: { parameters: [], result: "pointer" },
  TF_NewStatus: { parameters: [], result: "pointer" },
  TF_DeleteStatus: { parameters: ["pointer"], result: "void" },
  TF_SetStatus: { parameters: ["pointer", "i32", "buffer"], result: "void" },
  TF_GetCode: { parameters: ["pointer"], result: "i32" },
  TF_Message: { parameters: ["pointer"], result: "pointer" },

  TF_AllocateTensor: { parameters: ["i32", "buffer", "i32", "usize"], result: "pointer" },
  TF_DeleteTensor: { parameters: ["pointer"], result: "void" },
  TF_TensorData: { parameters: ["pointer"], result: "pointer" },
  TF_TensorByteSize: { parameters: ["pointer"], result: "usize" },

  TFE_NewContextOptions: { parameters: [], result: "pointer" },
  TFE_DeleteContextOptions: { parameters: ["pointer"], result: "void" },
  TFE_NewContext: { parameters: ["pointer", "pointer"], result: "pointer" },
  TFE_ContextListDevices: { parameters: ["pointer", "pointer"], result: "pointer" },
  TFE_ContextAddFunction: { parameters: ["pointer", "pointer", "pointer"], result: "void" },
  TFE_ContextRemoveFunction: { parameters: ["pointer", "buffer", "pointer"], result: "void" },
  TFE_EnableCollectiveOps: {
    parameters: ["pointer", "buffer", "usize", "pointer"],
    result: "void",
  },
  TFE_AbortCollectiveOps: { parameters: ["pointer", "pointer"], result: "void" },
  /** Asks another process for a sign of life, on a thread of its own. */
  TFE_CollectiveOpsCheckPeerHealth: {
    parameters: ["pointer", "buffer", "i64", "pointer"],
    result: "void",
    nonblocking: true,
  },
  TF_DeviceListCount: { parameters: ["pointer"], result: "i32" },
  TF_DeviceListName: { parameters: ["pointer", "i32", "pointer"], result: "pointer" },
  TF_DeviceListType: { parameters: ["pointer", "i32", "pointer"], result: "pointer" },
  TF_DeleteDeviceList: { parameters: ["pointer"], result: "void" },

  TFE_NewTensorHandle: { parameters: ["pointer", "pointer"], result: "pointer" },
  TFE_DeleteTensorHandle: { parameters: ["pointer"], result: "void" },
  TFE_TensorHandleDataType: { parameters: ["pointer"], result: "i32" },
  TFE_TensorHandleNumDims: { parameters: ["pointer", "pointer"], result: "i32" },
  TFE_TensorHandleDim: { parameters: ["pointer", "i32", "pointer"], result: "i64" },
  TFE_TensorHandleResolve: { parameters: ["pointer", "pointer"], result: "pointer" },
  TFE_TensorHandleCopySharingTensor: { parameters: ["pointer", "pointer"], result: "pointer" },

  TFE_NewOp: { parameters: ["pointer", "buffer", "pointer"], result: "pointer" },
  TFE_DeleteOp: { parameters: ["pointer"], result: "void" },
  TFE_OpAddInput: { parameters: ["pointer", "pointer", "pointer"], result: "void" },
  TFE_OpSetAttrString: setString,
  TFE_OpSetAttrInt: setInt,
  TFE_OpSetAttrIntList: setIntList,
  TFE_OpSetAttrFloat: setFloat,
  TFE_OpSetAttrBool: setBool,
  TFE_OpSetAttrType: setType,
  TFE_OpSetAttrShape: {
    parameters: ["pointer", "buffer", "buffer", "i32", "pointer"],
    result: "void",
  },
  TFE_Execute: { parameters: ["pointer", "buffer", "buffer", "pointer"], result: "void" },
  /** The same function on a thread of its own: the event loop keeps turning meanwhile. */
  TFE_ExecuteInBackground: {
    name: "TFE_Execute",
    parameters: ["pointer", "buffer", "buffer", "pointer"],
    result: "void",
    nonblocking: true,
  },

  TF_NewGraph: { parameters: [], result: "pointer" },
  TF_DeleteGraph: { parameters: ["pointer"], result: "void" },
  TF_NewOperation: { parameters: ["pointer", "buffer", "buffer"], result: "pointer" },
  TF_FinishOperation: { parameters: ["pointer", "pointer"], result: "pointer" },
  TF_AddInput: { parameters: ["pointer", output], result: "void" },
  TF_AddInputList: { parameters: ["pointer", "buffer", "i32"], result: "void" },
  TF_SetAttrString: setString,
  TF_SetAttrInt: setInt,
  TF_SetAttrIntList: setIntList,
  TF_SetAttrFloat: setFloat,
  TF_SetAttrBool: setBool,
  TF_SetAttrType: setType,
  TF_SetAttrShape: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrTensor: { parameters: ["pointer", "buffer", "pointer", "pointer"], result: "void" },
  TF_GraphToFunction: {
    parameters: [
      "pointer",
      "buffer",
      "u8",
      "i32",
      "buffer",
      "i32",
      "buffer",
      "i32",
      "buffer",
      "buffer",
      "pointer",
      "buffer",
      "pointer",
    ],
    result: "pointer",
  },
  TF_FunctionSetAttrValueProto: {
    parameters: ["pointer", "buffer", "buffer", "usize", "pointer"],
    result: "void",
  },
  TF_DeleteFunction: { parameters: ["pointer"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The C functions, callable. */
export type CApi = Deno.DynamicLibrary<typeof symbols>["symbols"];

/** TensorFlow's numbers of element types (`TF_DataType`). */
export const dataTypes = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  resource: 20,
} as const;

/**
 * Opens libtensorflow.
 *
 * @param path The shared library `libtensorflow_cc` or `libtensorflow`.
 * @throws {MissingError} If it cannot be loaded or does not export the C API.
 */
export function openCApi(path: string): CApi {
  try {
    return Deno.dlopen(path, symbols).symbols;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    const reason = reasonOf(cause);
    throw new MissingError(
      `Cannot load libtensorflow from "${path}": ${reason}`,
      { cause, hint: "Run `metamae doctor` to see what was found" },
    );
  }
}
