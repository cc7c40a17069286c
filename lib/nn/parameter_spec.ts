/**
 * Descriptions of parameters: names, shapes and how each one starts.
 *
 * @module
 */

/** How a parameter starts. Uniform and normal draws are keyed by the seed and the name. */
export type Initializer =
  | { readonly kind: "uniform"; readonly bound: number }
  | { readonly kind: "normal"; readonly deviation: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "fixed"; readonly values: Float32Array<ArrayBuffer> };

/** Name, shape and start of one entry of the state dict. */
export interface ParameterSpec {
  /** Name in the published checkpoints, such as `encoder.0.attn.qkv.weight`. */
  readonly name: string;
  /** Sizes of the axes, outermost first; empty for a scalar. */
  readonly shape: readonly number[];
  /** Whether the optimizer updates it; position tables and running statistics are not trainable. */
  readonly trainable: boolean;
  /** How the first values are drawn. */
  readonly initializer: Initializer;
  /** Element type in checkpoints; float32 inside the engine. */
  readonly dtype?: "float32" | "int64";
}

/** A trainable parameter. */
export function trainable(
  name: string,
  shape: readonly number[],
  initializer: Initializer,
): ParameterSpec {
  return { name, shape, trainable: true, initializer };
}

/** A table that the optimizer leaves alone. */
export function fixed(
  name: string,
  shape: readonly number[],
  values: Float32Array<ArrayBuffer>,
): ParameterSpec {
  return { name, shape, trainable: false, initializer: { kind: "fixed", values } };
}

/** Every element starts at one value. */
export function constant(value: number): Initializer {
  return { kind: "constant", value };
}

/** Xavier uniform on an (out, in) matrix: bound sqrt(6 / (in + out)). */
export function xavier(outputs: number, inputs: number): Initializer {
  return { kind: "uniform", bound: Math.sqrt(6 / (inputs + outputs)) };
}

/** The default of the reference's library: uniform within 1 / sqrt(in). */
export function fanIn(inputs: number): Initializer {
  return { kind: "uniform", bound: 1 / Math.sqrt(inputs) };
}

/** Weight (out, in) and bias (out) of a linear map; Xavier and zeros unless given. */
export function linearSpecs(
  name: string,
  outputs: number,
  inputs: number,
  start: { readonly weight?: Initializer; readonly bias?: Initializer } = {},
): ParameterSpec[] {
  return [
    trainable(`${name}.weight`, [outputs, inputs], start.weight ?? xavier(outputs, inputs)),
    trainable(`${name}.bias`, [outputs], start.bias ?? constant(0)),
  ];
}

/** Weight (outputs, inputs) and bias of a linear map as the reference's library starts them. */
export function defaultLinearSpecs(name: string, outputs: number, inputs: number): ParameterSpec[] {
  return linearSpecs(name, outputs, inputs, { weight: fanIn(inputs), bias: fanIn(inputs) });
}

/** Weight and bias (width) of a layer normalisation: ones and zeros. */
export function normSpecs(name: string, width: number): ParameterSpec[] {
  return [
    trainable(`${name}.weight`, [width], constant(1)),
    trainable(`${name}.bias`, [width], constant(0)),
  ];
}
