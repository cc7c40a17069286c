/**
 * Checks of what a data set declares and appends to a token store.
 *
 * @module
 */

import { type InputSpec, patchCount, sampleShape, type TaskSpec, usualLook } from "../spec/mod.ts";
import { DataError, elementCount, typedArrays } from "../util/mod.ts";
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
    const { look } = column;
    const isDrawable = input.kind === "image" && (look === "bands" || usualLook(input) === "image");
    if (look !== undefined && !isDrawable) {
      throw fail(`the look "${look}" takes images of one or three channels`);
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

/**
 * Checks the elements of one input in rows that follow each other.
 *
 * @param count Number of rows.
 * @param row Number of the first.
 * @param onIncomplete Told of rows that hold a NaN (windows layout only).
 */
export type RowCheck = (
  elements: RowElements,
  count: number,
  row: number,
  onIncomplete: (row: number) => void,
) => void;

/**
 * Makes the check of an input's rows.
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
  return (elements, count, row, onIncomplete) => {
    if (!(elements instanceof expected) || elements.length !== width * count) {
      throw new RangeError(
        `Cannot append row ${row}: ${elements.length} elements in a ${elements.constructor.name} ` +
          `were given, ${width * count} in a ${expected.name} are wanted`,
      );
    }
    if (vocabulary !== undefined) checkTokens(elements, vocabulary, width, row);
    if (dtype === "float32") {
      checkFloats(elements, width, row, layout === "windows" ? onIncomplete : undefined);
    }
  };
}

function checkTokens(elements: RowElements, vocabulary: number, width: number, row: number): void {
  for (let i = 0; i < elements.length; i++) {
    const id = elements[i]!;
    if (id >= 0 && id < vocabulary) continue;
    throw new DataError(
      `Cannot store row ${row + Math.floor(i / width)}: token ${i % width} is ${id}, ` +
        `ids lie in 0..${vocabulary - 1}`,
    );
  }
}

/** Refuses what is not finite; a NaN only if nobody is to be told of its row. */
function checkFloats(
  elements: RowElements,
  width: number,
  row: number,
  onIncomplete: ((row: number) => void) | undefined,
): void {
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i]!;
    // A finite number minus itself is 0; NaN and infinities give NaN.
    if (value - value === 0) continue;
    const at = row + Math.floor(i / width);
    if (onIncomplete === undefined || !Number.isNaN(value)) {
      throw new DataError(
        `Cannot store row ${at}: the value in column ${
          i % width
        } is ${value}, a finite number is wanted`,
      );
    }
    onIncomplete(at);
  }
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
 * Checks the labels of rows that follow each other.
 *
 * @param values `width` numbers a row.
 * @param count Number of rows.
 * @param row Number of the first.
 * @throws {DataError} If a number is no class of the task, or not finite.
 */
export function checkLabels(
  values: ArrayLike<number>,
  task: TaskSpec,
  width: number,
  count: number,
  row: number,
): void {
  if (values.length !== width * count) {
    throw new DataError(
      `Cannot store row ${row}: its label has ${
        values.length / count
      } numbers, ${width} are wanted`,
    );
  }
  const classes = task.kind === "binary" || task.kind === "multi-label" ? 2 : task.classes;
  const isNumber = task.kind === "regression";
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (isNumber ? Number.isFinite(value) : isClass(value, classes, task)) continue;
    const wanted = isNumber ? "a number is wanted" : `classes lie in 0..${classes - 1}`;
    throw new DataError(
      `Cannot store row ${row + Math.floor(i / width)}: its label is ${value}, ${wanted}`,
    );
  }
}

function isClass(value: number, classes: number, { ignoreLabel }: TaskSpec): boolean {
  return (Number.isInteger(value) && value >= 0 && value < classes) || value === ignoreLabel;
}
