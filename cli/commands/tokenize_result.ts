/**
 * What `metamae tokenize` prints about a finished store.
 *
 * @module
 */

import { describeInput } from "../../lib/spec/mod.ts";
import { storeDigest, storeFiles, type StoreManifest } from "../../lib/store/mod.ts";
import {
  formatBytes,
  formatCount,
  formatFacts,
  type JsonDocument,
  shellLine,
} from "../../lib/terminal/mod.ts";

/** A finished store. */
export interface TokenizeResult {
  /** Where it is. */
  readonly out: string;
  readonly manifest: StoreManifest;
  /** Rows that an interrupted run had left. */
  readonly resumedRows: number;
}

/** The result as one document. */
export function tokenizeDocument({ out, manifest, resumedRows }: TokenizeResult): JsonDocument {
  return {
    schema: "metamae/tokenize",
    version: 1,
    store: out,
    dataset: manifest.dataset,
    variant: manifest.variant,
    rows: manifest.rows,
    resumedRows,
    splits: Object.fromEntries(splitCounts(manifest)),
    bytes: storeBytes(manifest),
    digest: storeDigest(manifest),
    notes: manifest.notes,
    counters: manifest.counters,
  };
}

/** The result as text. */
export function tokenizeText({ out, manifest, resumedRows }: TokenizeResult): string {
  const facts = formatFacts([
    ["store", out],
    [
      "samples",
      splitCounts(manifest).map(([name, count]) => `${formatCount(count)} ${name}`).join(", "),
    ],
    ["input", manifest.inputs.map(describeInput).join(" + ")],
    ["size", formatBytes(storeBytes(manifest))],
    ...resumedRows === 0
      ? []
      : [["resumed", `${formatCount(resumedRows)} rows were there`] as const],
  ]);
  const counted = Object.entries(manifest.counters)
    .map(([name, count]) => `${name}: ${formatCount(count)}`);
  const remarks = [...manifest.notes, ...counted].map((remark) => `- ${remark}`);
  const next = `Next: ${shellLine(["metamae", "inspect", out])}`;
  return [facts, ...(remarks.length === 0 ? [] : ["", ...remarks]), "", next].join("\n");
}

function splitCounts(manifest: StoreManifest): readonly (readonly [string, number])[] {
  return Object.entries(manifest.splits).map(([name, { count }]) => [name, count]);
}

function storeBytes(manifest: StoreManifest): number {
  return storeFiles(manifest).reduce((sum, { bytes }) => sum + bytes, 0);
}
