/**
 * All data sets, by the name that the command line takes: one line a data set.
 *
 * @module
 */

import { audioMnist } from "./audio_mnist.ts";
import { cifar10 } from "./cifar10.ts";
import { csv } from "./csv.ts";
import type { Dataset } from "./dataset.ts";
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
import { librispeech } from "./librispeech.ts";
import { mc4 } from "./mc4.ts";
import { mnist } from "./mnist.ts";
import { npy } from "./npy.ts";
import { pamap2 } from "./pamap2.ts";
import { pawsX } from "./paws_x.ts";
import { pfam } from "./pfam.ts";
import { scop } from "./scop.ts";
import { secondaryStructure } from "./secondary_structure.ts";
import { speechCommands } from "./speech_commands.ts";
import { stability } from "./stability.ts";
import { text } from "./text.ts";
import { voxceleb1 } from "./voxceleb1.ts";
import { wikitext103 } from "./wikitext103.ts";

/** The data sets by id. */
export const datasets: ReadonlyMap<string, Dataset> = new Map(
  [
    audioMnist,
    cifar10,
    csv,
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
    librispeech,
    mc4,
    mnist,
    npy,
    pamap2,
    ...pawsX,
    pfam,
    scop,
    secondaryStructure,
    speechCommands,
    stability,
    text,
    voxceleb1,
    wikitext103,
  ].map((dataset) => [dataset.id, dataset]),
);
