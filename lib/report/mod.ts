/**
 * Tables and figures beside the published numbers.
 *
 * @module
 */

export { buildTable, type MissingCell, type TableOptions } from "./build_table.ts";
export { escapeXml, type Figure, standaloneSvg } from "./charts.ts";
export type { DatasetSection, ReportDocument } from "./document.ts";
export {
  plotAdaptation,
  plotCurves,
  plotDecoderDepth,
  plotGalleries,
  plotHealth,
  plotScores,
} from "./figures.ts";
export type { GallerySample } from "./gallery.ts";
export {
  groupRecords,
  type GroupScore,
  groupScore,
  type ResultGroup,
  type ScoreQuery,
} from "./groups.ts";
export { loadResults, resultView, scoresOf } from "./load_results.ts";
export {
  type BesideRow,
  findPublished,
  type PublishedColumn,
  type PublishedNumber,
  type PublishedQuery,
  type PublishedTable,
  type RowProtocol,
  type Unit,
} from "./published.ts";
export {
  type ReportFormat,
  reportFormats,
  type ReportSummary,
  type RequirementOutcome,
  type ScoreRequirement,
  writeReport,
  type WriteReportOptions,
} from "./report.ts";
export type {
  AdaptationRecord,
  CurveRecord,
  Experiment,
  GalleryRecord,
  MetricResult,
  PlannedCell,
  ProbeScore,
  Results,
  ScoreRecord,
  Skipped,
} from "./results.ts";
export { drawSample } from "./sample_drawing.ts";
export type { Estimate, Interval, IntervalKind, Mark, Measurement } from "./statistics.ts";
export { type Cell, type Column, type PublishedCell, type Table, tableText } from "./table.ts";
export { type MarkdownTableOptions, renderMarkdownTable } from "./text_formats.ts";
export { paperTheme, type Theme } from "./theme.ts";
