/**
 * From the arguments behind a subcommand's name to positional arguments and flags.
 *
 * This module brings the parser library with it, so it is loaded when there is something to parse.
 *
 * @module
 */

import { object, or } from "@optique/core/constructs";
import { formatMessage, type Message, message, text } from "@optique/core/message";
import { map, multiple, optional } from "@optique/core/modifiers";
import { parse, type Parser, suggest, type Suggestion } from "@optique/core/parser";
import { argument, command, flag, negatableFlag, option } from "@optique/core/primitives";
import { flagName, nearest, UsageError } from "../../lib/util/mod.ts";
import {
  allOptions,
  type Command,
  type CommandEntry,
  findCommand,
  loadCommand,
} from "./command.ts";
import { negatedFlagName, type OptionSpec, type OptionTable } from "./options.ts";
import { withSuggestions } from "./readers.ts";
import { plainMessage } from "./resolve.ts";
import type { ArgumentSpec } from "./schema.ts";

/** Arguments and flags as given, before defaults. */
export interface Given {
  readonly arguments: readonly string[];
  /** Values of the flags that were given, by option name. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/**
 * Reads the arguments behind a subcommand's name.
 *
 * @throws {UsageError} If an option is unknown, given twice or has a bad value, or if positional
 * arguments are missing or too many.
 */
export function parseCommand(command: Command, rest: readonly string[]): Given {
  const table = allOptions(command);
  const result = parse(commandParser(command.argument, table), rest);
  if (!result.success) throw explain(command, table, rest, result.error);
  const given = result.value;
  const count = command.argument?.count;
  if (given.arguments.length === 0 && (count === "one" || count === "many")) {
    throw new UsageError(
      `Cannot run "metamae ${command.name}": ${command.argument!.parser.metavar} must be given`,
      { hint: `metamae ${command.name} --help shows an example` },
    );
  }
  return given;
}

/**
 * What a shell may put behind the arguments; the last one is incomplete. Only the command that is
 * being typed is loaded, with all names that it can suggest.
 */
export async function suggestNext(
  commands: readonly CommandEntry[],
  args: readonly string[],
): Promise<readonly Suggestion[]> {
  const current = findCommand(args, commands)?.command;
  const families = new Map<string, (readonly [string, Parser<"sync", Given, unknown>])[]>();
  for (const entry of commands) {
    const [head, tail = ""] = entry.name.split(" ");
    const siblings = families.get(head!) ?? [];
    const parser = entry === current ? await suggestingParser(entry) : commandParser(undefined, {});
    siblings.push([tail, parser]);
    families.set(head!, siblings);
  }
  const parsers = [...families].map(([head, siblings]) =>
    command(
      head,
      siblings[0]![0] === ""
        ? siblings[0]![1]
        : or(...siblings.map(([tail, p]) => command(tail, p))),
    )
  );
  return suggest(or(...parsers), args.length === 0 ? [""] : args as [string, ...string[]]);
}

async function suggestingParser(entry: CommandEntry): Promise<Parser<"sync", Given, unknown>> {
  const loaded = await loadCommand(entry);
  const options: Record<string, OptionSpec> = {};
  for (const [key, spec] of Object.entries(allOptions(loaded))) {
    options[key] = { ...spec, parser: await withSuggestions(spec.parser) };
  }
  const argument = loaded.argument &&
    { ...loaded.argument, parser: await withSuggestions(loaded.argument.parser) };
  return commandParser(argument, options);
}

function commandParser(
  spec: ArgumentSpec | undefined,
  table: OptionTable,
): Parser<"sync", Given, unknown> {
  const flags = object(
    Object.fromEntries(
      Object.entries(table).map(([key, spec]) => [key, flagParser(key, guarded(spec, table))]),
    ),
  );
  const help = optional(flag("-h", "--help", { description: message`Show this help` }));
  if (spec === undefined) {
    return map(object({ flags, help }), ({ flags }): Given => ({ arguments: [], flags }));
  }
  const max = spec.count === "many" ? Infinity : 1;
  const positional = multiple(argument(spec.parser), { max });
  return map(object({ flags, help, positional }), ({ flags, positional }): Given => ({
    arguments: positional,
    flags,
  }));
}

function flagParser(key: string, spec: OptionSpec): Parser<"sync", unknown, unknown> {
  const description: Message = [text(spec.description)];
  const names = flagName(key);
  if (spec.form === "toggle") {
    return optional(
      negatableFlag({ positive: names, negative: negatedFlagName(key) }, { description }),
    );
  }
  const single = option(names, spec.parser, { description });
  return spec.form === "list"
    ? map(
      multiple(single),
      (lists) => lists.length === 0 ? undefined : (lists as unknown[][]).flat(),
    )
    : optional(single);
}

/** Takes `--steps` in `--data --steps 5` for a forgotten value of `--data`. */
function guarded(spec: OptionSpec, table: OptionTable): OptionSpec {
  const flags = flagNames(table);
  const { parser } = spec;
  return {
    ...spec,
    parser: {
      ...parser,
      parse: (input) =>
        flags.has(input)
          ? { success: false, error: message`Expected a value, but got the option ${input}.` }
          : parser.parse(input),
    },
  };
}

function flagNames(table: OptionTable): ReadonlySet<string> {
  return new Set(
    Object.entries(table).flatMap(([key, spec]) =>
      spec.form === "toggle" ? [flagName(key), negatedFlagName(key)] : [flagName(key)]
    ),
  );
}

function explain(
  command: Command,
  table: OptionTable,
  rest: readonly string[],
  error: Message,
): UsageError {
  const flags = flagNames(table);
  const parsers = new Map(
    Object.entries(table).filter(([, spec]) => spec.form !== "toggle")
      .map(([key, spec]) => [flagName(key) as string, guarded(spec, table).parser]),
  );
  for (let i = 0; i < rest.length && rest[i] !== "--"; i++) {
    const [name, ...assigned] = rest[i]!.split("=") as [string, ...string[]];
    if (!/^-./.test(name) || name === "-h" || name === "--help") continue;
    if (!flags.has(name)) return unknownOption(command, table, name);
    const parser = parsers.get(name);
    if (parser === undefined) continue;
    const value = assigned.length > 0 ? assigned.join("=") : rest[++i];
    const result = value === undefined ? undefined : parser.parse(value);
    if (result?.success === false) {
      return unreadable(command, `${name}: ${plainMessage(formatMessage(result.error))}`);
    }
  }
  const reason = plainMessage(formatMessage(error))
    .replace(
      /^Unexpected option or (?:subcommand|argument): "?(.*?)"?$/,
      'unexpected argument "$1"',
    );
  return unreadable(command, reason);
}

function unknownOption(command: Command, table: OptionTable, name: string): UsageError {
  const near = nearest(name, [...flagNames(table)]);
  const shown = Object.keys(table).map(flagName).join(", ");
  return new UsageError(
    `Unknown option "${name}": the valid options of "metamae ${command.name}" are ${shown}`,
    near === undefined ? {} : { hint: `Did you mean "${near}"?` },
  );
}

function unreadable(command: Command, reason: string): UsageError {
  return new UsageError(`Cannot read the command line of "metamae ${command.name}": ${reason}`, {
    hint: `metamae ${command.name} --help shows an example`,
  });
}
