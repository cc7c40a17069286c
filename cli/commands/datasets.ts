/**
 * `metamae datasets`: the data sets that can be tokenized, and how to get one.
 *
 * @module
 */

import { type Command, defineCommand } from "../framework/mod.ts";
import { lookUp } from "../../lib/util/mod.ts";
import { datasetName } from "./names.ts";

/** `metamae datasets [NAME]`. */
export const datasetsCommand: Command = defineCommand({
  name: "datasets",
  summary: "List the data sets, or show one: files, licence, variants, how to get it",
  example: "metamae datasets pamap2",
  argument: {
    parser: datasetName,
    description: "Data set to show; all are listed without it",
    count: "optional",
  },
  options: {},
  async run({ arguments: [name], output }) {
    const { datasets } = await import("../../lib/datasets/mod.ts");
    const { datasetList, datasetPage, datasetRecord } = await import("./dataset_pages.ts");
    if (name === undefined) {
      const all = [...datasets.values()];
      output.result(
        { schema: "metamae/datasets", version: 1, datasets: all.map(datasetRecord) },
        () => datasetList(all, output.style, output.width),
      );
    } else {
      const dataset = lookUp("data set", name, datasets);
      output.result(
        { schema: "metamae/dataset", version: 1, ...datasetRecord(dataset) },
        () => datasetPage(dataset, output.style),
      );
    }
  },
});
