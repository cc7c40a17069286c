/**
 * Fluent Speech Commands: where a command applies.
 *
 * @module
 */

import type { Dataset } from "./dataset.ts";
import { fluentDataset } from "./speech/fluent.ts";

/** Fluent Speech Commands, task `location`. */
export const fluentLocation: Dataset = fluentDataset({
  id: "fluent-location",
  column: "location",
  // deno-fmt-ignore
  classNames: ["none", "kitchen", "bedroom", "washroom"],
});
