/**
 * The settings that steps are measured at: real inputs with their published batches, as data.
 *
 * @module
 */

import type { InputSpec } from "../../lib/spec/mod.ts";
import type { ColumnOptions } from "../../lib/store/mod.ts";
import { lookUp } from "../../lib/util/mod.ts";

/** A step that is measured. */
export interface MeasuredMethod {
  /** Name on the command line. */
  readonly name: string;
  /** Id in the registry. */
  readonly method: string;
  /** Options at a setting; the others have their defaults. */
  readonly options: (setting: BenchSetting) => Readonly<Record<string, unknown>>;
  /** Name of the same step whose inner gradient is a constant, where there is one. */
  readonly firstOrder?: string;
}

const metamaeAt = (firstOrder: boolean) => ({ maskRatio, contrastWeight }: BenchSetting) => ({
  maskRatio,
  contrastWeight,
  firstOrder,
});

/** The steps that are measured. */
export const measuredMethods: readonly MeasuredMethod[] = [
  { name: "mae", method: "mae", options: ({ maskRatio }) => ({ maskRatio }) },
  {
    name: "metamae",
    method: "metamae",
    options: metamaeAt(false),
    firstOrder: "metamae-first-order",
  },
  { name: "metamae-first-order", method: "metamae", options: metamaeAt(true) },
];

/** A measured step by its name. */
export function measuredMethod(name: string): MeasuredMethod {
  return lookUp("method", name, new Map(measuredMethods.map((one) => [one.name, one])));
}

/** What a step works on. */
export interface BenchSetting {
  /** Id of the data set that it is taken from. */
  readonly id: string;
  readonly input: InputSpec;
  readonly maskRatio: number;
  readonly contrastWeight: number;
  /** Batch sizes that are measured unless others are asked for. */
  readonly batchSizes: readonly number[];
  /** How the data set keeps its samples on the disk. */
  readonly storage: { readonly layout: "rows" | "windows"; readonly column: ColumnOptions };
  /**
   * Seconds that a step of the published code took, by method and batch size: float32 at the preset
   * `paper` on two cores with AVX-512, two threads, the heap kept between steps.
   */
  readonly published: Readonly<Record<string, Readonly<Record<number, number>>>>;
}

/** All settings. */
export const settings: readonly BenchSetting[] = [
  {
    id: "pamap2",
    input: { kind: "series", channels: 52, length: 320, patch: 5 },
    maskRatio: 0.85,
    contrastWeight: 1,
    batchSizes: [64, 256],
    storage: { layout: "windows", column: { dtype: "float32" } },
    published: {
      "metamae": { 64: 0.636, 256: 2.5 },
      "metamae-first-order": { 256: 1.61 },
      "mae": { 256: 1.26 },
    },
  },
  {
    id: "genomics",
    input: { kind: "tokens", vocabulary: 4, length: 250 },
    maskRatio: 0.5,
    contrastWeight: 0.1,
    batchSizes: [32],
    storage: { layout: "rows", column: { dtype: "uint8" } },
    published: {
      "metamae": { 32: 2.62 },
      "metamae-first-order": { 32: 1.94 },
      "mae": { 32: 1.67 },
    },
  },
  {
    id: "eurosat",
    input: { kind: "image", channels: 13, height: 64, width: 64, patch: 8 },
    maskRatio: 0.85,
    contrastWeight: 0.1,
    batchSizes: [64],
    storage: {
      layout: "rows",
      column: {
        dtype: "uint16",
        mean: new Array<number>(13).fill(1000),
        deviation: new Array<number>(13).fill(500),
      },
    },
    published: {
      "metamae": { 64: 0.72 },
      "metamae-first-order": { 64: 0.48 },
      "mae": { 64: 0.38 },
    },
  },
];
