/**
 * The subcommands in the order of the help.
 *
 * @module
 */

import type { Command } from "./command.ts";
import { completions } from "./completions.ts";
import { datasetsCommand } from "./datasets.ts";
import { methodsCommand } from "./methods.ts";

/** Every subcommand; an addition is one import and one line. */
export const commands: readonly Command[] = [datasetsCommand, methodsCommand, completions];
