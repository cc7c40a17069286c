/**
 * What the commands stand on: options, help, and the contract of a command.
 *
 * @module
 */

export { type Command, commonOptions, defineCommand, type Invocation } from "./command.ts";
export { findCommand, optionTable, unknownCommand } from "./dispatch.ts";
export { renderCommandHelp, renderRootHelp } from "./help.ts";
export {
  defaulted,
  flagName,
  list,
  type NameParser,
  oneOf,
  optional,
  type OptionSpec,
  type OptionTable,
  path,
  realNumber,
  required,
  separated,
  showing,
  toggle,
  truth,
  wholeNumber,
  withSuggestions,
  word,
} from "./options.ts";
export { parseCommand, suggestNext } from "./parse.ts";
export { readConfigFile, resolveOptions } from "./resolve.ts";
export { readVersions, versionDocument, versionText } from "./version.ts";
