/**
 * The arguments of the tasks: a schema gives names, types, defaults and the help page.
 *
 * This is the typed door to `@std/cli/parse-args` as well: the npm build that the import map names
 * ships no types.
 *
 * @module
 */

import * as std from "@std/cli/parse-args";
import { z } from "zod";
import { wrapWords } from "../../lib/terminal/mod.ts";
import { flagName, lookUp, nearest, UsageError } from "../../lib/util/mod.ts";

interface StdParseArgs {
  parseArgs(args: readonly string[], options: {
    readonly boolean: readonly string[];
    readonly string: readonly string[];
    readonly collect: readonly string[];
    readonly alias: Readonly<Record<string, string>>;
    readonly unknown: (argument: string, name: string | undefined) => boolean;
  }): Readonly<Record<string, string | boolean | readonly string[]>>;
}

const { parseArgs }: StdParseArgs = std;

/** What a task takes. */
export interface TaskArguments<Options extends z.ZodObject> {
  /** Name of the task, such as `bench`. */
  readonly task: string;
  /**
   * Its options by camelCase name, read from text: `batchSizes` is `--batch-sizes`. A boolean is a
   * switch; an array takes values that are separated by commas, or by blanks if its metadata say
   * `blanks`, repeated, or both.
   */
  readonly options: Options;
  /**
   * The only argument without a flag that is taken, such as `FOLDER`; none is if it is left out.
   */
  readonly positional?: string;
  /** What the help page tells above the options. */
  readonly about: string;
}

/** What was given. */
export interface GivenArguments<Options extends z.ZodObject> {
  readonly options: z.output<Options>;
  readonly positional: string | undefined;
}

/** A whole number above zero. */
export const count = z.string().regex(/^[1-9]\d{0,8}$/, "positive whole number").transform(Number);

/**
 * One of a list of names.
 *
 * @param kind What they name, for the error that lists them.
 */
export function nameOf<const Name extends string>(kind: string, names: Iterable<Name>) {
  const known = [...names];
  const byName = new Map(known.map((name) => [name as string, name]));
  return z.string().transform((name) => lookUp(kind, name, byName)).meta({ names: known });
}

/**
 * Reads the arguments of a task.
 *
 * @returns Undefined if help was asked for.
 * @throws {UsageError} If they cannot be understood.
 */
export function readArguments<Options extends z.ZodObject>(
  { task, options, positional }: TaskArguments<Options>,
  args: readonly string[],
): GivenArguments<Options> | undefined {
  const kinds = new Map(
    Object.entries(options.shape).map(([key, schema]) => [key, kindOf(schema as z.ZodType)]),
  );
  const flags = (...wanted: readonly Kind[]) =>
    [...kinds].filter(([, kind]) => wanted.includes(kind)).map(([key]) => flagName(key).slice(2));
  const valued = flags("text", "list");
  const given = parseArgs(joinValues(args, valued, flags("switch")), {
    boolean: [...flags("switch"), "help"],
    string: [...valued, "_"],
    collect: flags("list"),
    alias: { help: "h" },
    unknown(argument, name) {
      if (name === undefined) return true;
      throw unknownOption(task, argument, [...kinds.keys(), "help"].map(flagName));
    },
  });
  if (given["help"] === true) return undefined;
  const positionals = given["_"] as readonly string[];
  const surplus = positionals[positional === undefined ? 0 : 1];
  if (surplus !== undefined) throw unreadable(task, `unexpected argument "${surplus}"`);
  const texts: Record<string, unknown> = {};
  for (const key of kinds.keys()) {
    const value = given[flagName(key).slice(2)];
    if (value === undefined || Array.isArray(value) && value.length === 0) continue;
    texts[key] = typeof value === "object" ? splitList(value, options.shape[key]) : value;
    if (value === "") throw unreadable(task, `${flagName(key)} needs a value`);
  }
  return { options: checked(options, texts), positional: positionals[0] };
}

/** The help page of a task. */
export function taskHelp({ task, options, positional, about }: TaskArguments<z.ZodObject>): string {
  const entries = Object.entries(options.shape).map(([key, schema]) =>
    [flagName(key), description(schema as z.ZodType)] as const
  );
  const width = Math.max(...entries.map(([flag]) => flag.length)) + 2;
  const rows = entries.flatMap(([flag, text]) =>
    wrapWords(text, 98 - width).map((line, i) => `  ${(i === 0 ? flag : "").padEnd(width)}${line}`)
  );
  const place = positional === undefined ? "" : ` [${positional}]`;
  return [`Usage: deno task ${task}${place} [options]`, "", about, "", ...rows, ""].join("\n");
}

type Kind = "switch" | "list" | "text";

/** The schema inside of those that make it optional or give it a default. */
function inner(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodDefault
    ? inner(schema.unwrap() as z.ZodType)
    : schema;
}

function kindOf(schema: z.ZodType): Kind {
  const plain = inner(schema);
  return plain instanceof z.ZodBoolean ? "switch" : plain instanceof z.ZodArray ? "list" : "text";
}

/** Binds values to their flags, since one such as `--partition=gpu` would be taken for a flag. */
function joinValues(
  args: readonly string[],
  valued: readonly string[],
  switches: readonly string[],
): readonly string[] {
  const joined: string[] = [];
  const isFlag = (word: string) =>
    [...valued, ...switches].some((name) => word === `--${name}` || word.startsWith(`--${name}=`));
  for (let i = 0; i < args.length; i++) {
    const name = args[i]!.slice(2);
    const [flag, value] = name.split("=");
    if (value !== undefined && switches.includes(flag!)) {
      throw new UsageError(`Cannot read the options: --${flag} takes no value`);
    }
    const next = args[i + 1];
    const takesNext = args[i]!.startsWith("--") && valued.includes(name) && next !== undefined &&
      !isFlag(next);
    joined.push(takesNext ? `${args[i]}=${args[++i]}` : args[i]!);
  }
  return joined;
}

function splitList(values: readonly string[], schema: z.ZodType): readonly string[] {
  const separator = inner(schema).meta()?.["blanks"] === true ? /\s+/ : ",";
  return values.flatMap((text) => text.split(separator)).map((word) => word.trim())
    .filter((word) => word !== "");
}

function checked<Options extends z.ZodObject>(
  options: Options,
  texts: Readonly<Record<string, unknown>>,
): z.output<Options> {
  const result = options.safeParse(texts);
  if (result.success) return result.data;
  const { path: [key, index], message } = result.error.issues[0]!;
  const value = texts[String(key)];
  const problem = index === undefined
    ? `a ${message} is wanted`
    : `"${(value as readonly string[])[Number(index)]}" is no ${message}`;
  throw new UsageError(`Cannot use ${flagName(String(key))} "${value}": ${problem}`);
}

/** What an option does, its names if there is a list of them, and its default. */
function description(schema: z.ZodType): string {
  const plain = inner(schema);
  const isList = plain instanceof z.ZodArray;
  const names = (isList ? plain.element as z.ZodType : plain).meta()?.["names"];
  const fallback = schema instanceof z.ZodDefault ? `${schema.def.defaultValue}` : "";
  const separated = isList && plain.meta()?.["blanks"] !== true ? ", separated by commas" : "";
  const choices = names === undefined ? "" : `: ${(names as readonly string[]).join(", ")}`;
  const shown = fallback === "" || plain instanceof z.ZodBoolean ? "" : ` (default ${fallback})`;
  return `${schema.description ?? ""}${separated}${choices}${shown}`;
}

function unknownOption(task: string, argument: string, valid: readonly string[]): UsageError {
  const near = nearest(argument.split("=")[0]!, valid);
  return new UsageError(
    `Unknown option "${argument}": the valid options are ${valid.join(", ")}`,
    {
      hint: near === undefined ? `deno task ${task} --help shows them` : `Did you mean "${near}"?`,
    },
  );
}

function unreadable(task: string, reason: string): UsageError {
  return new UsageError(`Cannot read the options: ${reason}`, {
    hint: `deno task ${task} --help shows examples`,
  });
}
