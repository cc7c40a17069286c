/**
 * Sending what a native library prints on descriptor 2 to a file.
 *
 * Even at its lowest log level libtensorflow leaves lines on standard error while it loads, and pages
 * while it compiles. JavaScript cannot catch them: they bypass the runtime.
 *
 * @module
 */

const libraries: Readonly<Record<string, string>> = {
  linux: "libc.so.6",
  darwin: "libSystem.B.dylib",
};

const symbols = {
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
} as const;

/** `O_WRONLY | O_CREAT | O_APPEND` of both systems. */
const appendFlags: Readonly<Record<string, number>> = { linux: 0x441, darwin: 0x209 };

let libc: Deno.DynamicLibrary<typeof symbols> | undefined;

/**
 * Redirects descriptor 2 to the end of a file until the returned function is called. Without effect
 * where the C library or the file cannot be opened: then the remarks stay visible.
 */
export function quietStderr(logFile: string): () => void {
  const library = libraries[Deno.build.os];
  if (library === undefined) return () => {};
  try {
    libc ??= Deno.dlopen(library, symbols);
  } catch {
    return () => {};
  }
  const { dup, dup2, close, open } = libc.symbols;
  const target = open(new TextEncoder().encode(logFile + "\0"), appendFlags[Deno.build.os]!, 0o644);
  if (target < 0) return () => {};
  const kept = dup(2);
  dup2(target, 2);
  close(target);
  return () => {
    dup2(kept, 2);
    close(kept);
  };
}
