/**
 * The methods of self-supervised learning, and their registry.
 *
 * @module
 */

export { metamaeOptions } from "./metamae.ts";
export {
  type AdaptationOptions,
  anyMethod,
  type Architecture,
  type BackboneName,
  type Dropout,
  type Initializer,
  type Method,
  type Model,
  type Objective,
  type ObjectiveContext,
  type ParameterSpec,
  type Reconstruction,
  type StepProfile,
} from "./method.ts";
export { findMethod, methods } from "./registry.ts";
