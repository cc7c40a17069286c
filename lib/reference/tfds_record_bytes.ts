/**
 * Size of the records that TensorFlow Datasets writes, which decides into how many files it cuts a
 * split.
 *
 * A record is a `tf.train.Example`: a protocol buffer that maps names to lists of values.
 *
 * @module
 */

/** Values of a feature: a text of some bytes, or one number. */
export type TfdsFeature = { readonly textBytes: number } | "float" | "small integer";

/**
 * Bytes of one record, without the frame that the file format puts around it.
 *
 * @example
 * ```ts
 * import { tfdsRecordBytes } from "./tfds_record_bytes.ts";
 * console.assert(tfdsRecordBytes({ label: "small integer" }) === 18);
 * ```
 *
 * @param features Features by name; an integer is small if it is below 128.
 */
export function tfdsRecordBytes(features: Readonly<Record<string, TfdsFeature>>): number {
  let total = 0;
  for (const [name, feature] of Object.entries(features)) {
    const list = field(listBytes(feature));
    total += field(field(name.length) + field(list));
  }
  return field(total);
}

function listBytes(feature: TfdsFeature): number {
  if (feature === "float") return field(4);
  return feature === "small integer" ? field(1) : field(feature.textBytes);
}

/** A field of some bytes, with its tag and its length in front. */
function field(bytes: number): number {
  let lengthBytes = 1;
  for (let rest = bytes >>> 7; rest > 0; rest >>>= 7) lengthBytes++;
  return 1 + lengthBytes + bytes;
}
