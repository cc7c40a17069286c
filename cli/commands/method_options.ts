/**
 * Options of the methods, made from their schemas: one flag for each option that any method has.
 *
 * @module
 */

import type { ValueParser } from "@optique/core/valueparser";
import { z } from "zod";
import {
  oneOf,
  optional,
  type OptionSpec,
  type OptionTable,
  realNumber,
  truth,
  wholeNumber,
  word,
} from "../framework/mod.ts";

/** What is needed of a method: its name and the schema of its options. */
export interface OptionsOwner {
  readonly id: string;
  readonly options: z.ZodType;
}

/** One option of one method. */
export interface MethodOption {
  /** CamelCase name. */
  readonly name: string;
  readonly description: string;
  /** Default; undefined where there is none. */
  readonly fallback: unknown;
  readonly type: "boolean" | "integer" | "number" | "string";
  readonly choices: readonly string[] | undefined;
  readonly minimum: Bound | undefined;
  readonly maximum: Bound | undefined;
}

/** End of a range of numbers. */
export interface Bound {
  readonly value: number;
  /** Whether the value itself is outside the range. */
  readonly open: boolean;
}

/** The options of a method in the order of its schema. */
export function methodOptions(method: OptionsOwner): readonly MethodOption[] {
  const schema = z.toJSONSchema(method.options, { io: "input" });
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const field = typeof property === "boolean" ? {} : property;
    return {
      name,
      description: field.description ?? "",
      fallback: field.default,
      type: optionType(field.type),
      choices: field.enum?.map(String),
      minimum: bound(field.minimum, field.exclusiveMinimum),
      maximum: bound(field.maximum, field.exclusiveMaximum),
    };
  });
}

/**
 * Flags for the options of all methods. None has a default here, because the defaults of two methods
 * may differ and the method applies its own; the help shows them.
 */

export function methodOptionTable(methods: Iterable<OptionsOwner>): OptionTable {
  const uses = new Map<string, { readonly id: string; readonly option: MethodOption }[]>();
  for (const method of methods) {
    for (const option of methodOptions(method)) {
      const found = uses.get(option.name) ?? [];
      found.push({ id: method.id, option });
      uses.set(option.name, found);
    }
  }
  return Object.fromEntries([...uses].map(([name, users]) => [name, flagOf(users)]));
}

function flagOf(
  users: readonly { readonly id: string; readonly option: MethodOption }[],
): OptionSpec {
  const first = users[0]!.option;
  const ids = new Map<string, string[]>();
  for (const { id, option } of users) {
    const shown = option.fallback === undefined ? "" : String(option.fallback);
    ids.set(shown, [...ids.get(shown) ?? [], id]);
  }
  const shownDefault = ids.size === 1
    ? [...ids.keys()][0]!
    : [...ids].filter(([shown]) => shown !== "").map(([shown, who]) => `${shown} ${who.join(", ")}`)
      .join("; ");
  const spec = optional(
    parserOf(first, users.map(({ option }) => option)),
    `${first.description || first.name} (${users.map(({ id }) => id).join(", ")})`,
  );
  return first.type === "boolean"
    ? { ...spec, form: "toggle", shownDefault: shownDefault === "false" ? "" : shownDefault }
    : { ...spec, shownDefault };
}

/** The bounds of the most permissive method; the method itself checks its own. */
function parserOf(
  option: MethodOption,
  all: readonly MethodOption[],
): ValueParser<"sync", unknown> {
  const lows = all.map((one) => one.minimum?.value);
  const highs = all.map((one) => one.maximum?.value);
  const bounds = {
    ...(lows.includes(undefined) ? {} : { min: Math.min(...lows as number[]) }),
    ...(highs.includes(undefined) ? {} : { max: Math.max(...highs as number[]) }),
  };
  switch (option.type) {
    case "boolean":
      return truth();
    case "integer":
      return wholeNumber(bounds);
    case "number":
      return realNumber(bounds);
    case "string":
      return option.choices === undefined ? word("TEXT") : oneOf(option.choices, "NAME");
  }
}

/** The ends of the exact integers are no bounds that a user should read. */
function bound(closed: unknown, open: unknown): Bound | undefined {
  if (typeof open === "number") return { value: open, open: true };
  if (typeof closed !== "number" || Math.abs(closed) === Number.MAX_SAFE_INTEGER) return undefined;
  return { value: closed, open: false };
}

function optionType(type: unknown): MethodOption["type"] {
  if (type === "boolean" || type === "integer" || type === "number" || type === "string") {
    return type;
  }
  throw new TypeError(`Cannot make a flag of a schema of type "${String(type)}"`);
}
