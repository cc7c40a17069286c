/**
 * Version of this program, as its manifest states it.
 *
 * @module
 */

import manifest from "../../deno.json" with { type: "json" };

/** Version that is written into every file that this program makes. */
export const programVersion: string = manifest.version;
