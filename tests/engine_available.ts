/**
 * Whether tests that need libtensorflow can run here: `Deno.test({ ignore: !tensorflowAvailable, ... })`.
 *
 * @module
 */

import { findLibtensorflow } from "../lib/engine/install/locate.ts";

/** True where a libtensorflow is found, by `METAMAE_LIBTENSORFLOW` or in the cache folder. */
export const tensorflowAvailable: boolean = findLibtensorflow().found !== undefined;
