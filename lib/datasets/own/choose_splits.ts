/**
 * Which samples of the users' own data train and which test.
 *
 * @module
 */

import { randomState, sampleOrder } from "../../reference/mod.ts";
import type { SplitName } from "../../documents/mod.ts";
import { DataError } from "../../util/mod.ts";

/** What is known of the samples. */
export interface SplitSource {
  /** Id of the data set, for messages. */
  readonly id: string;
  readonly samples: number;
  /** Split of a sample as the data name it, if they do. */
  readonly named?: (sample: number) => SplitName | undefined;
  /** Group of a sample, such as a subject: the samples of a group stay together. */
  readonly group?: (sample: number) => string;
}

/** How samples are chosen where the data name no test split. */
export interface SplitChoiceOptions {
  readonly testFraction: number;
  readonly splitSeed: number;
}

/** Samples of each split, and how they were chosen. */
export interface SplitChoice {
  readonly parts: Partial<Readonly<Record<SplitName, Uint32Array<ArrayBuffer>>>>;
  /** A sentence for the notes of the store. */
  readonly note: string;
}

/** Names of folders and values of columns that name a split. */
const splitNames: ReadonlyMap<string, SplitName> = new Map([
  ["train", "train"],
  ["training", "train"],
  ["test", "test"],
  ["testing", "test"],
  ["validation", "validation"],
  ["valid", "validation"],
  ["val", "validation"],
  ["dev", "validation"],
  ["pretrain", "pretrain"],
  ["unlabelled", "pretrain"],
  ["unlabeled", "pretrain"],
]);

/** The split that a word names, such as `val`; undefined for other words. */
export function splitOfWord(word: string): SplitName | undefined {
  return splitNames.get(word.toLowerCase());
}

/**
 * Splits the samples: as the data name it; else whole groups, else samples, are shuffled by
 * `RandomState(seed)` and the last ones test. Named splits stay in the order of the samples.
 *
 * @throws {DataError} If there are too few samples or groups for both parts.
 */
export function chooseSplits(source: SplitSource, options: SplitChoiceOptions): SplitChoice {
  const named = namedParts(source);
  const others = named.get("train") ?? new Uint32Array();
  const parts = Object.fromEntries(named);
  if (named.has("test")) {
    if (others.length > 0) return { parts, note: "Split as the data name it" };
    throw new DataError(
      `Cannot tokenize "${source.id}": all samples are for testing, some for training are wanted`,
    );
  }
  const { group } = source;
  const cut = group === undefined
    ? cutSamples(source.id, others, options)
    : cutGroups(source.id, others, group, options);
  const what = group === undefined ? "samples" : "groups";
  return {
    parts: { ...parts, ...cut },
    note: `Split: ${what} shuffled by RandomState(${options.splitSeed}), the last ` +
      `${Number((100 * options.testFraction).toPrecision(3))} % of the samples for testing` +
      (group === undefined ? "" : " in whole groups"),
  };
}

/** Samples by split; those that the data do not name train. */
function namedParts(
  { samples, named }: SplitSource,
): ReadonlyMap<SplitName, Uint32Array<ArrayBuffer>> {
  const parts = new Map<SplitName, number[]>();
  for (let sample = 0; sample < samples; sample++) {
    const name = named?.(sample) ?? "train";
    const part = parts.get(name);
    if (part === undefined) parts.set(name, [sample]);
    else part.push(sample);
  }
  return new Map([...parts].map(([name, part]) => [name, Uint32Array.from(part)]));
}

type Cut = Record<"train" | "test", Uint32Array<ArrayBuffer>>;

function cutSamples(
  id: string,
  samples: Uint32Array<ArrayBuffer>,
  options: SplitChoiceOptions,
): Cut {
  if (samples.length < 2) throw tooFew(id, `${samples.length} samples`);
  const order = sampleOrder(samples.length, options.splitSeed).map((at) => samples[at]!);
  const test = Math.max(1, Math.floor(options.testFraction * samples.length));
  return { train: order.slice(0, -test), test: order.slice(-test) };
}

function cutGroups(
  id: string,
  samples: Uint32Array<ArrayBuffer>,
  group: (sample: number) => string,
  { testFraction, splitSeed }: SplitChoiceOptions,
): Cut {
  const members = new Map<string, number[]>();
  for (const sample of samples) {
    const name = group(sample);
    const list = members.get(name);
    if (list === undefined) members.set(name, [sample]);
    else list.push(sample);
  }
  const names = [...members.keys()].sort();
  if (names.length < 2) throw tooFew(id, `${names.length} groups`);
  randomState(splitSeed).shuffle(names);
  const wanted = testFraction * samples.length;
  const test: number[] = [];
  let first = names.length;
  do test.push(...members.get(names[--first]!)!); while (first > 1 && test.length < wanted);
  const train = names.slice(0, first).flatMap((name) => members.get(name)!);
  return { train: Uint32Array.from(train), test: Uint32Array.from(test) };
}

function tooFew(id: string, what: string): DataError {
  return new DataError(
    `Cannot tokenize "${id}": it has ${what} for training and testing, at least 2 are wanted`,
  );
}
