/**
 * Peak memory of this process, as the operating system counted it.
 *
 * @module
 */

const libraries: Readonly<Record<string, string>> = {
  linux: "libc.so.6",
  darwin: "libSystem.B.dylib",
};

/** Bytes of `struct rusage` on 64-bit systems, and where the peak stands in it. */
const usageBytes = 144;
const peakOffset = 32;

/**
 * Largest resident set so far in bytes; the current one where the C library cannot be asked.
 *
 * Needs `--allow-ffi`.
 */
export function peakMemory(): number {
  const library = libraries[Deno.build.os];
  if (library === undefined) return Deno.memoryUsage().rss;
  const libc = Deno.dlopen(library, {
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
