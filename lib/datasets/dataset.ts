/**
 * The contract of a data set: what the official site hands out, and how it becomes a token store.
 *
 * One file a data set in this folder and one line in the registry. A data set streams its raw files
 * into a {@linkcode StoreWriter} in file order and then names its splits as index lists in the order
 * of the reference implementation.
 *
 * @module
 */

import type { z } from "zod";
import type { InputSpec, TaskSpec } from "../spec/mod.ts";
import type { StoreWriter } from "../store/mod.ts";

/** One file of the official distribution. */
export interface RawFile {
  /** Path below the raw folder, as the official archive unpacks or is named. */
  readonly path: string;
  /** Official download address, where it can be fetched without registration. */
  readonly url?: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly md5?: string;
  /** How to get it where no address works: registration, a form, a mirror. */
  readonly how?: string;
  /** Other forms of the same data that are accepted instead, such as the unpacked folder. */
  readonly alternatives?: readonly string[];
}

/** What a variant of a data set looks like. */
export interface DatasetShape {
  readonly inputs: readonly InputSpec[];
  readonly task?: TaskSpec;
  readonly defaults: { readonly batchSize: number };
}

/** What a conversion is given. */
export interface TokenizeContext {
  /** Folder of the raw files; undefined for packaged data sets. */
  readonly raw: string | undefined;
  readonly variant: string;
  /** Upper bound on the samples of each split, for trials. */
  readonly limit: number | undefined;
  /** Options of generic data sets, by camelCase name: `labelPattern` is `--label-pattern`. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** Reports progress: units done, units in all where known. */
  progress(done: number, total: number | undefined, what: string): void;
  /** Tells the user about something unusual that does not stop the conversion. */
  warn(message: string): void;
  /** Aborted when the user stops the program. */
  readonly signal: AbortSignal;
}

/** A data set. */
export interface Dataset {
  /** Name on the command line, such as `pamap2`. */
  readonly id: string;
  readonly title: string;
  /** Domain of the benchmark, such as `sensors`. */
  readonly domain: string;
  /** What the benchmark uses it for. */
  readonly role: "pretrain" | "transfer" | "both" | "generic";
  readonly summary: string;
  readonly licence: string;
  readonly homepage: string;
  /** Citation of the data set. */
  readonly citation: string;
  /** Files of the official distribution; empty for packaged data sets. */
  readonly files: readonly RawFile[];
  /** Names and one-line differences of the variants, the default first. */
  readonly variants: readonly { readonly name: string; readonly difference: string }[];

  /** Options of a generic data set, with defaults; makes flags, help and validation. */
  readonly options?: z.ZodType;

  /**
   * Shapes of a variant. Generic data sets know theirs only from the data: they return `undefined`
   * and declare the shape to the writer.
   */
  shape(variant: string): DatasetShape | undefined;

  /**
   * Converts the raw files.
   *
   * @throws {MissingError} If a raw file is absent; the message says which file to put where.
   * @throws {DataError} If a raw file is damaged or not in the official layout.
   */
  tokenize(context: TokenizeContext, writer: StoreWriter): Promise<void>;
}
