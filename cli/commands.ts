/**
 * The subcommands in the order of the help.
 *
 * @module
 */

import { adaptCommand } from "./adapt.ts";
import type { Command } from "./command.ts";
import { completions } from "./completions.ts";
import { datasetsCommand } from "./datasets.ts";
import { doctorCommand } from "./doctor.ts";
import { engineInstallCommand } from "./engine.ts";
import { inspectCommand } from "./inspect.ts";
import { methodsCommand } from "./methods.ts";
import { pretrainCommand } from "./pretrain.ts";
import { probeCommand } from "./probe.ts";
import { reportCommand } from "./report.ts";
import { tokenizeCommand } from "./tokenize.ts";

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
