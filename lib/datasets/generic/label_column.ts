/**
 * Labels that may be classes or numbers: what they are shows when all of them were seen.
 *
 * @module
 */

import { mostClasses } from "./classes.ts";
import { createTexts } from "./texts.ts";

/** Gathers labels, one a row. */
export interface LabelColumn {
  readonly length: number;
  /** The different texts; undefined if there are more than classes may be. */
  readonly names: readonly string[] | undefined;
  /** A label that is no finite number; undefined if there is none. */
  readonly wrong: string | undefined;
  /** Number of a row's label among the names, while these are there. */
  idOf(row: number): number;
  /** A row's label as a number; NaN if it is none. */
  numberOf(row: number): number;
  add(text: string): void;
}

/** Starts to gather: texts are given up as soon as they are too many, so that memory stays flat. */
export function createLabelColumn(): LabelColumn {
  let texts: ReturnType<typeof createTexts> | undefined = createTexts();
  let numbers = new Float64Array(1024);
  let length = 0;
  let wrong: string | undefined;
  return {
    get length() {
      return length;
    },
    get names() {
      return texts?.names;
    },
    get wrong() {
      return wrong;
    },
    idOf: (row) => texts!.idOf(row),
    numberOf: (row) => numbers[row]!,
    add: (text) => {
      texts?.add(text);
      if (texts !== undefined && texts.count > mostClasses) texts = undefined;
      if (length === numbers.length) {
        const longer = new Float64Array(2 * length);
        longer.set(numbers);
        numbers = longer;
      }
      const value = Number(text);
      if (!Number.isFinite(value)) wrong ??= text;
      numbers[length++] = value;
    },
  };
}
