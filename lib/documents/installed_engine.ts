/**
 * The record of an installed engine, written last, so that a folder without it is not one.
 *
 * @module
 */

import { z } from "zod";
import { defineDocument, type DocumentOf } from "./define_document.ts";

const fields = z.strictObject({
  /** Name of the build, which is the name of the folder. */
  id: z.string(),
  /** Version of TensorFlow. */
  tensorflow: z.string(),
  gpu: z.boolean(),
  /** The program that installed it. */
  installer: z.string(),
  /** The pinned requirements that it was installed from. */
  requirements: z.array(z.string()).readonly(),
  files: z.array(z.strictObject({
    path: z.string(),
    bytes: z.number().int().nonnegative(),
    sha256: z.string(),
  })).readonly(),
});

/**
 * The record of an installed engine, `engine.json`.
 *
 * @ignore
 */
export const installedEngine = defineDocument("metamae/engine", 1, fields, { file: "engine.json" });

/** What was installed. */
export type InstalledEngine = Readonly<DocumentOf<typeof installedEngine>>;
