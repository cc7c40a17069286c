/**
 * Temporary files and folders that go when the test file is through.
 *
 * @module
 */

const made: string[] = [];

addEventListener("unload", () => {
  for (const path of made) {
    try {
      Deno.removeSync(path, { recursive: true });
    } catch {
      // Removed by the test itself.
    }
  }
});

/** A new folder. */
export async function makeTempDir(options?: Deno.MakeTempOptions): Promise<string> {
  const path = await Deno.makeTempDir(options);
  made.push(path);
  return path;
}

/** A new folder. */
export function makeTempDirSync(options?: Deno.MakeTempOptions): string {
  const path = Deno.makeTempDirSync(options);
  made.push(path);
  return path;
}

/** A new, empty file. */
export async function makeTempFile(options?: Deno.MakeTempOptions): Promise<string> {
  const path = await Deno.makeTempFile(options);
  made.push(path);
  return path;
}
