/**
 * Tables and figures beside the published numbers.
 *
 * @module
 */

export { buildTable } from "./build_table.ts";
export { loadResults } from "./collect.ts";
export { plotCurves, plotHealth } from "./curve_figures.ts";
export { escapeXml } from "./escape_xml.ts";
export { plotAdaptation, plotDecoderDepth, plotGalleries, plotScores } from "./figures.ts";
export { groupRecords, groupScore } from "./groups.ts";
export { seriesArt, tabularArt } from "./line_art.ts";
export { findPublished } from "./published.ts";
export { imageRaster, pngAddress, tokensRaster } from "./raster.ts";
export {
  type ReportFormat,
  type ReportSummary,
  writeReport,
  type WriteReportOptions,
} from "./report.ts";
export { standaloneSvg } from "./svg.ts";
export { tableText } from "./terminal_table.ts";
export { paperTheme } from "./theme.ts";
