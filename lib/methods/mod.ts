/**
 * The methods of self-supervised learning, and their registry.
 *
 * @module
 */

export { metamaeOptions } from "./metamae.ts";
export type {
  AdaptationOptions,
  Architecture,
  BackboneName,
  Dropout,
  Initializer,
  Method,
  Model,
  Objective,
  ObjectiveContext,
  ParameterSpec,
  StepProfile,
} from "./method.ts";
export { anyMethod } from "./method.ts";
export { findMethod, methods } from "./registry.ts";
