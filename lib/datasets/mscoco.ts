/**
 * MSCOCO: photos with captions, from the official archives of COCO 2017, packed or unpacked.
 *
 * As in DABS, an image has one caption, the last one of the file, and as its label the category of its
 * last instance; images without an instance are left out. The attention mask is not kept, so padding
 * counts as text. The variant `captions` reads no instances and takes what images there are: for
 * excerpts, and for trials on a part of the 20 GB.
 *
 * @module
 */

import { openWordPiece } from "../text/mod.ts";
import { cocoCategories, cocoCredits, cocoFiles, cocoSamples, readCoco } from "./captioned/coco.ts";
import { captionedShape } from "./captioned/shape.ts";
import { tokenizeCaptioned } from "./captioned/tokenize_captioned.ts";
import type { Dataset, DatasetShape } from "./dataset.ts";

const id = "mscoco";

const shapeOf = (variant: string): DatasetShape =>
  captionedShape(
    variant === "captions" ? undefined : {
      kind: "single-label",
      classes: cocoCategories.length,
      metric: "accuracy",
      classNames: [...cocoCategories],
    },
  );

/** MSCOCO. */
export const mscoco: Dataset = {
  id,
  title: "MSCOCO",
  domain: "captioned images",
  role: "pretrain",
  summary:
    "122,218 photos with a caption each; the label is the category of one object in the photo.",
  ...cocoCredits,
  files: cocoFiles,
  variants: [
    { name: "metamae", difference: "photos with an object, labelled; train2017 and val2017" },
    {
      name: "captions",
      difference: "all captions whose photos are there, no labels: for excerpts of the data",
    },
  ],

  shape: shapeOf,

  async tokenize(context, writer) {
    const instances = context.variant !== "captions";
    const parts = await readCoco(id, { instances }, context, writer);
    const tokenizer = await openWordPiece(context.raw, context);
    const splits = parts.map(({ records, ...part }) => ({
      ...part,
      samples: cocoSamples(records, tokenizer),
    }));
    await tokenizeCaptioned({ id, shape: shapeOf(context.variant), splits }, context, writer);
    writer.note("The last caption of every image; images in the order of their first captions");
  },
};
