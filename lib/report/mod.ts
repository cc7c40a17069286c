/**
 * Tables and figures beside the published numbers.
 *
 * @module
 */

export { buildTable } from "./build_table.ts";
export { loadResults } from "./load_results.ts";
export {
  plotAdaptation,
  plotCurves,
  plotDecoderDepth,
  plotGalleries,
  plotHealth,
  plotScores,
} from "./figures.ts";
export { groupRecords, groupScore } from "./groups.ts";
export { findPublished } from "./published.ts";
export {
  type ReportFormat,
  type ReportSummary,
  writeReport,
  type WriteReportOptions,
} from "./report.ts";
export { drawSample } from "./sample_drawing.ts";
export { escapeXml, standaloneSvg } from "./charts.ts";
export { tableText } from "./table.ts";
export { paperTheme } from "./theme.ts";
export { scoresOf } from "./load_results.ts";
export { renderMarkdownTable } from "./text_formats.ts";
