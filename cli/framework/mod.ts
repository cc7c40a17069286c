/**
 * What the commands stand on: options, help, and the contract of a command.
 *
 * @module
 */

export {
  allOptions,
  type Command,
  type CommandEntry,
  defineCommand,
  findCommand,
  type Invocation,
  loadCommand,
  unknownCommand,
} from "./command.ts";
export { renderCommandHelp, renderRootHelp } from "./help.ts";
export { parseCommand, suggestNext } from "./parse.ts";
export { readConfigFile, resolveOptions } from "./resolve.ts";
export { type OptionFacts, optionFacts, type OptionsOwner } from "./schema.ts";
