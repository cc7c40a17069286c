/**
 * A store writer that keeps everything in memory, for tests of single data sets.
 *
 * It checks what the real one relies on: declared shapes, row widths, indices in range.
 *
 * @module
 */

import {
  type ConversionOptions,
  createConversion,
  type Dataset,
  variantOf,
} from "../../lib/datasets/conversion/dataset.ts";
import type { RowElements, StoreDeclaration, StoreWriter } from "../../lib/store/store_writer.ts";
import { createRowSet, startsAvoiding } from "../../lib/store/row_set.ts";
import type { SplitName } from "../../lib/documents/store_manifest.ts";
import { elementCount } from "../../lib/util/ndarray.ts";
import { sampleShape } from "../../lib/spec/input.ts";
import { assert, assertEquals } from "../assert.ts";

/** What a data set wrote. */
export interface MemoryStore {
  declaration: StoreDeclaration;
  /** Rows of every input. */
  readonly rows: RowElements[][];
  readonly labels: (number | readonly number[] | undefined)[];
  readonly lists: Partial<Record<SplitName, number[]>>;
  readonly drawn: Partial<
    Record<SplitName, { count: number; ranges: readonly (readonly [number, number])[] }>
  >;
  readonly notes: string[];
  readonly counters: Record<string, number>;
  readonly warnings: string[];
}

/** What a conversion is asked for, and the name of the variant. */
export type MemoryOptions = Partial<ConversionOptions> & { readonly variant?: string };

/** Runs a data set against a store in memory. */
export async function tokenizeToMemory(
  dataset: Dataset,
  { variant, ...overrides }: MemoryOptions = {},
): Promise<MemoryStore> {
  let declaration: StoreDeclaration | undefined;
  const store: Omit<MemoryStore, "declaration"> = {
    rows: [],
    labels: [],
    lists: {},
    drawn: {},
    notes: [],
    counters: {},
    warnings: [],
  };
  const widths = (declared: StoreDeclaration) =>
    declared.inputs.map((input) => {
      if (declared.layout === "rows") return elementCount(sampleShape(input));
      assert(input.kind === "series");
      return input.channels;
    });
  const writer: StoreWriter = {
    declare(declared) {
      assertEquals(declaration, undefined, "declare() must be called once");
      assertEquals(declared.columns.length, declared.inputs.length);
      declaration = declared;
    },
    append(inputs, label) {
      assert(declaration !== undefined, "declare() must come before append()");
      assertEquals(inputs.map((values) => values.length), widths(declaration));
      store.rows.push(inputs.map((values) => values.slice()));
      store.labels.push(typeof label === "object" ? Array.from(label) : label);
      return Promise.resolve(store.rows.length - 1);
    },
    async appendRows(count, inputs, labels) {
      const first = store.rows.length;
      const part = (values: RowElements, i: number) =>
        values.subarray(i * values.length / count, (i + 1) * values.length / count);
      for (let i = 0; i < count; i++) {
        await writer.append(inputs.map((values) => part(values, i)), labels && part(labels, i));
      }
      return first;
    },
    keptJobs: 0,
    isKept: false,
    async job(_key, work) {
      const row = store.rows.length;
      const before = { ...store.counters };
      await work();
      const counts = Object.entries(store.counters).map(([name, n]) =>
        [name, n - (before[name] ?? 0)] as const
      );
      return {
        row,
        rows: store.rows.length - row,
        counts: Object.fromEntries(counts.filter(([, n]) => n !== 0)),
      };
    },
    once: (_name, work) => work(),
    list(split, indices) {
      assertEquals(store.lists[split], undefined, `split "${split}" must be named once`);
      store.lists[split] = Array.from(indices);
      for (const index of store.lists[split]) assert(index >= 0 && index < store.rows.length);
    },
    drawn(split, count, ranges) {
      store.drawn[split] = { count, ranges };
      for (const [first, starts] of ranges) {
        assert(starts > 0 && first >= 0 && first + starts <= store.rows.length);
      }
    },
    validStarts: (first, starts) => {
      const incomplete = createRowSet();
      store.rows.forEach(([values], row) => {
        if (values!.some(Number.isNaN)) incomplete.add(row);
      });
      const [input] = declaration!.inputs;
      assert(input?.kind === "series");
      return startsAvoiding(incomplete, first, starts, input.length);
    },
    note: (text) => void store.notes.push(text),
    count: (name, amount = 1) => {
      store.counters[name] = (store.counters[name] ?? 0) + amount;
    },
  };
  const options: ConversionOptions = {
    raw: undefined,
    limit: undefined,
    options: {},
    progress: () => {},
    warn: (message) => void store.warnings.push(message),
    signal: new AbortController().signal,
    ...overrides,
  };
  await dataset.convert(createConversion(dataset, variantOf(dataset, variant), options, writer));
  assert(declaration !== undefined, "declare() must be called");
  return { ...store, declaration };
}

/** The float32 values of a window of `length` rows, transposed to (channels, length). */
export function windowOf(store: MemoryStore, start: number, length: number): number[] {
  const channels = store.rows[start]![0]!.length;
  return Array.from(
    { length: channels * length },
    (_, k) => store.rows[start + k % length]![0]![Math.floor(k / length)]!,
  );
}
