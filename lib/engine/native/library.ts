/**
 * A loaded libtensorflow: its C functions, its eager context, and errors from its status objects.
 *
 * @module
 */

import { type CApi, openCApi } from "./c_api.ts";
import { explainIoError, MissingError } from "../../util/mod.ts";

const encoder = new TextEncoder();
const strings = new Map<string, Uint8Array<ArrayBuffer>>();

/** A zero-terminated C string; kept, since the same few hundred names recur. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  let bytes = strings.get(text);
  if (bytes === undefined) strings.set(text, bytes = encoder.encode(text + "\0"));
  return bytes;
}

/** An error that libtensorflow reported. */
export class NativeError extends Error {
  /** Code of the status, as in `TF_Code`: 3 invalid argument, 8 resource exhausted, ... */
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = "NativeError";
    this.code = code;
  }
}

/** libtensorflow with one eager context. */
export interface NativeLibrary {
  readonly c: CApi;
  readonly context: Deno.PointerValue;
  readonly version: string;
  /** Devices of the context, such as `CPU` and `GPU`, by TensorFlow's full name. */
  readonly devices: readonly { readonly name: string; readonly type: string }[];
  /**
   * Calls a function with a status of its own and throws what the status says.
   *
   * @throws {NativeError} If the call failed.
   */
  checked<T>(call: (status: Deno.PointerValue) => T): T;
  /** The same for a call that runs in the background; every call has its own status. */
  checkedInBackground(call: (status: Deno.PointerValue) => Promise<void>): Promise<void>;
}

/** Options of {@linkcode openLibrary}. */
export interface LibraryOptions {
  /**
   * Serialised `ServerDef`: starts the server of the collective runtime, which listens until the
   * process ends.
   */
  readonly server?: Uint8Array<ArrayBuffer> | undefined;
}

/** Opens the library and creates the context. */
export function openLibrary(path: string, { server }: LibraryOptions = {}): NativeLibrary {
  const c = openCApi(path);
  const free: Deno.PointerValue[] = [];

  const finish = (status: Deno.PointerValue): void => {
    const code = c.TF_GetCode(status);
    if (code === 0) {
      free.push(status);
      return;
    }
    const message = readCString(c.TF_Message(status));
    c.TF_DeleteStatus(status);
    throw new NativeError(code, message);
  };
  const checked = <T>(call: (status: Deno.PointerValue) => T): T => {
    const status = free.pop() ?? c.TF_NewStatus();
    const result = call(status);
    finish(status);
    return result;
  };
  const checkedInBackground = async (
    call: (status: Deno.PointerValue) => Promise<void>,
  ): Promise<void> => {
    const status = free.pop() ?? c.TF_NewStatus();
    await call(status);
    finish(status);
  };

  const contextOptions = c.TFE_NewContextOptions();
  const context = checked((status) => c.TFE_NewContext(contextOptions, status));
  c.TFE_DeleteContextOptions(contextOptions);
  if (server !== undefined) {
    // Devices get new names by this, so it comes before anything that remembers a device.
    checked((status) => c.TFE_EnableCollectiveOps(context, server, BigInt(server.length), status));
  }
  return {
    c,
    context,
    version: readCString(c.TF_Version()),
    devices: listDevices(c, context, checked),
    checked,
    checkedInBackground,
  };
}

function listDevices(
  c: CApi,
  context: Deno.PointerValue,
  checked: NativeLibrary["checked"],
): { name: string; type: string }[] {
  const list = checked((status) => c.TFE_ContextListDevices(context, status));
  const devices = Array.from({ length: c.TF_DeviceListCount(list) }, (_, i) => ({
    name: readCString(checked((status) => c.TF_DeviceListName(list, i, status))),
    type: readCString(checked((status) => c.TF_DeviceListType(list, i, status))),
  }));
  c.TF_DeleteDeviceList(list);
  return devices;
}

function readCString(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}

/**
 * Opens a library and returns what `TF_Version` says. It stays open, since TensorFlow cannot be
 * unloaded.
 *
 * @throws {MissingError} If the library cannot be opened, lacks the C API, or FFI is not permitted.
 */
export function libraryVersion(path: string): string {
  const action = `Cannot open "${path}"`;
  try {
    const { symbols } = Deno.dlopen(path, { TF_Version: { parameters: [], result: "pointer" } });
    return readCString(symbols.TF_Version());
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw explainIoError(error, action);
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new MissingError(`${action}: ${reason}`, {
      cause: error,
      hint: "The library may be for another processor or a newer system; --backend wasm works " +
        "without it",
    });
  }
}
