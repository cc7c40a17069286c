/**
 * Asking for a garbage collection where much has become garbage at once.
 *
 * @module
 */

import v8 from "node:v8";
import vm from "node:vm";

let collect: (() => void) | undefined;

/**
 * Frees what JavaScript no longer reaches. The runtime itself waits until its heap has grown by a multiple,
 * which is hundreds of megabytes after a large function was traced. Takes 10 to 25 milliseconds.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    v8.setFlagsFromString("--expose-gc");
    collect = vm.runInNewContext("gc") as () => void;
  }
  collect();
}
