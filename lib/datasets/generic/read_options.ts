/**
 * Options of the generic data sets: what they share, and how they are checked.
 *
 * @module
 */

import { z } from "zod";
import { UsageError } from "../../util/mod.ts";
import type { Dataset } from "../dataset.ts";

/** Options that decide which samples are for testing, where the data do not say so. */
export const splitOptions = {
  testFraction: z.number().min(0.01).max(0.9).default(0.1)
    .describe("Share of the samples for testing, where the data name no test split"),
  splitSeed: z.number().int().min(0).max(2 ** 32 - 1).default(42)
    .describe("Seed of the shuffle before the data are cut"),
};

/** Options that name classes and test samples by the names of files or records. */
export const nameOptions = {
  labelPattern: z.string().optional()
    .describe("Regular expression whose first group in a name is the class"),
  testPattern: z.string().optional()
    .describe("Regular expression: names that match are for testing"),
};

/** Whether values are brought to mean 0 and deviation 1. */
export const normalizeOption = (fallback: "none" | "standard") =>
  z.enum(["none", "standard"]).default(fallback)
    .describe("Subtract the training mean and divide by the deviation, per channel, or do not");

/** Options as they were given. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/**
 * Checks options against a schema and fills in the defaults.
 *
 * @param id Id of the data set, for the message.
 * @throws {UsageError} If one is unknown or out of range; the message names its flag.
 */

export function readOptions<T>(id: string, schema: z.ZodType<T>, given: GivenOptions): T {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  const result = schema.safeParse(Object.fromEntries(present));
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ code, path, message, ...issue }) =>
    code === "unrecognized_keys" && "keys" in issue
      ? `it has no ${(issue.keys as string[]).map((name) => `"${flagOf(name)}"`).join(", ")}`
      : `"${flagOf(path.join("."))}": ${message}`
  );
  throw new UsageError(`Cannot use the options of "${id}": ${issues.join("; ")}`, {
    hint: "metamae tokenize --help lists the options by data set",
  });
}

/**
 * Checks the options that a data set is given before anything else is done.
 *
 * @throws {UsageError} If the data set does not take one of them.
 */
export function checkOptions({ id, options }: Dataset, given: GivenOptions): void {
  readOptions(id, options ?? z.strictObject({}), given);
}

/** The regular expression of an option; undefined if it was not given. */
export function readPattern(
  id: string,
  name: string,
  text: string | undefined,
): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, "u");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Cannot use the options of "${id}": "${flagOf(name)}": ${reason}`);
  }
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
