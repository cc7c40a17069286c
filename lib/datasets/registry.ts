/**
 * All data sets, by the name that the command line takes: one line a data set.
 *
 * @module
 */

import { aircraft } from "./aircraft.ts";
import { audioMnist } from "./audio_mnist.ts";
import { chestxRay8 } from "./chestx_ray8.ts";
import { chexpert } from "./chexpert.ts";
import { cifar10 } from "./cifar10.ts";
import type { Dataset } from "./conversion/dataset.ts";
import { csv } from "./csv.ts";
import { cub200 } from "./cub200.ts";
import { dtd } from "./dtd.ts";
import { eurosat } from "./eurosat.ts";
import { fasta } from "./fasta.ts";
import { fluentAction, fluentLocation, fluentObject } from "./fluent.ts";
import { folder } from "./folder.ts";
import { genomics, genomicsOod } from "./genomics.ts";
import { glue } from "./glue.ts";
import { higgs } from "./higgs.ts";
import { imagenet, imagenet32 } from "./imagenet.ts";
import { librispeech } from "./librispeech.ts";
import { mc4 } from "./mc4.ts";
import { mnist } from "./mnist.ts";
import { mismatchedCaption, mscoco } from "./mscoco.ts";
import { npy } from "./npy.ts";
import { pamap2 } from "./pamap2.ts";
import { pawsX } from "./paws_x.ts";
import { pfam } from "./pfam.ts";
import { speechCommands } from "./speech_commands.ts";
import { fluorescence, scop, secondaryStructure, stability } from "./tape.ts";
import { text } from "./text.ts";
import { trafficSign } from "./traffic_sign.ts";
import { vggFlowers } from "./vgg_flowers.ts";
import { voxceleb1 } from "./voxceleb1.ts";
import { vqa } from "./vqa.ts";
import { waferMap } from "./wafer_map.ts";
import { wikitext103 } from "./wikitext103.ts";

/** The data sets by id. */
export const datasets: ReadonlyMap<string, Dataset> = new Map(
  // deno-fmt-ignore
  [
    aircraft, audioMnist, chestxRay8, chexpert, cifar10, csv, cub200, dtd, eurosat, fasta,
    fluentAction, fluentLocation, fluentObject, fluorescence, folder, genomics, genomicsOod,
    ...glue, higgs, imagenet, imagenet32, librispeech, mc4, mismatchedCaption, mnist, mscoco, npy,
    pamap2, ...pawsX, pfam, scop, secondaryStructure, speechCommands, stability, text, trafficSign,
    vggFlowers, voxceleb1, vqa, waferMap, wikitext103,
  ].map((dataset) => [dataset.id, dataset]),
);
