/**
 * What the program prints: results on stdout, everything else on stderr.
 *
 * @module
 */

import { formatCount, formatDuration, formatLoss } from "./format.ts";

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

/** What a progress line shows. */
export interface ProgressState {
  /** What is going on, such as `pretrain`. */
  readonly label: string;
  readonly done: number;
  /** Undefined where the end is not known. */
  readonly total: number | undefined;
  /** What is counted, such as `steps`. */
  readonly unit: string;
  /** Throughput as text, such as `812 samples/s`. */
  readonly rate?: string | undefined;
  readonly loss?: number | undefined;
  /** Estimated seconds to the end. */
  readonly secondsLeft?: number | undefined;
}

/** What work reports. */
export interface ProgressUpdate {
  /** Units done; a smaller number than before starts a new count. */
  readonly done: number;
  readonly total?: number | undefined;
  /** Throughput as text; computed from the counts if absent. */
  readonly rate?: string | undefined;
  readonly loss?: number | undefined;
  /** Whether earlier work is being counted, which says nothing about the pace. */
  readonly kept?: boolean | undefined;
  /** Replaces the unit where the work changes it, such as files after bytes. */
  readonly unit?: string | undefined;
}

/** A progress display. */
export interface Progress {
  /** Reports work; drawing is limited in rate, so it can be called every step. */
  update(update: ProgressUpdate): void;
  /** Clears the line of a terminal, so that other text can be written. */
  interrupt(): void;
  /** Draws the last state and ends the line. */
  finish(): void;
}

/** Options of {@linkcode createProgress}. */
export interface ProgressOptions {
  readonly label: string;
  readonly unit: string;
  readonly width: number;
  /** Whether the line can be drawn over. */
  readonly redraw: boolean;
  write(text: string): void;
  /** Milliseconds on a monotonic clock. */
  readonly now?: () => number;
}

const redrawInterval = 100;
const plainInterval = 10_000;
const etaWindow = 33;

/** Starts a progress display. */
export function createProgress(options: ProgressOptions): Progress {
  const { redraw, write, width } = options;
  const now = options.now ?? (() => performance.now());
  let started = now();
  /** Units that were done when the clock was started. */
  let before = 0;
  let pace = createPace(started);
  let last: ProgressUpdate | undefined;
  let drawnAt = -Infinity;
  let drawn: ProgressUpdate | undefined;

  const draw = (update: ProgressUpdate) => {
    const unit = update.unit ?? options.unit;
    const unitsPerSecond = (update.done - before) / Math.max(1e-3, (now() - started) / 1000);
    const line = renderProgress({
      label: options.label,
      done: update.done,
      total: update.total,
      unit,
      rate: update.rate ?? rateOf(unitsPerSecond, unit),
      loss: update.loss,
      secondsLeft: update.total === undefined ? undefined : pace.secondsLeft(update.total),
    }, redraw ? width - 1 : Infinity);
    write(redraw ? `\r${line}\x1b[K` : `${line}\n`);
    [drawn, drawnAt] = [update, now()];
  };

  return {
    update(update) {
      if (update.kept || (last !== undefined && update.done < last.done)) {
        started = now();
        before = update.kept ? update.done : 0;
        pace = createPace(started);
      }
      last = update;
      pace.add(update.done, now());
      // A log starts where the earlier work ended.
      if (update.kept && !redraw) return;
      if (now() - drawnAt >= (redraw ? redrawInterval : plainInterval)) draw(update);
    },
    interrupt() {
      if (redraw && drawn !== undefined) write("\r\x1b[K");
      if (redraw) drawnAt = -Infinity;
    },
    finish() {
      if (last === undefined) return;
      if (redraw || drawn !== last) draw(last);
      if (redraw) write("\n");
      last = undefined;
    },
  };
}

/** Throughput as text; what takes longer than a second each is counted by the minute. */
function rateOf(unitsPerSecond: number, unit: string): string {
  return unitsPerSecond === 0 || unitsPerSecond >= 1
    ? `${formatCount(unitsPerSecond)} ${unit}/s`
    : `${formatCount(60 * unitsPerSecond)} ${unit}/min`;
}

/**
 * One line of progress that fits the width: the bar shrinks first, then the line is cut.
 *
 * @param width Columns; `Infinity` for a log file, where the bar is left out.
 */
export function renderProgress(state: ProgressState, width: number): string {
  const { total } = state;
  const share = total === undefined ? undefined : total === 0 ? 1 : Math.min(1, state.done / total);
  const facts = [
    total === undefined
      ? `${formatCount(state.done)} ${state.unit}`
      : `${formatCount(state.done)}/${formatCount(total)} ${state.unit}`,
    share === undefined ? "" : `${Math.floor(share * 100)}%`,
    state.loss === undefined ? "" : `loss ${formatLoss(state.loss)}`,
    state.rate ?? "",
    state.secondsLeft === undefined ? "" : `${formatDuration(state.secondsLeft)} left`,
  ].filter((fact) => fact !== "").join("  ");
  const room = Math.min(30, width - state.label.length - facts.length - 6);
  const bar = share === undefined || width === Infinity || room < 5
    ? ""
    : `${renderBar(share, room)}  `;
  const line = `${state.label}  ${bar}${facts}`;
  return line.length <= width ? line : line.slice(0, Math.max(0, width));
}

function renderBar(share: number, cells: number): string {
  const full = Math.round(share * cells);
  const head = full > 0 && full < cells ? ">" : "";
  return `[${"=".repeat(full - head.length)}${head}${" ".repeat(cells - full)}]`;
}

interface Pace {
  add(done: number, at: number): void;
  secondsLeft(total: number): number | undefined;
}

/** Time per unit as the median over the last updates, so that one slow step does not matter. */
function createPace(started: number): Pace {
  const durations: number[] = [];
  let [doneBefore, before]: [number | undefined, number] = [undefined, started];
  let done = 0;
  return {
    add(now, at) {
      done = now;
      if (doneBefore !== undefined && now > doneBefore) {
        durations.push((at - before) / (now - doneBefore));
        if (durations.length > etaWindow) durations.shift();
      }
      if (doneBefore === undefined || now > doneBefore) [doneBefore, before] = [now, at];
    },
    secondsLeft(total) {
      if (durations.length === 0 || done >= total) return undefined;
      const sorted = durations.toSorted((a, b) => a - b);
      const middle = sorted.length >> 1;
      const median = sorted.length % 2 === 1
        ? sorted[middle]!
        : (sorted[middle - 1]! + sorted[middle]!) / 2;
      return (median * (total - done)) / 1000;
    },
  };
}
