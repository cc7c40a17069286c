/**
 * A token store of invented samples, in the layout of a setting's data set.
 *
 * @module
 */

import { type InputSpec, sampleShape } from "../../lib/spec/mod.ts";
import { createStore, type RowElements } from "../../lib/store/mod.ts";
import { drawKey, elementCount, integer, normals, programVersion } from "../../lib/util/mod.ts";
import type { BenchSetting } from "./settings.ts";

/** Bytes of an element on the disk. */
const elementBytes: Readonly<Record<string, number>> = { float32: 4, uint16: 2, uint8: 1 };

/** Rows that are drawn; they are repeated until the store has its size. */
const drawnRows = 64;

/**
 * Writes a store with about that many bytes of samples, and no fewer samples than `atLeast`.
 *
 * @returns The number of samples.
 * @throws {StorageError} If the disk is full or cannot be written.
 */
export async function createInventedStore(
  folder: string,
  { id, input, storage: { layout, column } }: BenchSetting,
  options: { readonly bytes: number; readonly atLeast: number },
): Promise<number> {
  const isWindows = layout === "windows" && input.kind === "series";
  const width = isWindows ? input.channels : elementCount([...sampleShape(input)]);
  const more = isWindows ? input.length : 1;
  const wanted = Math.ceil(options.bytes / (width * elementBytes[column.dtype]!));
  const blocks = Math.ceil(Math.max(wanted, options.atLeast + more) / drawnRows);
  const block = drawnBlock(input, column.dtype, drawnRows * width);
  const samples = blocks * drawnRows - more + 1;
  const about = { dataset: id, variant: "invented", title: "Invented samples" };
  await createStore(folder, { ...about, writerVersion: programVersion }, async (writer) => {
    writer.declare({ inputs: [input], layout, columns: [column], defaults: { batchSize: 64 } });
    for (let i = 0; i < blocks; i++) await writer.appendRows(drawnRows, [block]);
    if (isWindows) writer.drawn("pretrain", samples, [[0, samples]]);
    else writer.list("pretrain", Uint32Array.from({ length: samples }, (_, i) => i));
  });
  return samples;
}

function drawnBlock(input: InputSpec, dtype: string, size: number): RowElements {
  const key = drawKey(0, "invented store");
  if (dtype === "float32") return normals(key, size);
  const bound = input.kind === "tokens" ? input.vocabulary : 2000;
  const values = Array.from({ length: size }, (_, i) => integer(key, i, bound));
  return dtype === "uint16" ? Uint16Array.from(values) : Uint8Array.from(values);
}
