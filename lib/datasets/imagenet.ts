/**
 * ImageNet at 224x224 pixels, as DABS uses it for natural images.
 *
 * @module
 */

import type { TaskSpec } from "../spec/mod.ts";
import type { Dataset } from "./dataset.ts";
import { imagenetCounts, imagenetFiles } from "./images/imagenet_files.ts";
import { imagenetCitation, tokenizeImagenet } from "./images/tokenize_imagenet.ts";
import { photoShape } from "./images/variants.ts";

const id = "imagenet";
const task: TaskSpec = {
  kind: "single-label",
  classes: imagenetCounts.classes,
  metric: "accuracy",
};

/** ImageNet at 224x224 pixels. */
export const imagenet: Dataset = {
  id,
  title: "ImageNet (ILSVRC 2012)",
  domain: "natural images",
  role: "pretrain",
  summary: "1,281,167 photos of 1,000 classes; the store takes 193 GB.",
  licence: "Research use, by registration",
  homepage: "https://www.image-net.org",
  citation: imagenetCitation,
  files: Object.values(imagenetFiles),
  variants: [{ name: "dabs", difference: "resized to 224x224 pixels, patch 16" }],

  shape: () => photoShape("dabs", task),

  tokenize: (context, writer) =>
    tokenizeImagenet({ id, shape: photoShape("dabs", task), context, writer }),
};
