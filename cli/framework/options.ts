/**
 * Options of subcommands as data: one table gives parsing, help, completions, environment variables
 * and keys of the configuration file.
 *
 * @module
 */

import type { ValueParser } from "@optique/core/valueparser";
import { flagName } from "../../lib/util/mod.ts";

/** One option of a subcommand. */
export interface OptionSpec {
  /** Reads a value from text; the same reader serves flags, environment and configuration file. */
  readonly parser: ValueParser<"sync", unknown>;
  /** Whether it must be given, has a default, or may be absent. */
  readonly presence: "required" | "defaulted" | "optional";
  /** Value that is used when nothing is given; absent unless the presence is `defaulted`. */
  readonly fallback?: unknown;
  /** What it does, without a final period. */
  readonly description: string;
  /**
   * A toggle takes no value on the command line and has a `--no-` form; a list takes several,
   * separated by commas, repeated, or both.
   */
  readonly form: "value" | "toggle" | "list";
  /** What the help shows as default. */
  readonly shown: string;
}

/** Options by camelCase name; `batchSize` is `--batch-size` and `METAMAE_BATCH_SIZE`. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** The flag that turns a toggle off. */
export function negatedFlagName(key: string): `--${string}` {
  return `--no-${flagName(key).slice(2)}`;
}

/** The environment variable of an option: `batchSize` is `METAMAE_BATCH_SIZE`. */
export function environmentName(key: string): string {
  return `METAMAE_${flagName(key).slice(2).replaceAll("-", "_").toUpperCase()}`;
}
