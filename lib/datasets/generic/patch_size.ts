/**
 * The patch that the users' own images and series are cut into where they name none.
 *
 * @module
 */

import { UsageError } from "../../util/mod.ts";

/**
 * Checks a patch, or finds one that divides all sides: for images 16 from 112 pixels on and else 4, as
 * the published settings have them, or the nearest that divides; for series up to 8 steps.
 *
 * @param id Id of the data set, for the message.
 * @param sides Height and width, or the steps of a series.
 * @throws {UsageError} If the given patch does not divide a side.
 */
export function patchSize(
  id: string,
  sides: readonly number[],
  given: number | undefined,
): number {
  const divides = (patch: number) => sides.every((side) => side % patch === 0);
  if (given === undefined) {
    const isLarge = sides.length > 1 && sides.every((side) => side >= 112);
    const known = sides.length === 1
      ? [8, 7, 6, 5, 4, 3, 2]
      : [...(isLarge ? [16, 14, 8] : []), 4, 5, 3, 6, 7, 2];
    return known.find(divides) ?? 1;
  }
  if (divides(given)) return given;
  throw new UsageError(
    `Cannot use the options of "${id}": ${sides.join(" x ")} is no multiple of the patch ${given}`,
    { hint: "Use another --patch, or another size" },
  );
}
