/**
 * Where values of options come from: flags beat environment, environment beats the configuration
 * file, the file beats defaults.
 *
 * @module
 */

import { formatMessage } from "@optique/core/message";
import { flagName, nearest, UsageError } from "../../lib/util/mod.ts";
import { environmentName, type OptionSpec, type OptionTable } from "./options.ts";

/** Source of one value. */
export type Origin = "flag" | "environment" | "file" | "default";

/** Source of every value, by option name. */
export type Origins = Readonly<Record<string, Origin>>;

/** A configuration file that was read. */
export interface ConfigFile {
  /** Path, for messages. */
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What is known besides the defaults. */
export interface Sources {
  /** Values of flags that were given. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Reads an environment variable. */
  readonly environment: (name: string) => string | undefined;
  readonly file?: ConfigFile | undefined;
}

/** Values and where they came from. */
export interface Resolved {
  /** By option name; options that may be absent and are not given are left out. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly origins: Origins;
}

/**
 * Finds the value of every option.
 *
 * @param command Name of the subcommand, for messages.
 * @throws {UsageError} If a required option is missing, or if the environment or the file holds a
 * value that the option cannot take, or if the file has an unknown key.
 */
export function resolveOptions(command: string, table: OptionTable, sources: Sources): Resolved {
  if (sources.file !== undefined) checkKeys(table, sources.file);
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  const missing: string[] = [];
  for (const [key, spec] of Object.entries(table)) {
    const found = find(key, spec, sources);
    if (found === undefined) {
      if (spec.presence === "required") missing.push(flagName(key));
      continue;
    }
    [values[key], origins[key]] = found;
  }
  if (missing.length > 0) {
    throw new UsageError(
      `Cannot run "metamae ${command}": ${missing.join(" and ")} must be given`,
      { hint: `metamae ${command} --help shows an example` },
    );
  }
  return { values, origins };
}

/**
 * Reads a configuration file: one JSON object with camelCase option names.
 *
 * @throws {UsageError} If the file does not exist or is no JSON object.
 */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError(`Cannot read the configuration "${path}": there is no such file`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new UsageError(
      `Cannot read the configuration "${path}": it is not valid JSON (${(error as Error).message})`,
      { cause: error },
    );
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new UsageError(
      `Cannot read the configuration "${path}": it must hold one JSON object`,
    );
  }
  const { $schema: _, ...values } = parsed as Record<string, unknown>;
  return { path, values };
}

function find(
  key: string,
  spec: OptionSpec,
  sources: Sources,
): readonly [unknown, Origin] | undefined {
  const flag = sources.flags[key];
  if (flag !== undefined) return [flag, "flag"];
  const text = sources.environment(environmentName(key));
  if (text !== undefined && text !== "") {
    return [readText(spec, text, `environment variable ${environmentName(key)}`), "environment"];
  }
  const stored = sources.file?.values[key];
  if (stored !== undefined && stored !== null) {
    return [readJson(spec, stored, `key "${key}" of "${sources.file!.path}"`), "file"];
  }
  return spec.presence === "defaulted" ? [spec.fallback, "default"] : undefined;
}

function readText(spec: OptionSpec, text: string, where: string): unknown {
  const result = spec.parser.parse(text);
  if (result.success) return result.value;
  throw new UsageError(`Cannot use the ${where}: ${plainMessage(formatMessage(result.error))}`);
}

function readJson(spec: OptionSpec, value: unknown, where: string): unknown {
  const text = Array.isArray(value) ? value.join(",") : String(value);
  const read = readText(spec, text, where);
  const kind = kindOf(read);
  if (kind !== kindOf(value)) {
    throw new UsageError(
      `Cannot use the ${where}: it is a JSON ${kindOf(value)}, ${
        kind === "array" ? "an" : "a"
      } ${kind} is wanted`,
    );
  }
  return read;
}

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}

function checkKeys(table: OptionTable, file: ConfigFile): void {
  // A file that names a file is one too many.
  const valid = Object.keys(table).filter((key) => key !== "config");
  for (const key of Object.keys(file.values)) {
    if (valid.includes(key)) continue;
    const near = nearest(key, valid);
    throw new UsageError(
      `Unknown key "${key}" in "${file.path}": the valid keys are ${valid.join(", ")}`,
      near === undefined ? {} : { hint: `Did you mean "${near}"?` },
    );
  }
}

/** A parser's message in the style of this program: no markup, no final period. */
export function plainMessage(message: string): string {
  const text = message.replaceAll("`", "").replace(/\s*\n\s*/g, " ").replace(/\.$/, "").trim();
  return text.replace(/^Expected /, "expected ").replace(/: Expected /, ": expected ");
}
