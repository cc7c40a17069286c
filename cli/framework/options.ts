/**
 * Options of subcommands as data: one table gives parsing, help, completions, environment variables
 * and keys of the configuration file.
 *
 * @module
 */

import { message } from "@optique/core/message";
import type { NonEmptyString } from "@optique/core/nonempty";
import {
  choice,
  float,
  integer,
  type ValueParser,
  type ValueParserResult,
} from "@optique/core/valueparser";

/** Whether an option must be given, has a default, or may be absent. */
export type Presence = "required" | "defaulted" | "optional";

/** One option of a subcommand. */
export interface OptionSpec<T = unknown, P extends Presence = Presence> {
  /** Reads a value from text; the same reader serves flags, environment and configuration file. */
  readonly parser: ValueParser<"sync", T>;
  readonly presence: P;
  /** Value that is used when nothing is given; absent unless the presence is `defaulted`. */
  readonly fallback: T | undefined;
  /** What it does, without a final period. */
  readonly description: string;
  /** A toggle takes no value on the command line and has a `--no-` form. */
  readonly form: "value" | "toggle" | "list";
  /** What the help shows as default, where the plain value would mislead. */
  readonly shownDefault?: string;
}

/** Options by camelCase name; `batchSize` is `--batch-size` and `METAMAE_BATCH_SIZE`. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The values of a table of options. */
export type OptionValues<O extends OptionTable> = {
  readonly [K in keyof O]: O[K] extends OptionSpec<infer T, infer P>
    ? P extends "optional" ? T | undefined : T
    : never;
};

/** An option that must be given. */
export function required<T>(
  parser: ValueParser<"sync", T>,
  description: string,
): OptionSpec<T, "required"> {
  return { parser, presence: "required", fallback: undefined, description, form: "value" };
}

/** An option that may be absent. */
export function optional<T>(
  parser: ValueParser<"sync", T>,
  description: string,
): OptionSpec<T, "optional"> {
  return { parser, presence: "optional", fallback: undefined, description, form: "value" };
}

/** An option with a default. */
export function defaulted<T>(
  parser: ValueParser<"sync", T>,
  fallback: NoInfer<T>,
  description: string,
): OptionSpec<T, "defaulted"> {
  return { parser, presence: "defaulted", fallback, description, form: "value" };
}

/** The same option, whose help shows a default that is decided elsewhere. */
export function showing<S extends OptionSpec>(shownDefault: string, spec: S): S {
  return { ...spec, shownDefault };
}

/** A switch that is off unless given; `--no-NAME` turns it off again. */
export function toggle(description: string): OptionSpec<boolean, "defaulted"> {
  return {
    parser: truth(),
    presence: "defaulted",
    fallback: false,
    description,
    form: "toggle",
    shownDefault: "",
  };
}

/** An option that takes several values: separated by commas, repeated, or both. */
export function list<T>(
  parser: ValueParser<"sync", readonly T[]>,
  fallback: readonly NoInfer<T>[],
  description: string,
): OptionSpec<readonly T[], "defaulted"> {
  return { parser, presence: "defaulted", fallback, description, form: "list" };
}

/** A whole number within bounds. */
export function wholeNumber(
  bounds: { readonly min?: number; readonly max?: number; readonly metavar?: NonEmptyString } = {},
): ValueParser<"sync", number> {
  const { metavar = "N", ...limits } = bounds;
  return integer({ ...limits, metavar });
}

/** A finite real number within bounds, inclusive. */
export function realNumber(
  bounds: { readonly min?: number; readonly max?: number; readonly metavar?: NonEmptyString } = {},
): ValueParser<"sync", number> {
  const { metavar = "X", ...limits } = bounds;
  return float({ ...limits, metavar });
}

/** One of a fixed set of words. */
export function oneOf<const T extends string>(
  words: readonly T[],
  metavar: NonEmptyString,
): ValueParser<"sync", T> {
  return choice(words, { metavar });
}

/** A path of a file or folder; completed by the shell. */
export function path(
  metavar: NonEmptyString,
  type: "file" | "directory" | "any" = "any",
): ValueParser<"sync", string> {
  return {
    mode: "sync",
    metavar,
    placeholder: "",
    parse: (input): ValueParserResult<string> =>
      input === ""
        ? { success: false, error: message`Expected a path, but got nothing.` }
        : { success: true, value: input },
    format: (value) => value,
    suggest: (prefix) => [{ kind: "file", type, pattern: prefix }],
  };
}

/** A reader of names that knows where the valid ones are listed. */
export interface NameParser extends ValueParser<"sync", string> {
  /** Loads the valid names, for completions; this may be slow. */
  readonly loadNames?: (() => Promise<readonly string[]>) | undefined;
}

/**
 * A name that a registry checks later, so that its error can list the valid ones.
 *
 * @param loadNames Loads the valid names, for completions only.
 */

export function word(
  metavar: NonEmptyString,
  loadNames?: () => Promise<readonly string[]>,
): NameParser {
  return {
    mode: "sync",
    metavar,
    placeholder: "",
    loadNames,
    parse: (input): ValueParserResult<string> =>
      input === ""
        ? { success: false, error: message`Expected a name, but got nothing.` }
        : { success: true, value: input },
    format: (value) => value,
  };
}

/** The same reader, which suggests names if it knows a list of them. */
export async function withSuggestions<T>(
  parser: ValueParser<"sync", T>,
): Promise<ValueParser<"sync", T>> {
  const names = await (parser as Partial<NameParser>).loadNames?.();
  if (names === undefined) return parser;
  return {
    ...parser,
    *suggest(prefix) {
      for (const name of names) if (name.startsWith(prefix)) yield { kind: "literal", text: name };
    },
  };
}

/** Several values of one kind, separated by commas. */
export function separated<T>(item: ValueParser<"sync", T>): ValueParser<"sync", readonly T[]> {
  return {
    mode: "sync",
    metavar: `${item.metavar},...`,
    placeholder: [],
    parse(input): ValueParserResult<readonly T[]> {
      const values: T[] = [];
      for (const part of input.split(",")) {
        const result = item.parse(part.trim());
        if (!result.success) return result;
        values.push(result.value);
      }
      return { success: true, value: values };
    },
    format: (values) => values.map((value) => item.format(value)).join(","),
    *suggest(prefix) {
      const last = prefix.lastIndexOf(",") + 1;
      for (const suggestion of item.suggest?.(prefix.slice(last)) ?? []) {
        if (suggestion.kind === "literal") {
          yield { ...suggestion, text: prefix.slice(0, last) + suggestion.text };
        }
      }
    },
  };
}

/** A truth value as environment variables and configuration files spell it. */
export function truth(): ValueParser<"sync", boolean> {
  const words: Readonly<Record<string, boolean>> = {
    true: true,
    yes: true,
    on: true,
    1: true,
    false: false,
    no: false,
    off: false,
    0: false,
  };
  return {
    mode: "sync",
    metavar: "BOOLEAN",
    placeholder: false,
    parse(input): ValueParserResult<boolean> {
      const value = words[input.toLowerCase()];
      return value === undefined
        ? { success: false, error: message`Expected true or false, but got ${input}.` }
        : { success: true, value };
    },
    format: (value) => String(value),
  };
}

/** The flag of an option: `batchSize` is `--batch-size`. */
export function flagName(key: string): `--${string}` {
  return `--${kebabCase(key)}`;
}

/** The flag that turns a toggle off. */
export function negatedFlagName(key: string): `--${string}` {
  return `--no-${kebabCase(key)}`;
}

/** The environment variable of an option: `batchSize` is `METAMAE_BATCH_SIZE`. */
export function environmentName(key: string): string {
  return `METAMAE_${kebabCase(key).replaceAll("-", "_").toUpperCase()}`;
}

function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
