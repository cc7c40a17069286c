/**
 * Names the splits of a data set by its parts, some of which may be empty in an excerpt.
 *
 * @module
 */

import type { SplitName } from "../documents/mod.ts";
import type { StoreWriter } from "./store_writer.ts";

/** Lists every part; an empty one is left out, with a warning and a note. */
export function listParts(
  parts: Readonly<Partial<Record<SplitName, ArrayLike<number>>>>,
  listener: { warn(message: string): void },
  writer: Pick<StoreWriter, "list" | "note">,
): void {
  for (const [name, rows] of Object.entries(parts) as [SplitName, ArrayLike<number>][]) {
    if (rows.length > 0) {
      writer.list(name, rows);
      continue;
    }
    const text = `The split "${name}" is left out: there are too few rows for one of it`;
    listener.warn(text);
    writer.note(text);
  }
}
