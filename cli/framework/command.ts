/**
 * What a subcommand is: data for help, parsing and completions, and a function that runs it.
 *
 * @module
 */

import type { ValueParser } from "@optique/core/valueparser";
import type { Output } from "../../lib/terminal/mod.ts";
import type { ExitCode } from "../../lib/util/mod.ts";
import { type OptionTable, type OptionValues, toggle } from "./options.ts";
import type { Origins } from "./resolve.ts";

/** A positional argument of a subcommand. */
export interface ArgumentSpec {
  readonly parser: ValueParser<"sync", string>;
  readonly description: string;
  readonly count: "one" | "optional" | "many";
}

/** What a subcommand is run with. */
export interface Invocation<O extends OptionTable> {
  readonly arguments: readonly string[];
  readonly options: OptionValues<O>;
  /** Values of {@linkcode CommandDefinition.moreOptions}, those that were given only. */
  readonly moreOptions: Readonly<Record<string, unknown>>;
  /** Where each value came from, by option name. */
  readonly origins: Origins;
  /** The command line, quoted for a shell, for records. */
  readonly commandLine: string;
  readonly output: Output;
}

/** A subcommand with the types of its options. */
export interface CommandDefinition<O extends OptionTable> {
  /** One or two words, such as `pretrain` or `engine install`. */
  readonly name: string;
  /** One sentence without a final period. */
  readonly summary: string;
  /** A complete command line that works; the help starts with it. */
  readonly example: string;
  /** What else a user should know, one paragraph an entry. */
  readonly details?: readonly string[];
  /** What the usage line shows behind the name; made from argument and required options if absent. */
  readonly usage?: string;
  readonly argument?: ArgumentSpec;
  readonly options: O;
  /** Options that are costly to know, such as those of the methods; loaded for this command only. */
  moreOptions?(): Promise<OptionTable>;
  /** Title of these in the help; `Method options` if absent. */
  readonly moreTitle?: string;
  /** Does the work; writes through the output only. The exit code is 0 unless another is returned. */
  run(invocation: Invocation<O>): Promise<ExitCode | void>;
}

/** A subcommand. */
export type Command = CommandDefinition<OptionTable>;

/** Options that every subcommand takes. */
export const commonOptions = {
  json: toggle("Print one JSON document instead of text"),
  quiet: toggle("Print results, warnings and errors only"),
} as const;

/** Checks the types of a subcommand and forgets them. */
export function defineCommand<O extends OptionTable>(definition: CommandDefinition<O>): Command {
  return definition as CommandDefinition<OptionTable>;
}
