/**
 * From schemas to options: flags, help, completions, environment variables and keys of the
 * configuration file are made of what a schema says.
 *
 * @module
 */

import type { NonEmptyString } from "@optique/core/nonempty";
import type { ValueParser } from "@optique/core/valueparser";
import type { z } from "zod";
import type { ValueSchema } from "../../lib/spec/mod.ts";
import type { OptionSpec, OptionTable } from "./options.ts";
import { oneOf, path, realNumber, separated, truth, wholeNumber, word } from "./readers.ts";

/** Metadata of an option's schema, all of them optional. */
export interface OptionMeta {
  /** What it does, without a final period. */
  readonly description?: string;
  /** Placeholder of its value in the help. */
  readonly metavar?: NonEmptyString;
  /** Default that the work itself fills in, since it depends on what is resumed. */
  readonly fallback?: unknown;
  /** What the help shows as default where a value would mislead. */
  readonly shown?: string;
  /** The value is a path, which the shell completes. */
  readonly path?: "file" | "directory" | "any";
  /** Loads the names that are valid, for completions; this may be slow. */
  readonly names?: () => Promise<readonly string[]>;
}

/** Something with options of its own: its name and their schema. */
export interface OptionsOwner {
  readonly id: string;
  readonly options: ValueSchema;
}

/** The positional argument of a subcommand: its reader, and how often it is given. */
export interface ArgumentSpec {
  readonly parser: ValueParser<"sync", string>;
  readonly description: string;
  readonly count: "one" | "optional" | "many";
}

/** One option as its schema describes it. */
export interface OptionFacts {
  /** CamelCase name. */
  readonly name: string;
  readonly description: string;
  /** Default; undefined where there is none. */
  readonly fallback: unknown;
  /** Type of a value; of one value where there may be several. */
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

type Field = Exclude<NonNullable<z.core.JSONSchema.JSONSchema["properties"]>[string], boolean>;

/** The options of a schema in their order. */
export function optionFacts(options: ValueSchema): readonly OptionFacts[] {
  return Object.entries(fieldsOf(options).properties).map(([name, field]) => factsOf(name, field));
}

/** The options of a subcommand. */
export function schemaOptions(options: z.ZodObject): OptionTable {
  const { properties, required } = fieldsOf(options);
  return Object.fromEntries(
    Object.entries(properties).map(([name, field]): [string, OptionSpec] => {
      const presence = required.includes(name)
        ? "required"
        : field.default === undefined
        ? "optional"
        : "defaulted";
      const meta = metaOf(options.shape[name]!);
      const facts = factsOf(name, field);
      const isList = field.type === "array";
      const parser = isList ? separated(readerOf(facts, meta)) : readerOf(facts, meta);
      const fallback = meta.fallback ?? field.default;
      const shown = meta.shown ?? (fallback === undefined ? "" : parser.format(fallback as never));
      return [name, specOf(facts, { parser, presence, shown, isList })];
    }),
  );
}

/** The positional argument of a subcommand. */
export function argumentOf(schema: z.ZodType): ArgumentSpec {
  const { type } = schema.def;
  const field = schema.toJSONSchema({ io: "input" }) as Field;
  const meta = metaOf(schema);
  return {
    parser: readerOf(factsOf("argument", field), meta) as ValueParser<"sync", string>,
    description: meta.description ?? "",
    count: type === "array" ? "many" : type === "optional" ? "optional" : "one",
  };
}

/**
 * Flags for the options of several owners, one for each name. None has a default here, because
 * those of two owners may differ and each applies its own; the help shows them. Where two describe
 * an option differently, the help shows both, and whatever one of them takes can be given.
 */
export function joinedOptions(owners: Iterable<OptionsOwner>): OptionTable {
  const uses = new Map<string, Use[]>();
  for (const { id, options } of owners) {
    for (const facts of optionFacts(options)) {
      uses.set(facts.name, [...uses.get(facts.name) ?? [], { id, facts }]);
    }
  }
  return Object.fromEntries([...uses].map(([name, users]) => [name, joined(name, users)]));
}

interface Use {
  readonly id: string;
  readonly facts: OptionFacts;
}

function joined(name: string, users: readonly Use[]): OptionSpec {
  const descriptions = idsBy(users, ({ description }) => description || name);
  const defaults = idsBy(users, ({ fallback }) => fallback === undefined ? "" : String(fallback));
  const shown = defaults.size === 1
    ? [...defaults.keys()][0]!
    : [...defaults].filter(([text]) => text !== "").map(([text, ids]) => `${text} ${ids}`)
      .join("; ");
  const facts = {
    ...widest(name, users.map((user) => user.facts)),
    description: [...descriptions].map(([text, ids]) => `${text} (${ids})`).join("; "),
  };
  return specOf(facts, { parser: readerOf(facts, {}), presence: "optional", shown, isList: false });
}

/** The users of an option by what they say of it, each joined by commas. */
function idsBy(
  users: readonly Use[],
  say: (facts: OptionFacts) => string,
): ReadonlyMap<string, string> {
  const groups = Map.groupBy(users, ({ facts }) => say(facts));
  return new Map([...groups].map(([text, group]) => [text, group.map(({ id }) => id).join(", ")]));
}

/** Takes what any of the owners takes; each checks its own bounds. */
function widest(name: string, all: readonly OptionFacts[]): OptionFacts {
  const types = new Set(all.map(({ type }) => type));
  const isNumber = types.isSubsetOf(new Set(["integer", "number"]));
  if (types.size > 1 && !isNumber) {
    throw new TypeError(
      `Cannot make one flag of "${name}": its types are ${[...types].join(", ")}`,
    );
  }
  const lists = all.map(({ choices }) => choices);
  const lows = all.map(({ minimum }) => minimum?.value);
  const highs = all.map(({ maximum }) => maximum?.value);
  const end = (value: number): Bound => ({ value, open: false });
  return {
    ...all[0]!,
    type: types.size > 1 ? "number" : all[0]!.type,
    choices: lists.includes(undefined) ? undefined : [...new Set(lists.flatMap((list) => list!))],
    minimum: lows.includes(undefined) ? undefined : end(Math.min(...lows as number[])),
    maximum: highs.includes(undefined) ? undefined : end(Math.max(...highs as number[])),
  };
}

function specOf(
  { type, description, fallback }: OptionFacts,
  { isList, shown, ...rest }: Pick<OptionSpec, "parser" | "presence" | "shown"> & {
    readonly isList: boolean;
  },
): OptionSpec {
  const isToggle = type === "boolean" && !isList;
  return {
    ...rest,
    ...(rest.presence === "defaulted" ? { fallback } : {}),
    description,
    form: isToggle ? "toggle" : isList ? "list" : "value",
    shown: isToggle && shown === "false" ? "" : shown,
  };
}

function readerOf(
  { type, choices, minimum, maximum }: OptionFacts,
  { metavar, path: kind, names }: OptionMeta,
): ValueParser<"sync", unknown> {
  const bounds = {
    ...(minimum === undefined ? {} : { min: minimum.value }),
    ...(maximum === undefined ? {} : { max: maximum.value }),
    ...(metavar === undefined ? {} : { metavar }),
  };
  switch (type) {
    case "boolean":
      return truth();
    case "integer":
      return wholeNumber(bounds);
    case "number":
      return realNumber(bounds);
    case "string":
      if (kind !== undefined) return path(metavar ?? "PATH", kind);
      return choices === undefined
        ? word(metavar ?? "TEXT", names)
        : oneOf(choices, metavar ?? "NAME");
  }
}

function fieldsOf(options: ValueSchema): {
  readonly properties: Readonly<Record<string, Field>>;
  readonly required: readonly string[];
} {
  const { properties = {}, required = [] } = options.toJSONSchema({ io: "input" });
  return { properties: properties as Record<string, Field>, required };
}

function factsOf(name: string, field: Field): OptionFacts {
  const item = field.type === "array" ? field.items as Field : field;
  return {
    name,
    description: field.description ?? "",
    fallback: field.default,
    type: optionType(item.type),
    choices: item.enum?.map(String),
    minimum: bound(item.minimum, item.exclusiveMinimum),
    maximum: bound(item.maximum, item.exclusiveMaximum),
  };
}

/** Metadata of a schema and of what it wraps. */
function metaOf(schema: z.core.$ZodType): OptionMeta {
  const { innerType } = schema._zod.def as { readonly innerType?: z.core.$ZodType };
  const inner = innerType === undefined ? {} : metaOf(innerType);
  return { ...inner, ...(schema as z.ZodType).meta() as OptionMeta };
}

/** The ends of the exact integers are no bounds that a user should read. */
function bound(closed: unknown, open: unknown): Bound | undefined {
  if (typeof open === "number") return { value: open, open: true };
  if (typeof closed !== "number" || Math.abs(closed) === Number.MAX_SAFE_INTEGER) return undefined;
  return { value: closed, open: false };
}

function optionType(type: unknown): OptionFacts["type"] {
  if (type === "boolean" || type === "integer" || type === "number" || type === "string") {
    return type;
  }
  throw new TypeError(`Cannot make a flag of a schema of type "${String(type)}"`);
}
