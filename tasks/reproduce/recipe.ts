/**
 * Recipes: what was published and how it was made, one JSON file a row of a published table.
 *
 * A recipe says what the sources say: settings with where each is stated, the score to expect, and the
 * hours that pretraining takes. How large a run is made of it is the matter of a scale.
 *
 * @module
 */

import { z } from "zod";
import { explained, fromFileUrl, join, readJson } from "../../lib/util/mod.ts";

/** The tables that recipes belong to; `packaged` holds what needs no download and has no published row. */
export const tableNames = [
  "in-domain",
  "cross-domain",
  "vision-language",
  "decoder-ablation",
  "dabs",
  "packaged",
] as const;

/** Name of a table. */
export type TableName = (typeof tableNames)[number];

/** How a score is measured: a linear probe on fixed features, or the transfer protocol of DABS. */
export type Protocol = "metamae" | "dabs";

const count = z.number().int().positive();

/** A number with the place that states it, or with the remark that none does. */
const setting = z.strictObject({ value: z.number(), source: z.string() });

const settings = z.record(z.string(), setting);

const expected = z.strictObject({
  /** In the unit of the table; null where it prints a dash. */
  score: z.number().nullable(),
  printed: z.string(),
  source: z.string(),
});

const column = z.strictObject({
  method: z.string(),
  backbone: z.enum(["metamae", "dabs"]),
  /** Protocol of the published score. */
  protocol: z.enum(["metamae", "dabs"]),
  /** Options of the method, depth of the decoder and dropout. */
  settings: settings.optional(),
  expected: expected.optional(),
  /** Expected hours of pretraining at the published size on the machine of `referenceMachine`. */
  hours: z.number().nonnegative().optional(),
});

/** Schema of {@linkcode Recipe}. */
export const recipe = z.strictObject({
  schema: z.literal("metamae/recipe"),
  version: z.literal(1),
  table: z.enum(tableNames),
  /** Row label as printed. */
  row: z.string(),
  metric: z.string(),
  pretrain: z.strictObject({
    dataset: z.string(),
    variant: z.string(),
    /** Samples of the pretraining split, where the sources tell. */
    samples: count.optional(),
    steps: setting,
    batchSize: setting,
    learningRate: setting,
    weightDecay: setting,
  }),
  /** Data sets that the row evaluates; of several the row is the mean. */
  evaluate: z.array(z.strictObject({
    dataset: z.string(),
    variant: z.string(),
    /** Samples of the splits, as far as known. */
    train: count,
    test: count,
  })).min(1),
  /** Epochs of the evaluation. */
  epochs: setting,
  /** What stands beside the published protocol, because that leaks or counts padding. */
  beside: z.array(z.union([
    z.strictObject({ variant: z.string(), reason: z.string() }),
    z.strictObject({ metric: z.string(), reason: z.string() }),
  ])).optional(),
  columns: z.array(column).min(1),
  /** Methods of the table that puts all on MetaMAE's backbone and protocol. */
  likeForLike: z.array(column.omit({ backbone: true, protocol: true })).optional(),
  notes: z.array(z.string()).optional(),
});

/** A published row. */
export type Recipe = z.infer<typeof recipe>;

/** One score of a row: a method on a backbone, with its settings. */
export type RecipeColumn = z.infer<typeof column>;

/** What the expected hours are about. */
export const referenceMachine = "2 CPU cores with AVX-512, XLA";

/** Folder of the recipes that come with the program. */
export const recipeFolder: string = fromFileUrl(new URL("../recipes", import.meta.url));

/**
 * Reads all recipes of a folder, in the order of the tables and then of the names of the files.
 *
 * @throws {DataError} If one is malformed.
 * @throws {StorageError} If the folder cannot be read.
 */

export async function loadRecipes(folder: string = recipeFolder): Promise<readonly Recipe[]> {
  const recipes: Recipe[] = [];
  for (const table of tableNames) {
    const place = join(folder, table);
    const entries = await explained(
      `Cannot read the recipes "${place}"`,
      () => Array.fromAsync(Deno.readDir(place)),
    );
    for (const name of entries.map((entry) => entry.name).sort()) {
      if (name.endsWith(".json")) recipes.push(await readJson(join(place, name), recipe));
    }
  }
  return recipes;
}
