/**
 * The subcommands in the order of the help.
 *
 * @module
 */

import { adaptCommand } from "./commands/adapt.ts";
import type { Command } from "./framework/mod.ts";
import { completions } from "./commands/completions.ts";
import { datasetsCommand } from "./commands/datasets.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { engineInstallCommand } from "./commands/engine.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { methodsCommand } from "./commands/methods.ts";
import { pretrainCommand } from "./commands/pretrain.ts";
import { probeCommand } from "./commands/probe.ts";
import { reportCommand } from "./commands/report.ts";
import { tokenizeCommand } from "./commands/tokenize.ts";

/** Every subcommand; an addition is one import and one line. */
export const commands: readonly Command[] = [
  datasetsCommand,
  methodsCommand,
  tokenizeCommand,
  inspectCommand,
  pretrainCommand,
  adaptCommand,
  probeCommand,
  reportCommand,
  engineInstallCommand,
  doctorCommand,
  completions,
];
