/**
 * The head of the DABS backbone, which e-Mix compares samples by: LayerNorm and a linear map.
 *
 * @module
 */

import type { StateDict, Tensor } from "../engine/mod.ts";
import { linear, norm } from "./linear.ts";
import { defaultLinearSpecs, normSpecs, type ParameterSpec } from "./parameter_spec.ts";

/** Parameters `<name>.0.*` of the normalisation and `<name>.1.*` of the map. */
export function projectionHeadSpecs(
  name: string,
  outputs: number,
  width: number,
): ParameterSpec[] {
  return [...normSpecs(`${name}.0`, width), ...defaultLinearSpecs(`${name}.1`, outputs, width)];
}

/** Projects features (N, D) to (N, outputs). */
export function projectionHead(parameters: StateDict, name: string, features: Tensor): Tensor {
  return linear(parameters, `${name}.1`, norm(parameters, `${name}.0`, features));
}
