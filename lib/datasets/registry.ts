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
import { csv } from "./csv.ts";
import { cub200 } from "./cub200.ts";
import type { Dataset } from "./dataset.ts";
import { dtd } from "./dtd.ts";
import { eurosat } from "./eurosat.ts";
import { fasta } from "./fasta.ts";
import { fluentAction } from "./fluent_action.ts";
import { fluentLocation } from "./fluent_location.ts";
import { fluentObject } from "./fluent_object.ts";
import { fluorescence } from "./fluorescence.ts";
import { folder } from "./folder.ts";
import { genomics } from "./genomics.ts";
import { genomicsOod } from "./genomics_ood.ts";
import { glue } from "./glue.ts";
import { higgs } from "./higgs.ts";
import { imagenet } from "./imagenet.ts";
import { imagenet32 } from "./imagenet32.ts";
import { librispeech } from "./librispeech.ts";
import { mc4 } from "./mc4.ts";
import { mismatchedCaption } from "./mismatched_caption.ts";
import { mnist } from "./mnist.ts";
import { mscoco } from "./mscoco.ts";
import { npy } from "./npy.ts";
import { pamap2 } from "./pamap2.ts";
import { pawsX } from "./paws_x.ts";
import { pfam } from "./pfam.ts";
import { scop } from "./scop.ts";
import { secondaryStructure } from "./secondary_structure.ts";
import { speechCommands } from "./speech_commands.ts";
import { stability } from "./stability.ts";
import { text } from "./text.ts";
import { trafficSign } from "./traffic_sign.ts";
import { vggFlowers } from "./vgg_flowers.ts";
import { voxceleb1 } from "./voxceleb1.ts";
import { vqa } from "./vqa.ts";
import { waferMap } from "./wafer_map.ts";
import { wikitext103 } from "./wikitext103.ts";

/** The data sets by id. */
export const datasets: ReadonlyMap<string, Dataset> = new Map(
  [
    aircraft,
    audioMnist,
    chestxRay8,
    chexpert,
    cifar10,
    csv,
    cub200,
    dtd,
    eurosat,
    fasta,
    fluentAction,
    fluentLocation,
    fluentObject,
    fluorescence,
    folder,
    genomics,
    genomicsOod,
    ...glue,
    higgs,
    imagenet,
    imagenet32,
    librispeech,
    mc4,
    mismatchedCaption,
    mnist,
    mscoco,
    npy,
    pamap2,
    ...pawsX,
    pfam,
    scop,
    secondaryStructure,
    speechCommands,
    stability,
    text,
    trafficSign,
    vggFlowers,
    voxceleb1,
    vqa,
    waferMap,
    wikitext103,
  ].map((dataset) => [dataset.id, dataset]),
);
