/**
 * Reading and writing JSON documents with messages that name the file and the field.
 *
 * @module
 */

import type { z } from "zod";
import { DataError } from "./errors.ts";
import { explained } from "./io_errors.ts";

/** A value that JSON can hold. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

/** Text of a document for people: two spaces of indentation and a final line end. */
export function prettyJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2) + "\n";
}

/** Text of a document for hashing: sorted names, no spaces, absent fields left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, part) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    const names = Object.keys(part).sort();
    return Object.fromEntries(names.map((name) => [name, part[name]]));
  });
}

/**
 * Parses a text as JSON.
 *
 * @param what What the text is, such as the quoted path, for the message.
 * @throws {DataError} If the text is no JSON.
 */
export function parseJson(text: string, what: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataError(`Cannot parse ${what}: it is no valid JSON (${reason})`, { cause: error });
  }
}

/**
 * The first name that occurs twice in one object of a valid JSON text, where `JSON.parse` would
 * silently keep the last.
 */
export function duplicateName(text: string): string | undefined {
  const open: Set<string>[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g;
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon !== undefined) {
      const name: string = JSON.parse(token.slice(0, -colon.length));
      const names = open.at(-1)!;
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}

/**
 * Checks a value against a schema.
 *
 * @param what What the value is, for the message.
 * @throws {DataError} If it does not fit; the message names the first fields that do not.
 */
export function checkJson<T>(value: unknown, schema: z.ZodType<T>, what: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 3).map((issue) => {
    const place = issue.path.length === 0 ? "the document" : `"${issue.path.join(".")}"`;
    return `${place}: ${issue.message}`;
  });
  const more = result.error.issues.length - issues.length;
  throw new DataError(
    `Cannot use ${what}: ${issues.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
  );
}

/**
 * Reads a JSON file, and checks it if a schema is given.
 *
 * @throws {MissingError} If there is no such file.
 * @throws {StorageError} If it cannot be read.
 * @throws {DataError} If it is no JSON or does not fit the schema.
 */
export function readJson(path: string): Promise<Json>;
export function readJson<T>(path: string, schema: z.ZodType<T>): Promise<T>;
export async function readJson<T>(path: string, schema?: z.ZodType<T>): Promise<T | Json> {
  const text = await explained(`Cannot read "${path}"`, () => Deno.readTextFile(path));
  const value = parseJson(text, `"${path}"`);
  return schema === undefined ? value : checkJson(value, schema, `"${path}"`);
}
