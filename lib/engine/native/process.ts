/**
 * What this process asks of its C library and of the runtime: peak memory, a quiet standard error,
 * an end without destructors, a garbage collection.
 *
 * @module
 */

import v8 from "node:v8";
import vm from "node:vm";

/** The C library, where it can be called. */
const cLibrary = ({ linux: "libc.so.6", darwin: "libSystem.B.dylib" } as Record<string, string>)[
  Deno.build.os
];

/** Whether native libraries may be opened: `--allow-ffi`. */
export function ffiGranted(): boolean {
  return Deno.permissions.querySync({ name: "ffi" }).state === "granted";
}

/** Version of the C library, such as `2.36`; null if it is not glibc. Needs `--allow-ffi`. */
export function glibcVersion(): string | null {
  try {
    const library = Deno.dlopen("libc.so.6", {
      gnu_get_libc_version: { parameters: [], result: "pointer" },
    });
    const version = library.symbols.gnu_get_libc_version();
    const text = version === null ? null : Deno.UnsafePointerView.getCString(version);
    library.close();
    return text;
  } catch {
    return null;
  }
}

/** Bytes of `struct rusage` on 64-bit systems, and where the peak stands in it. */
const usageBytes = 144;
const peakOffset = 32;

/**
 * Largest resident set so far in bytes, as the operating system counted it; the current one where
 * the C library cannot be asked.
 *
 * Needs `--allow-ffi`.
 */
export function peakMemory(): number {
  if (cLibrary === undefined) return Deno.memoryUsage().rss;
  const libc = Deno.dlopen(cLibrary, {
    getrusage: { parameters: ["i32", "buffer"], result: "i32" },
  });
  try {
    const usage = new Uint8Array(usageBytes);
    if (libc.symbols.getrusage(0, usage) !== 0) return Deno.memoryUsage().rss;
    const peak = Number(new DataView(usage.buffer).getBigInt64(peakOffset, true));
    return Deno.build.os === "darwin" ? peak : peak * 1024;
  } finally {
    libc.close();
  }
}

const fileSymbols = {
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
} as const;

/** `O_WRONLY | O_CREAT | O_APPEND`. */
const appendFlags = Deno.build.os === "darwin" ? 0x209 : 0x441;

let fileFunctions: Deno.DynamicLibrary<typeof fileSymbols> | undefined;

/**
 * Redirects descriptor 2 to the end of a file until the returned function is called. Without effect
 * where the C library or the file cannot be opened: then the remarks stay visible.
 *
 * Even at its lowest log level libtensorflow leaves lines on standard error while it loads, and
 * pages while it compiles. JavaScript cannot catch them: they bypass the runtime.
 */
export function redirectStderr(logFile: string): () => void {
  if (cLibrary === undefined) return () => {};
  try {
    fileFunctions ??= Deno.dlopen(cLibrary, fileSymbols);
  } catch {
    return () => {};
  }
  const { dup, dup2, close, open } = fileFunctions.symbols;
  const target = open(new TextEncoder().encode(logFile + "\0"), appendFlags, 0o644);
  if (target < 0) return () => {};
  const kept = dup(2);
  dup2(target, 2);
  close(target);
  return () => {
    dup2(kept, 2);
    close(kept);
  };
}

/**
 * Ends the process without running the destructors of native libraries.
 *
 * An ordinary exit destroys libtensorflow's globals under the threads that are still compiling,
 * which ends in a crash and with another exit code. Where the C library cannot be called, no native
 * library is loaded either, and the ordinary exit is safe.
 */
export function exitNow(code: number): never {
  if (cLibrary !== undefined && ffiGranted()) {
    try {
      Deno.dlopen(cLibrary, { _exit: { parameters: ["i32"], result: "void" } }).symbols._exit(code);
    } catch {
      // Another C library, such as musl's.
    }
  }
  Deno.exit(code);
}

let collect: (() => void) | undefined;

/**
 * Frees what JavaScript no longer reaches. The runtime itself waits until its heap has grown by a
 * multiple, which is hundreds of megabytes after a large function was traced. Takes 10 to 25
 * milliseconds.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    v8.setFlagsFromString("--expose-gc");
    collect = vm.runInNewContext("gc") as () => void;
  }
  collect();
}
