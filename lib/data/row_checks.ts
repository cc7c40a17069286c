/**
 * Checks of what a data set declares and appends to a token store.
 *
 * @module
 */

import { type InputSpec, patchCount, sampleShape } from "../spec/input.ts";
import type { TaskSpec } from "../spec/task.ts";
import { DataError } from "../util/errors.ts";
import { elementCount, typedArrays } from "../util/ndarray.ts";
import type { ColumnOptions, RowElements, StoreDeclaration } from "./store_writer.ts";

/** Elements of one stored row of an input. */
export function rowWidth(input: InputSpec, layout: StoreDeclaration["layout"]): number {
  return layout === "windows" && input.kind === "series"
    ? input.channels
    : elementCount(sampleShape(input));
}

/** Rows that one sample takes. */
export function windowLength(
  layout: StoreDeclaration["layout"],
  [input]: readonly InputSpec[],
): number {
  return layout === "windows" && input?.kind === "series" ? input.length : 1;
}

/** Channels for which an input may have a mean and a deviation of their own. */
export function channelCount(input: InputSpec): number {
  switch (input.kind) {
    case "series":
    case "image":
      return input.channels;
    case "tabular":
      return input.features;
    case "tokens":
      return 1;
  }
}

/**
 * Checks a declaration.
 *
 * @throws {RangeError} If the columns do not fit the inputs: a mistake of the data set's author.
 */
export function checkDeclaration({ inputs, columns, layout }: StoreDeclaration): void {
  const fail = (problem: string) => new RangeError(`Cannot declare the store: ${problem}`);
  if (inputs.length === 0 || inputs.length !== columns.length) {
    throw fail(`${inputs.length} inputs have ${columns.length} columns`);
  }
  inputs.forEach((input, i) => {
    const column = columns[i]!;
    if (layout === "windows" && (input.kind !== "series" || inputs.length > 1)) {
      throw fail("the windows layout takes one input of kind series");
    }
    if (input.kind === "tokens" && column.dtype === "float32") {
      throw fail(`tokens cannot be stored as ${column.dtype}`);
    }
    checkNormalisation(input, column, fail);
  });
}

function checkNormalisation(
  input: InputSpec,
  { scale, divisor, mean, deviation }: ColumnOptions,
  fail: (problem: string) => RangeError,
): void {
  if (input.kind === "tokens" && (scale ?? divisor ?? mean ?? deviation) !== undefined) {
    throw fail("tokens cannot be normalised");
  }
  if (scale !== undefined && divisor !== undefined) throw fail("it has a scale and a divisor");
  const channels = channelCount(input);
  for (const values of [mean, deviation]) {
    if (values !== undefined && values.length !== 1 && values.length !== channels) {
      throw fail(`${values.length} means or deviations are given for ${channels} channels`);
    }
  }
  const numbers = [scale ?? 1, divisor ?? 1, ...(deviation ?? [])];
  if (
    numbers.some((value) => value === 0) || ![...numbers, ...(mean ?? [])].every(Number.isFinite)
  ) {
    throw fail("a scale, divisor, mean or deviation is zero or not finite");
  }
}

/** Checks the elements of one input in one row. */
export type RowCheck = (elements: RowElements, row: number) => "complete" | "incomplete";

/**
 * Makes the check of an input's rows. A row is `incomplete` if it holds a NaN (windows layout only).
 *
 * @throws {RangeError} From the check: if the typed array is of another type or length.
 * @throws {DataError} From the check: if a value is not finite or no id of the vocabulary.
 */
export function createRowCheck(
  input: InputSpec,
  { dtype }: ColumnOptions,
  layout: StoreDeclaration["layout"],
): RowCheck {
  const width = rowWidth(input, layout);
  const expected = typedArrays[dtype];
  const vocabulary = input.kind === "tokens" ? input.vocabulary : undefined;
  return (elements, row) => {
    if (!(elements instanceof expected) || elements.length !== width) {
      throw new RangeError(
        `Cannot append row ${row}: ${elements.length} elements in a ${elements.constructor.name} ` +
          `were given, ${width} in a ${expected.name} are wanted`,
      );
    }
    if (vocabulary !== undefined) checkTokens(elements, vocabulary, row);
    return dtype === "float32" ? checkFloats(elements, layout, row) : "complete";
  };
}

function checkTokens(elements: RowElements, vocabulary: number, row: number): void {
  for (let i = 0; i < elements.length; i++) {
    const id = elements[i]!;
    if (id >= 0 && id < vocabulary) continue;
    throw new DataError(
      `Cannot store row ${row}: token ${i} is ${id}, ids lie in 0..${vocabulary - 1}`,
    );
  }
}

function checkFloats(elements: RowElements, layout: StoreDeclaration["layout"], row: number) {
  let complete = true;
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i]!;
    // A finite number minus itself is 0; NaN and infinities give NaN.
    if (value - value === 0) continue;
    if (layout === "rows" || !Number.isNaN(value)) {
      throw new DataError(
        `Cannot store row ${row}: the value in column ${i} is ${value}, a finite number is wanted`,
      );
    }
    complete = false;
  }
  return complete ? "complete" : "incomplete";
}

/** How the labels of a task are stored. */
export interface LabelLayout {
  readonly dtype: "int32" | "float32";
  /** Numbers a row. */
  readonly width: number;
  /** What is stored where a row has no label. */
  readonly missing: number;
}

/** Layout of the labels of a task. */
export function labelLayout(task: TaskSpec, inputs: readonly InputSpec[]): LabelLayout {
  switch (task.kind) {
    case "single-label":
    case "binary":
      return { dtype: "int32", width: 1, missing: -1 };
    case "multi-label":
      return { dtype: "int32", width: task.classes, missing: -1 };
    case "regression":
      return { dtype: "float32", width: 1, missing: NaN };
    case "per-token":
      return { dtype: "int32", width: patchCount(inputs[0]!), missing: -1 };
  }
}

/**
 * Checks the label of a row.
 *
 * @returns The label as the numbers that are stored.
 * @throws {DataError} If a number is no class of the task, or not finite.
 */
export function checkLabel(
  label: number | ArrayLike<number>,
  task: TaskSpec,
  width: number,
  row: number,
): ArrayLike<number> {
  const values = typeof label === "number" ? [label] : label;
  if (values.length !== width) {
    throw new DataError(
      `Cannot store row ${row}: its label has ${values.length} numbers, ${width} are wanted`,
    );
  }
  const classes = task.kind === "binary" || task.kind === "multi-label" ? 2 : task.classes;
  for (let i = 0; i < width; i++) {
    const value = values[i]!;
    if (task.kind === "regression") {
      if (Number.isFinite(value)) continue;
      throw new DataError(`Cannot store row ${row}: its label is ${value}, a number is wanted`);
    }
    if (Number.isInteger(value) && value >= 0 && value < classes) continue;
    if (task.ignoreLabel !== undefined && value === task.ignoreLabel) continue;
    throw new DataError(
      `Cannot store row ${row}: its label is ${value}, classes lie in 0..${classes - 1}`,
    );
  }
  return values;
}
