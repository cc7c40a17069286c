/**
 * Fluent Speech Commands: what a command asks for.
 *
 * @module
 */

import type { Dataset } from "./dataset.ts";
import { fluentDataset } from "./speech/fluent.ts";

/** Fluent Speech Commands, task `action`. */
export const fluentAction: Dataset = fluentDataset({
  id: "fluent-action",
  column: "action",
  // deno-fmt-ignore
  classNames: ["change language", "activate", "deactivate", "increase", "decrease", "bring"],
});
