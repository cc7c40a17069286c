/**
 * Mismatched captions: whether a caption belongs to a photo, on COCO 2017.
 *
 * As in DABS, the captions of about half of the photos are exchanged among them, once for each part, by
 * Python's generator with the seed 42: a number a photo decides, then the exchanged captions move on by
 * one random step. The variant `captions` does the same on what photos there are, with or without
 * objects in them.
 *
 * @module
 */

import { swapCaptions } from "../reference/mod.ts";
import { openWordPiece } from "../text/mod.ts";
import { cocoCredits, cocoFiles, cocoSamples, readCoco } from "./captioned/coco.ts";
import { captionedShape, matchTask } from "./captioned/shape.ts";
import { tokenizeCaptioned } from "./captioned/tokenize_captioned.ts";
import type { Dataset } from "./dataset.ts";

const id = "mismatched-caption";
const shape = captionedShape(matchTask);

/** Mismatched captions. */
export const mismatchedCaption: Dataset = {
  id,
  title: "Mismatched captions of MSCOCO",
  domain: "captioned images",
  role: "transfer",
  summary: "122,218 photos with their own caption or another photo's, to be told apart.",
  ...cocoCredits,
  files: cocoFiles,
  variants: [
    { name: "metamae", difference: "photos with an object; train2017 against val2017" },
    {
      name: "captions",
      difference: "all captions whose photos are there: for excerpts of the data",
    },
  ],

  shape: () => shape,

  async tokenize(context, writer) {
    const instances = context.variant !== "captions";
    const parts = await readCoco(id, { instances }, context, writer);
    const tokenizer = await openWordPiece(context.raw, context);
    const splits = parts.map(({ records, ...part }) => {
      const swap = swapCaptions(records.length);
      const exchanged = swap.labels.reduce((sum, label) => sum + 1 - label, 0);
      writer.note(
        `The split "${part.split}": ${exchanged} of ${records.length} captions are exchanged`,
      );
      return { ...part, samples: cocoSamples(records, tokenizer, swap) };
    });
    await tokenizeCaptioned({ id, shape, splits }, context, writer);
  },
};
