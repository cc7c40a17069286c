/**
 * What a subcommand is: data for help, parsing and completions, and a function that runs it.
 *
 * @module
 */

import type { z } from "zod";
import type { Output } from "../../lib/terminal/mod.ts";
import { type ExitCode, nearest, UsageError } from "../../lib/util/mod.ts";
import type { OptionSpec, OptionTable } from "./options.ts";
import { truth } from "./readers.ts";
import type { Origins } from "./resolve.ts";
import {
  argumentOf,
  type ArgumentSpec,
  joinedOptions,
  type OptionsOwner,
  schemaOptions,
} from "./schema.ts";

/** What a subcommand is run with. */
export interface Invocation<O extends z.ZodObject> {
  readonly arguments: readonly string[];
  readonly options: Readonly<z.output<O>>;
  /** Values of the options of {@linkcode CommandDefinition.owners}, those that were given only. */
  readonly moreOptions: Readonly<Record<string, unknown>>;
  /** Where each value came from, by option name. */
  readonly origins: Origins;
  /** The command line, quoted for a shell, for records. */
  readonly commandLine: string;
  readonly output: Output;
}

/** A subcommand with the types of its options. */
export interface CommandDefinition<O extends z.ZodObject> {
  /** A complete command line that works; the help starts with it. */
  readonly example: string;
  /** What else a user should know, one paragraph an entry. */
  readonly details?: readonly string[];
  /**
   * What the usage line shows behind the name; made from argument and required options if absent.
   */
  readonly usage?: string;
  /** Positional argument: one, at most one if it is optional, at least one if it is an array. */
  readonly argument?: z.ZodType;
  /**
   * The options: types, defaults and, with the metadata of {@linkcode OptionMeta}, flags, help,
   * completions, environment variables and keys of the configuration file.
   */
  readonly options: O;
  /** Those whose options are flags of this command too, such as the methods. */
  owners?(): Promise<readonly OptionsOwner[]>;
  /** Title of these in the help; `Method options` if absent. */
  readonly moreTitle?: string;
  /**
   * Does the work; writes through the output only. The exit code is 0 unless another is returned.
   */
  run(invocation: Invocation<O>): Promise<ExitCode | void>;
}

/** A subcommand in the list of all, which is there before any of them is loaded. */
export interface CommandEntry {
  /** One or two words, such as `pretrain` or `engine install`. */
  readonly name: string;
  /** One sentence without a final period. */
  readonly summary: string;
  /** Loads the rest. */
  load(): Promise<CommandDefinition<z.ZodObject>>;
}

/** A subcommand that was loaded, with the tables of its options. */
export interface Command
  extends
    Pick<CommandEntry, "name" | "summary">,
    Omit<CommandDefinition<z.ZodObject>, "argument" | "owners"> {
  readonly argument: ArgumentSpec | undefined;
  /** Its own options. */
  readonly own: OptionTable;
  /** Options of {@linkcode CommandDefinition.owners}. */
  readonly more: OptionTable;
}

/** Checks the types of a subcommand and forgets them. */
export function defineCommand<O extends z.ZodObject>(
  definition: CommandDefinition<O>,
): CommandDefinition<z.ZodObject> {
  return definition as unknown as CommandDefinition<z.ZodObject>;
}

/** Loads a subcommand and makes the tables of its options. */
export async function loadCommand({ name, summary, load }: CommandEntry): Promise<Command> {
  const { argument, owners, ...definition } = await load();
  return {
    ...{ ...definition, name, summary },
    argument: argument && argumentOf(argument),
    own: schemaOptions(definition.options),
    more: joinedOptions(await owners?.() ?? []),
  };
}

/** Options that every subcommand takes. */
export const commonOptions: OptionTable = {
  json: toggle("Print one JSON document instead of text"),
  quiet: toggle("Print results, warnings and errors only"),
};

function toggle(description: string): OptionSpec {
  return {
    ...{ parser: truth(), presence: "defaulted", fallback: false, form: "toggle", shown: "" },
    description,
  };
}

/** All options of a subcommand. */
export function allOptions({ own, more }: Command): OptionTable {
  return { ...own, ...more, ...commonOptions };
}

/** The subcommand that the arguments name, if any, and the arguments behind its name. */
export function findCommand<C extends { readonly name: string }>(
  args: readonly string[],
  commands: readonly C[],
): { readonly command: C; readonly rest: readonly string[] } | undefined {
  for (const command of commands) {
    const words = command.name.split(" ");
    if (words.every((word, i) => args[i] === word)) {
      return { command, rest: args.slice(words.length) };
    }
  }
  return undefined;
}

/** The error that arguments deserve when they name no subcommand. */
export function unknownCommand(
  args: readonly string[],
  commands: readonly Pick<CommandEntry, "name">[],
): UsageError {
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
