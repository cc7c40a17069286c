/**
 * From lines of `HIGGS.csv` to features and labels: the job of the data set's workers.
 *
 * @module
 */

import { parseFloatRows } from "../../formats/table/mod.ts";
import type { LineBlock } from "../../formats/text/mod.ts";
import { createWorkerPool, DataError, type WorkerPool } from "../../util/mod.ts";

/** Columns of the file behind the label. */
// deno-fmt-ignore
const fileColumns = [
  "lepton_pT", "lepton_eta", "lepton_phi", "missing_energy_magnitude", "missing_energy_phi",
  "jet_1_pt", "jet_1_eta", "jet_1_phi", "jet_1_b-tag", "jet_2_pt", "jet_2_eta", "jet_2_phi",
  "jet_2_b-tag", "jet_3_pt", "jet_3_eta", "jet_3_phi", "jet_3_b-tag", "jet_4_pt", "jet_4_eta",
  "jet_4_phi", "jet_4_b-tag", "m_jj", "m_jjj", "m_lv", "m_jlv", "m_bb", "m_wbb", "m_wwbb",
];

/** The features in the order in which the model gets them: the alphabetical one. */
export const higgsFeatures: readonly string[] = fileColumns.toSorted();

const columns = 1 + fileColumns.length;
const sources = Int32Array.from(higgsFeatures, (name) => 1 + fileColumns.indexOf(name));

/** Lines of the file. */
export interface HiggsInput extends LineBlock {
  /** Name for messages. */
  readonly name: string;
}

/** Rows of the file. */
export interface HiggsRows {
  /** The features in alphabetical order: (rows, 28). */
  readonly features: Float32Array<ArrayBuffer>;
  /** 1 for signal and 0 for background. */
  readonly labels: Uint8Array<ArrayBuffer>;
}

/**
 * Reads rows: numbers are rounded to doubles and then to float32, as the references do.
 *
 * @throws {DataError} If a row is ragged or holds something else than numbers, or a label is neither
 * 0 nor 1; the message has the line and the column.
 */
export function parseHiggsRows({ name, ...block }: HiggsInput): HiggsRows {
  const { rows, values } = parseFloatRows(block, { name, columns, separator: "comma" });
  const features = new Float32Array(rows * sources.length);
  const labels = new Uint8Array(rows);
  const fail = (row: number, column: number, wanted: string) =>
    new DataError(
      `Cannot read "${name}": line ${block.firstLine + row} has ${
        values[row * columns + column]
      } ` +
        `in column ${column + 1}, ${wanted} is wanted`,
    );
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const label = values[start]!;
    if (label !== 0 && label !== 1) throw fail(row, 0, "0 or 1");
    labels[row] = label;
    for (let feature = 0; feature < sources.length; feature++) {
      const value = values[start + sources[feature]!]!;
      if (value !== value) throw fail(row, sources[feature]!, "a finite number");
      features[row * sources.length + feature] = value;
    }
  }
  return { features, labels };
}

/** Reads rows on all cores. */
export function createHiggsPool(
  options: { readonly workers?: number } = {},
): WorkerPool<HiggsInput, HiggsRows> {
  const module = new URL("./rows_worker.ts", import.meta.url);
  return createWorkerPool({ module, job: parseHiggsRows, ...options });
}
