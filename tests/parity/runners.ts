/**
 * Which runner computes which kind of recorded case.
 *
 * @module
 */

import type { CaseRunner } from "./fixture_case.ts";
import { run as capri } from "./capri.ts";
import { run as dabsMae } from "./dabs_mae.ts";
import { run as dabsTransfer } from "./dabs_transfer.ts";
import { run as datasets } from "./datasets.ts";
import { run as emix } from "./emix.ts";
import { run as lengths } from "./lengths.ts";
import { run as logmel } from "./logmel.ts";
import { run as mae } from "./mae.ts";
import { run as metamae } from "./metamae.ts";
import { run as metrics } from "./metrics.ts";
import { run as parameterTable } from "./parameter_table.ts";
import { run as posembed } from "./posembed.ts";
import { run as probe } from "./probe.ts";
import { run as rng } from "./rng.ts";
import { run as shed } from "./shed.ts";
import { run as splits } from "./splits.ts";

/** Runners by the `method` of a case's JSON document. */
export const runners: ReadonlyMap<string, CaseRunner> = new Map([
  ["capri", capri],
  ["dabs_mae", dabsMae],
  ["dabs_transfer", dabsTransfer],
  ["datasets", datasets],
  ["emix", emix],
  ["lengths", lengths],
  ["linear_probe", probe],
  ["logmel", logmel],
  ["mae", mae],
  ["metamae", metamae],
  ["metrics", metrics],
  ["parameter_table", parameterTable],
  ["posembed", posembed],
  ["rng", rng],
  ["shed", shed],
  ["splits", splits],
]);
