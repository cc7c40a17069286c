/**
 * What a recording consists of: operations and the values between them.
 *
 * @module
 */

import type { OpAttribute } from "../native/attributes.ts";
import type { HostValues } from "../native/tensors.ts";

/** Static type of a value: element type (as TensorFlow numbers it) and shape. */
export interface ValueType {
  readonly dataType: number;
  readonly shape: readonly number[];
}

/** One output of one operation in a recording. */
export interface Value extends ValueType {
  readonly operation: Operation;
  /** Which output of the operation. */
  readonly output: number;
}

/** One operation in a recording. */
export interface Operation {
  /** TensorFlow's name of the operation; `Input` and `Const` stand for themselves. */
  readonly name: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Values of a `Const`. */
  readonly values?: HostValues;
}
