/**
 * A loaded libtensorflow: the variables that it reads when it is opened, its C functions, its eager
 * context, and errors from its status objects.
 *
 * @module
 */

import { type CApi, openCApi } from "./c_api.ts";
import { explainIoError, join, MissingError } from "../../util/mod.ts";
import { createHash } from "node:crypto";

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

/** What the variables are derived from. */
interface EnvironmentOptions {
  /** Folder for files that can be made again. */
  readonly cache: string;
  /** Path of the library. */
  readonly library: string;
  readonly version: string | undefined;
}

/**
 * Sets the log level, the allocator and XLA's folder of compiled programs, unless the user has set
 * them.
 *
 * The pooling allocator keeps buffers between steps. The default one gives every large buffer back
 * to the system and faults it in again at the next step, which cost a third of the time of a small
 * model's step.
 *
 * Compiled programs hold machine code for one processor and one library, so the folder's name is a
 * digest of both; whoever can write there can run code as the user, as with any program cache.
 *
 * @returns The folder of compiled programs.
 */
export function setEnvironment(options: EnvironmentOptions): string {
  setDefault("TF_CPP_MIN_LOG_LEVEL", "3");
  setDefault("TF_CPU_ALLOCATOR_USE_BFC", "1");
  const programs = join(options.cache, "programs", machineDigest(options));
  setDefault(
    "TF_XLA_FLAGS",
    `--tf_xla_persistent_cache_directory=${quoted(programs)} ` +
      "--tf_xla_persistent_cache_device_types=CPU,GPU",
  );
  return programs;
}

/** A value as TensorFlow reads it in a list of flags, which a space would end. */
function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

function setDefault(name: string, value: string): void {
  if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
}

/** Digest of processor features and library. */
function machineDigest({ library, version }: EnvironmentOptions): string {
  const hash = createHash("sha256").update(`${library}\n${version}\n${Deno.build.target}\n`);
  try {
    const features = Deno.readTextFileSync("/proc/cpuinfo").match(/^(flags|Features)\s*:.*$/m);
    hash.update(features?.[0] ?? "");
  } catch {
    // Without that file the target triple has to do.
  }
  return hash.digest("hex").slice(0, 16);
}
