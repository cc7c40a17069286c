/**
 * Signals as the reference implementations process them: log-mel pictures and resized images.
 *
 * @module
 */

export { interpolateRows } from "./interpolate.ts";
export {
  createLogMel,
  type Crop,
  cropSamples,
  type LogMel,
  melSamples,
  melSide,
} from "./log_mel.ts";
export { type Box, channelsFirst, cropCentre, cropImage, resizeImage, toPlanes } from "./resize.ts";
