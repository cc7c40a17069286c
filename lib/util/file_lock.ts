/**
 * Advisory locks that the kernel releases when their holder ends, however it ends.
 *
 * @module
 */

import { LockedError } from "./errors.ts";
import { explained, ioErrorCode } from "./io_errors.ts";
import { basename, dirname, join } from "./path.ts";

/** A lock that is held. */
export interface FileLock {
  /** Gives the lock back; may be called more than once. */
  release(): Promise<void>;
}

/** The lock file that guards a folder: a hidden sibling, so that the folder can be replaced. */
export function lockFileOf(folder: string): string {
  return join(dirname(folder), `.${basename(folder)}.lock`);
}

/**
 * Takes the lock of a folder without waiting. The folder itself need not exist, its parent must.
 *
 * @param folder What is guarded.
 * @param action What the lock is wanted for, such as `Cannot tokenize into "a"`, for the message.
 * @throws {LockedError} If another process, or this one, holds it.
 */
export function lockFolder(folder: string, action: string): Promise<FileLock> {
  const path = lockFileOf(folder);
  return explained(action, async () => {
    while (true) {
      const file = await Deno.open(path, { create: true, write: true });
      if (!(await file.tryLock(true))) {
        file.close();
        throw new LockedError(`${action}: another run uses it, the lock "${path}" is held`, {
          hint: "Wait for the other run to end, or choose another folder",
        });
      }
      // The previous holder may have removed the file between opening and locking: then the lock
      // guards a name that nobody else can see, and has to be taken again.
      if (await isCurrent(file, path)) return held(file, path);
      file.close();
    }
  });
}

function held(file: Deno.FsFile, path: string): FileLock {
  let released = false;
  return {
    release: async () => {
      if (released) return;
      released = true;
      // Removed while it is still held, so that nobody can be holding the name that goes away.
      await Deno.remove(path).catch(() => undefined);
      file.close();
    },
  };
}

async function isCurrent(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    const [own, named] = await Promise.all([file.stat(), Deno.stat(path)]);
    return own.ino === named.ino && own.dev === named.dev;
  } catch (error) {
    if (ioErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}
