/**
 * Readers of values: the same ones serve flags, environment variables and configuration files.
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
