/**
 * Ending the process while native threads are at work.
 *
 * @module
 */

const libraries: Readonly<Record<string, string>> = {
  linux: "libc.so.6",
  darwin: "libSystem.B.dylib",
};

/**
 * Ends the process without running the destructors of native libraries.
 *
 * An ordinary exit destroys libtensorflow's globals under the threads that are still compiling, which
 * ends in a crash and with another exit code. Where the C library cannot be called, no native library
 * is loaded either, and the ordinary exit is safe.
 */
export function exitNow(code: number): never {
  const library = libraries[Deno.build.os];
  if (library !== undefined && Deno.permissions.querySync({ name: "ffi" }).state === "granted") {
    try {
      Deno.dlopen(library, { _exit: { parameters: ["i32"], result: "void" } }).symbols._exit(code);
    } catch {
      // Another C library, such as musl's.
    }
  }
  Deno.exit(code);
}
