/**
 * Which of Pfam's validation domains the references transfer to.
 *
 * @module
 */

import { sampleOrder } from "../../reference/mod.ts";

const transferRows = 200_000;

/**
 * Positions in the validation list: the last 200,000 after pandas' shuffle, or all of a shorter list.
 *
 * @param domains Length of the list.
 */
export function transferDomains(domains: number): Uint32Array<ArrayBuffer> {
  return sampleOrder(domains).slice(Math.max(0, domains - transferRows));
}
