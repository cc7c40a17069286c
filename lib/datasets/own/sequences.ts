/**
 * Stores samples that are rows of token ids: what `fasta` and `text` have in common.
 *
 * @module
 */

import type { SplitName, StoreDtype } from "../../documents/mod.ts";
import { listParts, type RowElements } from "../../store/mod.ts";
import { DataError } from "../../util/mod.ts";
import type { Conversion } from "../conversion/dataset.ts";
import { chooseSplits, type SplitChoiceOptions } from "./choose_splits.ts";
import { numberClasses } from "./classes.ts";
import { ownShape } from "./own_data.ts";
import { createTexts } from "./texts.ts";

/** One sample. */
export interface Sequence {
  readonly ids: RowElements;
  /** Class; undefined if the data name none. */
  readonly label: string | undefined;
  readonly split: SplitName | undefined;
  /** Samples of one group stay in one split; undefined if samples are independent. */
  readonly group: string | undefined;
}

/** All samples of a data set; read twice. */
export interface SequenceSource {
  readonly vocabulary: number;
  readonly length: number;
  /** Type of the ids. */
  readonly dtype: StoreDtype;
  read(): AsyncIterable<Sequence>;
  /** What a sample is called in the progress, such as `windows`. */
  readonly what: string;
}

/**
 * Reads the samples once for labels and splits, and once more to store them.
 *
 * @throws {DataError} If there are none.
 */
export async function convertSequences(
  source: SequenceSource,
  options: SplitChoiceOptions,
  run: Conversion,
): Promise<void> {
  const { vocabulary, length, dtype, what } = source;
  const { id, writer } = run;
  const [labels, splits, groups] = [createTexts(), createTexts(), createTexts()];
  let samples = 0;
  let isLabelled = true;
  for await (const { label, split, group } of source.read()) {
    labels.add(label ?? "");
    splits.add(split ?? "");
    if (group !== undefined) groups.add(group);
    isLabelled &&= label !== undefined;
    if (++samples % 4096 === 0) step(run, samples, undefined, `${what} counted`);
  }
  if (samples === 0) throw new DataError(`Cannot tokenize "${id}": it has no ${what}`);
  const classes = isLabelled ? numberClasses(id, labels.names) : undefined;
  if (classes === undefined) run.warn("The data name no classes: the store has no labels");
  const { parts, note } = chooseSplits({
    id,
    samples,
    named: (sample) => (splits.names[splits.idOf(sample)] || undefined) as SplitName | undefined,
    ...(groups.length === samples ? { group: (i) => String(groups.idOf(i)) } : {}),
  }, options);

  run.declare([{ dtype }], {
    shape: ownShape({ kind: "tokens", vocabulary, length }, classes?.task),
  });
  let row = 0;
  for await (const { ids, label } of source.read()) {
    await writer.append([ids], classes?.classOf(label!));
    if (++row % 4096 === 0) step(run, row, samples, what);
  }
  step(run, row, samples, what);
  listParts(parts, run, writer);
  writer.note(note);
}

function step(
  { signal, progress }: Conversion,
  done: number,
  total: number | undefined,
  what: string,
): void {
  signal.throwIfAborted();
  progress(done, total, what);
}
