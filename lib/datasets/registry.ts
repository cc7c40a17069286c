/**
 * All data sets, by the name that the command line takes: one line a data set.
 *
 * @module
 */

import { audioMnist } from "./audio_mnist.ts";
import { cifar10 } from "./cifar10.ts";
import type { Dataset } from "./dataset.ts";
import { fluentAction } from "./fluent_action.ts";
import { fluentLocation } from "./fluent_location.ts";
import { fluentObject } from "./fluent_object.ts";
import { glue } from "./glue.ts";
import { genomics } from "./genomics.ts";
import { genomicsOod } from "./genomics_ood.ts";
import { higgs } from "./higgs.ts";
import { folder } from "./folder.ts";
import { librispeech } from "./librispeech.ts";
import { mnist } from "./mnist.ts";
import { pamap2 } from "./pamap2.ts";
import { speechCommands } from "./speech_commands.ts";
import { voxceleb1 } from "./voxceleb1.ts";

/** The data sets by id. */
export const datasets: ReadonlyMap<string, Dataset> = new Map(
  [
    audioMnist,
    cifar10,
    fluentAction,
    fluentLocation,
    fluentObject,
    ...glue,
    genomics,
    genomicsOod,
    higgs,
    folder,
    librispeech,
    mnist,
    pamap2,
    speechCommands,
    voxceleb1,
  ].map((dataset) => [dataset.id, dataset]),
);
