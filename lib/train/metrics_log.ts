/**
 * Logs of a run: one complete JSON line a step, safe to stop and go on with at any instant.
 *
 * @module
 */

import { explained, ifThere, writeFileAtomic } from "../util/mod.ts";

/** One line: the number of steps taken and values by name. */
export type LogLine = { readonly step: number } & Readonly<Record<string, number>>;

/** A log that grows. */
export interface MetricsLog {
  /** Adds a line, which reaches the file at the next flush. */
  add(line: LogLine): void;
  /** Writes what was added. */
  flush(): Promise<void>;
  /** Writes what was added and waits until it is on the disk. */
  sync(): Promise<void>;
  /** Writes what was added and closes the file. */
  close(): Promise<void>;
}

/**
 * Opens a log to go on with after a step. Lines of later steps, and a last line that was cut off,
 * are dropped.
 *
 * @param lastStep Number of steps taken; 0 for a new run.
 * @throws {StorageError} If the file cannot be written.
 */
export async function openMetricsLog(path: string, lastStep: number): Promise<MetricsLog> {
  const action = `Cannot write "${path}"`;
  const file = await explained(action, async () => {
    const text = await readOrEmpty(path);
    const kept = linesUpTo(text, lastStep);
    if (kept !== text) await writeFileAtomic(path, kept);
    return await Deno.open(path, { append: true, create: true });
  });
  let waiting = "";
  let open = true;
  const flush = () =>
    explained(action, async () => {
      const bytes = new TextEncoder().encode(waiting);
      waiting = "";
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
    });
  return {
    add: (line) => void (waiting += JSON.stringify(line) + "\n"),
    flush,
    sync: async () => {
      await flush();
      await explained(action, () => file.syncData());
    },
    close: async () => {
      if (!open) return;
      open = false;
      try {
        await flush();
      } finally {
        file.close();
      }
    },
  };
}

/**
 * Reads a log; lines that are cut off or damaged are left out.
 *
 * @returns No lines if there is no such file.
 */
export async function readMetricsLog(path: string): Promise<LogLine[]> {
  const text = await explained(`Cannot read "${path}"`, () => readOrEmpty(path));
  return text.split("\n").map(parseLine).filter((line) => line !== undefined);
}

async function readOrEmpty(path: string): Promise<string> {
  return await ifThere(Deno.readTextFile(path)) ?? "";
}

function linesUpTo(text: string, lastStep: number): string {
  const lines = text.split("\n");
  lines.pop(); // what follows the last line end is empty, or was cut off
  const kept = lines.filter((line) => (parseLine(line)?.step ?? Infinity) <= lastStep);
  return kept.map((line) => line + "\n").join("");
}

function parseLine(line: string): LogLine | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value?.step === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}
