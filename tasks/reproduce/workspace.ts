/**
 * The folder of a grid: outputs of stages, the records that say they are done, failures and logs.
 *
 * ```text
 * stores/ runs/ features/ results/   outputs; the end of a name is the beginning of the stage's key
 * records/<stage>.json               written last: the stage is done, with what went in and what came out
 * failures/<stage>.json              why a stage failed; gone when it succeeds
 * logs/<stage>.log                   what a stage printed, where it ran in a process of its own
 * report/                            tables and page
 * ```
 *
 * A stage is done when its record carries its key, a digest of its settings, of the digests of its
 * inputs, and of the versions of program and engine. No times are compared.
 *
 * @module
 */

import { z } from "zod";
import { defineDocument, type DocumentOf } from "../../lib/documents/mod.ts";
import {
  AppError,
  canonicalJson,
  DataError,
  dirname,
  disk,
  explained,
  hashFile,
  join,
  MissingError,
  sha256,
} from "../../lib/util/mod.ts";
import type { Stage } from "./stage.ts";

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** Versions that shape the output of a stage, by name. */
const versions = z.record(z.string(), z.string());

const recordFields = z.strictObject({
  stage: z.string(),
  key: digest,
  settings: z.record(z.string(), z.unknown()),
  /** Digests of what went in, in the order of the stage's dependencies; raw files first. */
  inputs: z.array(digest),
  code: versions,
  /** Path of the output below the workspace. */
  output: z.string(),
  /**
   * The file that stands for the output: it is written last and names the digests of the others.
   */
  manifest: z.string(),
  digest,
});

/** What says that a stage is done. */
export const stageRecord = defineDocument("metamae/stage", 1, recordFields);

/** What says that a stage is done. */
export type StageRecord = DocumentOf<typeof stageRecord>;

/** Versions of program and engine. */
export type CodeVersions = z.infer<typeof versions>;

const failureFields = z.strictObject({
  stage: z.string(),
  exitCode: z.number().int(),
  message: z.string(),
  hint: z.string().optional(),
  /** Whether raw files are missing, which is no fault of the stage. */
  missingRaw: z.boolean(),
});

const stageFailure = defineDocument("metamae/stage-failure", 1, failureFields);

/** Why a stage failed. */
export type StageFailure = DocumentOf<typeof stageFailure>;

/** The key of a stage: equal keys mean equal outputs. */
export function stageKey(stage: Stage, inputs: readonly string[], code: CodeVersions): string {
  return sha256(canonicalJson({ settings: stage.settings, inputs, code }));
}

/** The folder of a grid. */
export interface Workspace {
  readonly root: string;
  /** Absolute path of something in it. */
  path(name: string): string;
  /** Where the output of a stage belongs. */
  outputOf(stage: Stage, key: string): string;
  logOf(stage: string): string;
  /** The record of a stage, whatever its key; undefined if there is none or its output is gone. */
  record(stage: Stage): Promise<StageRecord | undefined>;
  writeRecord(record: StageRecord): Promise<void>;
  failure(stage: Stage): Promise<StageFailure | undefined>;
  writeFailure(stage: Stage, error: AppError): Promise<void>;
}

/** Names the places in the folder of a grid. */
export function createWorkspace(root: string): Workspace {
  const path = (name: string) => join(root, name);
  const recordPath = (id: string) => path(`records/${id}.json`);
  const failurePath = (id: string) => path(`failures/${id}.json`);
  const makeParent = (file: string) =>
    explained(`Cannot write "${file}"`, () => disk.makeFolder(dirname(file)));
  return {
    root,
    path,
    outputOf: ({ name, settings }, key) => {
      const isFile = settings.kind === "probe";
      return `${name}-${key.slice(0, 8)}${isFile ? ".json" : ""}`;
    },
    logOf: (stage) => path(`logs/${stage}.log`),
    record: async ({ id }) => {
      const record = await orUndefined(() => stageRecord.read(recordPath(id)));
      if (record === undefined || record.stage !== id) return undefined;
      const found = await orUndefined(() => hashFile(path(record.manifest)));
      return found === record.digest ? record : undefined;
    },
    writeRecord: async (record) => {
      await makeParent(recordPath(record.stage));
      await stageRecord.write(recordPath(record.stage), record);
      await disk.remove(failurePath(record.stage));
    },
    failure: ({ id }) => orUndefined(() => stageFailure.read(failurePath(id))),
    writeFailure: async ({ id, settings }, error) => {
      const { exitCode, message, hint } = error;
      const failure = stageFailure.make({
        stage: id,
        exitCode,
        message,
        ...(hint === undefined ? {} : { hint }),
        missingRaw: settings.kind === "tokenize" && error instanceof MissingError,
      });
      await makeParent(failurePath(id));
      await stageFailure.write(failurePath(id), failure);
    },
  };
}

/** What is read, or undefined if it is not there or not readable: then the stage is done again. */
async function orUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof MissingError || error instanceof DataError) return undefined;
    throw error;
  }
}
