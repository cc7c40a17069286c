/**
 * Fluent Speech Commands: what a command is about.
 *
 * @module
 */

import type { Dataset } from "./dataset.ts";
import { fluentDataset } from "./speech/fluent.ts";

/** Fluent Speech Commands, task `object`. */
export const fluentObject: Dataset = fluentDataset({
  id: "fluent-object",
  column: "object",
  // deno-fmt-ignore
  classNames: ["none", "music", "lights", "volume", "heat", "lamp", "newspaper", "juice", "socks", "shoes", "Chinese", "Korean", "English", "German"],
});
