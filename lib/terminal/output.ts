/**
 * What the program prints: results on stdout, everything else on stderr.
 *
 * @module
 */

import { createProgress, type Progress } from "./progress.ts";

/** A stream that takes whole texts at once. */
export interface Sink {
  write(text: string): void;
  readonly terminal: boolean;
  /** Columns of the terminal; of a log file, a width that reads well. */
  readonly width: number;
}

/** A result as `--json` prints it. */
export interface JsonDocument {
  /** Kind of document, such as `metamae/datasets`. */
  readonly schema: `metamae/${string}`;
  readonly version: number;
  readonly [key: string]: unknown;
}

/** Marks up text for a terminal; without colour every function returns its text unchanged. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
}

/** Where a subcommand writes. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Style of stdout. */
  readonly style: Style;
  /** Columns of stdout; infinite where no terminal would cut lines. */
  readonly width: number;
  /** Prints the result: the document with `--json`, else the text. */
  result(document: JsonDocument, text: () => string): void;
  /** Prints a remark on stderr, unless quiet. */
  note(text: string): void;
  /** Prints a warning on stderr. */
  warn(text: string): void;
  /** Starts a progress display on stderr; silent if quiet. */
  progress(label: string, unit: string): Progress;
}

/** Reads an environment variable. */
export type Environment = (name: string) => string | undefined;

/** Options of {@linkcode createOutput}. */
export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly environment: Environment;
}

/** Builds the output of one run. */
export function createOutput(stdout: Sink, stderr: Sink, options: OutputOptions): Output {
  const { json, quiet, environment } = options;
  let active: Progress | undefined;
  const errorStyle = createStyle(useColor(stderr, environment));
  return {
    json,
    quiet,
    style: createStyle(useColor(stdout, environment)),
    width: stdout.terminal ? stdout.width : Infinity,
    result(document, text) {
      stdout.write(json ? `${JSON.stringify(document, undefined, 2)}\n` : withNewline(text()));
    },
    note(text) {
      if (quiet) return;
      active?.interrupt();
      stderr.write(withNewline(text));
    },
    warn(text) {
      active?.interrupt();
      stderr.write(withNewline(`${errorStyle.yellow("Warning:")} ${text}`));
    },
    progress(label, unit) {
      active = createProgress({
        label,
        unit,
        width: stderr.width,
        redraw: stderr.terminal && environment("TERM") !== "dumb" && !isSet(environment("CI")),
        write: quiet ? () => {} : (text) => stderr.write(text),
      });
      return active;
    },
  };
}

/**
 * Whether a stream takes colour: never with `NO_COLOR`, always with `FORCE_COLOR` or
 * `CLICOLOR_FORCE`, otherwise on a terminal that is not dumb, outside CI.
 */

export function useColor(sink: Sink, environment: Environment): boolean {
  if ((environment("NO_COLOR") ?? "") !== "") return false;
  const forced = environment("FORCE_COLOR") ?? environment("CLICOLOR_FORCE");
  if (isSet(forced)) return true;
  return sink.terminal && environment("TERM") !== "dumb" && !isSet(environment("CI"));
}

/** Text styles; without colour they do nothing. */
export function createStyle(color: boolean): Style {
  const wrap = (open: number, close: number) => (text: string) =>
    color ? `\x1b[${open}m${text}\x1b[${close}m` : text;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    yellow: wrap(33, 39),
    green: wrap(32, 39),
  };
}

/** Wraps one of the standard streams. */
export function standardSink(stream: typeof Deno.stdout | typeof Deno.stderr): Sink {
  const encoder = new TextEncoder();
  const terminal = stream.isTerminal();
  return {
    terminal,
    width: terminal ? consoleWidth() : 100,
    write(text) {
      let bytes = encoder.encode(text);
      while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
    },
  };
}

function consoleWidth(): number {
  try {
    return Math.max(40, Deno.consoleSize().columns);
  } catch {
    return 80;
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "" && value !== "0" && value !== "false";
}

function withNewline(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}
