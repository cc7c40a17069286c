/**
 * Position tables against recorded ones.
 *
 * @module
 */

import { gridCodes, sequenceCodes } from "../../lib/nn/metamae_encoder.ts";
import { DataError } from "../../lib/util/errors.ts";
import { type CaseResult, type FixtureCase, numbersOf, tensorOf } from "./fixture_case.ts";
import { createTally } from "./tolerance.ts";

/** Runs a case of kind `posembed`; the sizes are in the names, such as `2d/dim16_grid3`. */
export function run(fixture: FixtureCase): Promise<CaseResult> {
  const tally = createTally(fixture);
  for (const name of fixture.tensors.keys()) {
    const match = /^(?:1d\/dim(\d+)_n(\d+)|2d\/dim(\d+)_grid(\d+))$/.exec(name);
    if (match === null) {
      throw new DataError(`Cannot check case "${fixture.name}": the table "${name}" is not known`);
    }
    const [, width, length, gridWidth, side] = match.map(Number);
    const table = name.startsWith("1d")
      ? sequenceCodes(length!, width!)
      : gridCodes(side!, side!, gridWidth!);
    const recorded = numbersOf(fixture, name);
    const isRounded = tensorOf(fixture, name).dtype === "float32";
    tally.compare(name, isRounded ? Float32Array.from(table) : table, recorded, "table");
  }
  return Promise.resolve(tally.result());
}
