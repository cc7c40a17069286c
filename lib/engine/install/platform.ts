/**
 * What this machine is, as far as it decides which libtensorflow fits.
 *
 * @module
 */

/** C library of a Linux system; `none` elsewhere. */
export type CLibrary = "glibc" | "musl" | "none";

/** Operating system, processor and C library. */
export interface Platform {
  readonly os: typeof Deno.build.os;
  readonly arch: typeof Deno.build.arch;
  readonly libc: CLibrary;
}

/** What is known about the build of this Deno. */
export type BuildInfo = Pick<typeof Deno.build, "os" | "arch" | "target">;

/** The platform that a build of Deno runs on. */
export function currentPlatform(build: BuildInfo = Deno.build): Platform {
  const libc = build.os !== "linux" ? "none" : build.target.includes("musl") ? "musl" : "glibc";
  return { os: build.os, arch: build.arch, libc };
}

/** Short name of a platform: `linux-x86_64`, `linux-x86_64-musl`, `darwin-aarch64`. */
export function platformName({ os, arch, libc }: Platform): string {
  return `${os}-${arch}${libc === "musl" ? "-musl" : ""}`;
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
