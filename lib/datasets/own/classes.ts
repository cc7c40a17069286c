/**
 * From the labels of the users' own data to classes.
 *
 * @module
 */

import type { TaskSpec } from "../../spec/mod.ts";
import { DataError } from "../../util/mod.ts";

/** Most classes: more of them are a mistake, such as a column of names or of numbers. */
export const mostClasses = 100_000;

/** The classes of a data set. */
export interface Classes {
  readonly task: TaskSpec;
  /** Class of a label that was seen. */
  classOf(label: string): number;
}

/**
 * Numbers the labels: as numbers if all of them are, else as texts, in ascending order.
 *
 * @param id Id of the data set, for the message.
 * @param labels Labels that occur, in any order, each once or more.
 * @returns The classes; undefined if there are fewer than two.
 * @throws {DataError} If there are more than 100,000.
 */
export function numberClasses(id: string, labels: Iterable<string>): Classes | undefined {
  const texts = [...new Set(labels)];
  const areNumbers = texts.every((text) => text.trim() !== "" && Number.isFinite(Number(text)));
  // "1" and "1.0" are one class.
  const nameOf = (text: string) => areNumbers ? String(Number(text)) : text;
  const names = [...new Set(texts.map(nameOf))];
  if (names.length < 2) return undefined;
  if (names.length > mostClasses) throw tooManyClasses(id, String(names.length));
  if (areNumbers) names.sort((a, b) => Number(a) - Number(b));
  else names.sort();
  const numbers = new Map(names.map((name, i) => [name, i]));
  return {
    task: { kind: "single-label", classes: names.length, metric: "accuracy", classNames: names },
    classOf: (label) => numbers.get(nameOf(label))!,
  };
}

/** The error of a data set with too many different labels. */
export function tooManyClasses(id: string, found: string): DataError {
  return new DataError(
    `Cannot tokenize "${id}": it has ${found} different labels, at most ${mostClasses} are wanted`,
  );
}
