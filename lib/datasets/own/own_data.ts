/**
 * What the data sets of the users' own data have in common: their records and their options.
 *
 * @module
 */

import { z } from "zod";
import type { InputSpec, TaskSpec, ValueSchema } from "../../spec/mod.ts";
import { reasonOf, UsageError } from "../../util/mod.ts";
import type {
  Conversion,
  Dataset,
  DatasetFacts,
  DatasetShape,
  Variant,
} from "../conversion/dataset.ts";

/** Own data of one format. */
export interface OwnDataset<Options>
  extends Pick<DatasetFacts<Variant>, "id" | "title" | "summary" | "homepage"> {
  readonly options: z.ZodType<Options>;
  /** Converts the data as the options say; the store is declared as the data are. */
  convert(run: Conversion, options: Options): Promise<void>;
}

/** Makes a data set of the users' own data. */
export function ownDataset<Options>({ options, convert, ...facts }: OwnDataset<Options>): Dataset {
  return {
    ...facts,
    domain: "own data",
    role: "generic",
    licence: "That of the data",
    citation: "None; the data are the user's own",
    files: [],
    variants: [{ name: "own", difference: "as the options say" }],
    options,
    convert: (run) => convert(run, readOptions(facts.id, options, run.options)),
  };
}

/** Shape of own data. */
export function ownShape(input: InputSpec, task: TaskSpec | undefined): DatasetShape {
  return { inputs: [input], ...(task === undefined ? {} : { task }), defaults: { batchSize: 64 } };
}

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

/** Options that several formats have; what they are for is said in the same words. */
export const sharedOptions = {
  label: z.string().optional().describe("Column or array that holds the labels"),
  task: z.enum(["classes", "regression"]).optional().describe("What the labels are"),
  window: z.number().int().min(2).optional()
    .describe("Consecutive rows, bases, residues or characters of a sample"),
  stride: z.number().int().min(1).optional()
    .describe("Distance of the starts of windows; that of the window if left out"),
  patch: z.number().int().min(1).optional().describe("Side of a patch, or steps of a segment"),
  normalize: z.enum(["none", "standard"]).optional()
    .describe("Subtract the training mean and divide by the deviation, per channel, or do not"),
};

/** Options as they were given. */
type GivenOptions = Readonly<Record<string, unknown>>;

/**
 * Checks options against a schema and fills in the defaults.
 *
 * @param id Id of the data set, for the message.
 * @throws {UsageError} If one is unknown or out of range; the message names its flag.
 */
function readOptions<T>(id: string, schema: ValueSchema<T>, given: GivenOptions): T {
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

/** What the options say about the names of files or records. */
export interface NamePatterns {
  /** Id of the data set, for messages. */
  readonly id: string;
  /** Its first group, or else the match, in a name is the class. */
  readonly label?: RegExp | undefined;
  /** Names that match are for testing. */
  readonly test?: RegExp | undefined;
}

/** The regular expressions of the options. */
export function namePatterns(
  id: string,
  { labelPattern, testPattern }: {
    readonly [Name in keyof typeof nameOptions]?: string | undefined;
  },
): NamePatterns {
  return {
    id,
    label: readPattern(id, "labelPattern", labelPattern),
    test: readPattern(id, "testPattern", testPattern),
  };
}

function readPattern(id: string, name: string, text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text, "u");
  } catch (error) {
    const where = `Cannot use the options of "${id}": "${flagOf(name)}"`;
    throw new UsageError(`${where}: ${reasonOf(error)}`);
  }
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * Checks a patch, or finds one that divides all sides: for images 16 from 112 pixels on and else 4,
 * as the published settings have them, or the nearest that divides; for series up to 8 steps.
 *
 * @param id Id of the data set, for the message.
 * @param sides Height and width, or the steps of a series.
 * @throws {UsageError} If the given patch does not divide a side.
 */
export function patchSize(id: string, sides: readonly number[], given: number | undefined): number {
  const divides = (patch: number) => sides.every((side) => side % patch === 0);
  if (given === undefined) {
    const isLarge = sides.length > 1 && sides.every((side) => side >= 112);
    const known = sides.length === 1
      ? [8, 7, 6, 5, 4, 3, 2]
      : [...(isLarge ? [16, 14, 8] : []), 4, 5, 3, 6, 7, 2];
    return known.find(divides) ?? 1;
  }
  if (divides(given)) return given;
  throw new UsageError(
    `Cannot use the options of "${id}": ${sides.join(" x ")} is no multiple of the patch ${given}`,
    { hint: "Use another --patch, or another size" },
  );
}
