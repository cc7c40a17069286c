/**
 * Turns errors of the runtime into errors that a user can act on.
 *
 * Deno reports a full disk or a read-only file system as a plain `Error`, so the system code
 * decides and not the class. A missing permission flag is named in full.
 *
 * @module
 */

import { AppError, MissingError, StorageError } from "./errors.ts";

interface Explanation {
  readonly what: string;
  readonly hint?: string;
}

const storageCodes: Readonly<Record<string, Explanation>> = {
  ENOSPC: { what: "no space is left on the disk", hint: "Free space or choose another folder" },
  EDQUOT: { what: "the disk quota is used up", hint: "Free space or choose another folder" },
  EFBIG: { what: "the file is too large for this file system" },
  EROFS: { what: "the file system is read-only", hint: "Choose a folder that can be written" },
  EACCES: {
    what: "permission was denied",
    hint: "Change its permissions or choose another folder",
  },
  EPERM: { what: "the operation is not permitted", hint: "Check the owner and the permissions" },
  EIO: { what: "the device reported an input/output error" },
  ESTALE: { what: "the network file system lost the file" },
  EMFILE: { what: "too many files are open", hint: "Raise the limit with ulimit -n" },
  ENFILE: { what: "too many files are open on this machine" },
  ENAMETOOLONG: { what: "the name is too long for this file system" },
  EISDIR: { what: "it is a folder, a file is wanted" },
  ENOTDIR: { what: "a part of the path is a file, a folder is wanted" },
  EEXIST: { what: "it exists already" },
  ENOTEMPTY: { what: "the folder is not empty" },
  EBUSY: { what: "it is in use" },
  ETXTBSY: { what: "it is being executed" },
  ELOOP: { what: "the path has too many symbolic links" },
  EXDEV: { what: "source and target lie on different file systems" },
  ENXIO: { what: "the device does not exist" },
  ENODEV: { what: "the device does not exist" },
};

/** Codes of classes that the runtime throws without a code. */
const classCodes: readonly (readonly [new () => Error, string])[] = [
  [Deno.errors.NotFound, "ENOENT"],
  [Deno.errors.PermissionDenied, "EACCES"],
  [Deno.errors.AlreadyExists, "EEXIST"],
  [Deno.errors.IsADirectory, "EISDIR"],
  [Deno.errors.NotADirectory, "ENOTDIR"],
  [Deno.errors.FilesystemLoop, "ELOOP"],
  [Deno.errors.Busy, "EBUSY"],
];

/** The system's code of an error, such as `ENOSPC`, if it has one. */
export function ioErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  return classCodes.find(([errorClass]) => error instanceof errorClass)?.[1];
}

/**
 * Explains an error of the runtime.
 *
 * @param action What failed, such as `Cannot write "a.bin"`.
 * @returns A {@linkcode StorageError} for the file system's refusals, a {@linkcode MissingError}
 * for a file that is absent or a permission flag that was not given; anything else as it is.
 */
export function explainIoError(error: unknown, action: string): unknown {
  if (error instanceof AppError) return error;
  if (error instanceof Deno.errors.NotCapable) return missingPermission(error, action);
  const code = ioErrorCode(error);
  if (code === undefined) return error;
  if (code === "ENOENT") {
    return new MissingError(`${action}: there is no such file or folder`, { cause: error });
  }
  const known = storageCodes[code];
  if (known === undefined) return error;
  return new StorageError(`${action}: ${known.what} (${code})`, {
    cause: error,
    ...(known.hint === undefined ? {} : { hint: known.hint }),
  });
}

/**
 * Runs an operation and explains its errors as {@linkcode explainIoError} does.
 *
 * @example
 * ```ts
 * import { explained } from "./io_errors.ts";
 * const text = await explained('Cannot read "a.txt"', () => Promise.resolve("text"));
 * console.assert(text === "text");
 * ```
 */
export async function explained<T>(action: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw explainIoError(error, action);
  }
}

function missingPermission(error: Error, action: string): MissingError {
  const match = /Requires (\w+) access(?: to "?(.*?)"?)?, run again/.exec(error.message);
  const [, kind, target] = match ?? [];
  if (kind === undefined) {
    return new MissingError(`${action}: a Deno permission is missing`, { cause: error });
  }
  if (kind === "all") {
    return new MissingError(
      `${action}: Deno protects "${target}" from every program that was not given all permissions`,
      { cause: error },
    );
  }
  // A host keeps its port, a path is quoted for the shell where it needs to be.
  const value = target === undefined
    ? ""
    : `=${/[^\w./:@-]/.test(target) ? `"${target}"` : target}`;
  const flag = `--allow-${kind}${value}`;
  return new MissingError(`${action}: the Deno permission ${flag} is missing`, {
    cause: error,
    hint: `Run it again with ${flag}`,
  });
}
