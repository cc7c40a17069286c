/**
 * What the samples of the captioned data sets look like.
 *
 * @module
 */

import type { TaskSpec } from "../../spec/mod.ts";
import { wordPieceCount } from "../../text/mod.ts";
import type { DatasetShape } from "../dataset.ts";
import { pictureSide } from "./square_picture.ts";

/** Ids of the text of a sample. */
export const captionLength = 32;

/** A picture of 224 x 224 in patches of 16, and 32 word pieces. */
export function captionedShape(task?: TaskSpec): DatasetShape {
  return {
    inputs: [
      { kind: "image", channels: 3, height: pictureSide, width: pictureSide, patch: 16 },
      { kind: "tokens", vocabulary: wordPieceCount, length: captionLength },
    ],
    ...(task === undefined ? {} : { task }),
    defaults: { batchSize: 64 },
  };
}

/** Whether text and picture belong together. */
export const matchTask: TaskSpec = {
  kind: "binary",
  classes: 2,
  metric: "accuracy",
  classNames: ["mismatch", "match"],
};
