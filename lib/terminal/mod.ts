/**
 * Words on a terminal: output, tables, progress, errors and their exit codes, signals to stop.
 *
 * @module
 */

export { describeFailure, failureJson, failureText, isBrokenPipe } from "./errors.ts";
export { formatBytes, formatCount, formatDuration, formatLoss } from "./format.ts";
export {
  createOutput,
  type Environment,
  type JsonDocument,
  type Output,
  type Sink,
  standardSink,
  type Style,
  useColor,
} from "./output.ts";
export { listenForStop } from "./stop_signal.ts";
export { formatFacts, formatTable, type TextColumn, wrapWords } from "./table.ts";
