/**
 * From arguments to the subcommand that they name.
 *
 * @module
 */

import { nearest, UsageError } from "../../lib/util/mod.ts";
import { type Command, commonOptions } from "./command.ts";
import type { OptionTable } from "./options.ts";

/** A subcommand and the arguments behind its name. */
export interface Dispatch {
  readonly command: Command;
  readonly rest: readonly string[];
}

/** The options of a subcommand together with the common ones. */
export async function optionTable(command: Command): Promise<OptionTable> {
  return { ...command.options, ...await command.moreOptions?.(), ...commonOptions };
}

/** The subcommand that the arguments name, if any. */
export function findCommand(
  args: readonly string[],
  commands: readonly Command[],
): Dispatch | undefined {
  for (const command of commands) {
    const words = command.name.split(" ");
    if (words.every((word, i) => args[i] === word)) {
      return { command, rest: args.slice(words.length) };
    }
  }
  return undefined;
}

/** The error that arguments deserve when they name no subcommand. */
export function unknownCommand(args: readonly string[], commands: readonly Command[]): UsageError {
  const names = commands.map((command) => command.name);
  const first = args[0];
  const list = `the valid commands are ${names.join(", ")}`;
  if (first === undefined) return new UsageError(`Missing command: ${list}`);
  if (first.startsWith("-")) {
    return new UsageError(`Unknown option "${first}" before the command: ${list}`, {
      hint: "Options go behind the command, as in metamae datasets --json",
    });
  }
  const family = names.filter((name) => name.startsWith(`${first} `));
  if (family.length > 0) {
    return new UsageError(
      args[1] === undefined
        ? `Incomplete command "${first}": the valid commands are ${family.join(", ")}`
        : `Unknown command "${first} ${args[1]}": the valid commands are ${family.join(", ")}`,
    );
  }
  const near = nearest(first, names);
  return new UsageError(
    `Unknown command "${first}": ${list}`,
    near === undefined ? {} : { hint: `Did you mean "${near}"?` },
  );
}
