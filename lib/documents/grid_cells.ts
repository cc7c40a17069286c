/**
 * How it stands with the cells of a grid: what the tables are made from beside the results.
 *
 * @module
 */

import { z } from "zod";
import { defineDocument } from "./define_document.ts";

/** Cells may have further fields, which are for people. */
const fields = z.object({
  cells: z.array(z.object({
    table: z.string(),
    row: z.string(),
    pretrain: z.string(),
    dataset: z.string(),
    variant: z.string(),
    method: z.string(),
    backbone: z.string(),
    decoderLayers: z.number().exactOptional(),
    seed: z.number(),
    /** Whether it belongs to the table that has all methods on one backbone. */
    likeForLike: z.boolean().exactOptional(),
    /** `missing` lacks raw files, `pending` has not been run. */
    state: z.enum(["done", "missing", "failed", "pending"]),
    /** Why it is missing or failed. */
    reason: z.string().exactOptional(),
    /** Data set whose raw files are missing. */
    lacking: z.string().exactOptional(),
  })),
});

/**
 * How it stands with the cells of a grid, `grid.json`.
 *
 * @ignore
 */
export const gridCells = defineDocument("metamae/grid", 1, fields);
