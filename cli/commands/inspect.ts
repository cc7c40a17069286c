/**
 * `metamae inspect`: what is in a token store.
 *
 * @module
 */

import {
  type Command,
  defaulted,
  defineCommand,
  oneOf,
  optional,
  path,
  toggle,
  wholeNumber,
} from "../framework/mod.ts";
import type { Split } from "../../lib/store/mod.ts";
import { formatBytes } from "../../lib/terminal/mod.ts";
import { UsageError } from "../../lib/util/mod.ts";

/** `metamae inspect STORE`. */
export const inspectCommand: Command = defineCommand({
  name: "inspect",
  summary: "Show what is in a token store: splits, classes, shapes, ranges, digest, one picture",
  example: "metamae inspect mnist.store",
  argument: {
    parser: path("STORE", "directory"),
    description: "Token store to look into",
    count: "one",
  },
  options: {
    split: optional(
      oneOf(["pretrain", "train", "validation", "test"], "SPLIT"),
      "Split that the picture is taken from; the first one if absent",
    ),
    sample: defaulted(wholeNumber({ min: 0 }), 0, "Position of the sample in the picture"),
    measure: defaulted(
      wholeNumber({ min: 1 }),
      1000,
      "Samples of each split that ranges of values are taken from",
    ),
    picture: optional(path("FILE.svg", "file"), "Write the picture to a file"),
    verify: toggle("Read every file and compare its SHA-256 with the manifest"),
  },
  async run({ arguments: [folder], options, output }) {
    const { openStore } = await import("../../lib/store/mod.ts");
    const { summarizeStore } = await import("./store_summary.ts");
    const { storePage } = await import("./store_page.ts");
    const { sampleArt } = await import("./sample_art.ts");
    await using store = await openStore(folder!);
    if (options.verify) {
      const { verifyStore } = await import("../../lib/store/mod.ts");
      const progress = output.progress("verify", "bytes");
      const checked = await verifyStore(store, {
        progress: (done, total) => progress.update({ done, total, rate: "" }),
      }).finally(progress.finish);
      output.note(`All ${checked.files} files (${formatBytes(checked.bytes)}) are as written`);
    }
    const split = await store.split(options.split ?? store.splits[0]!);
    const { id, label, values } = await readSample(split, options.sample);
    const looks = store.manifest.columns.map(({ look }) => look);
    if (options.picture !== undefined) {
      const { samplePicture } = await import("./sample_picture.ts");
      const { writeFileAtomic } = await import("../../lib/util/mod.ts");
      const title = `${store.manifest.title}, ${split.name} ${options.sample}`;
      await writeFileAtomic(options.picture, samplePicture(store.inputs, values, { title, looks }));
      output.note(`Wrote "${options.picture}"`);
    }
    const summary = await summarizeStore(store, options.measure);
    output.result(
      {
        schema: "metamae/inspect",
        version: 1,
        store: folder,
        ...summary,
        sample: { split: split.name, position: options.sample, row: id, label },
      },
      () => {
        const art = store.inputs.map((input, k) =>
          sampleArt(input, values[k]!, { width: Math.min(output.width, 80), look: looks[k] })
        );
        const heading = `Sample ${options.sample} of ${split.name} (row ${id}${
          label === null ? "" : `, label ${label.join(" ")}`
        })`;
        return [storePage(summary, output.style), "", output.style.bold(heading), ...art].join(
          "\n",
        );
      },
    );
  },
});

interface Sample {
  readonly id: number;
  readonly label: readonly number[] | null;
  readonly values: readonly ArrayLike<number>[];
}

async function readSample(split: Split, position: number): Promise<Sample> {
  if (position >= split.count) {
    throw new UsageError(
      `Cannot show sample ${position}: the split "${split.name}" has ${split.count} samples`,
    );
  }
  const { epochIds } = await import("../../lib/store/mod.ts");
  const ids = epochIds(split, { seed: 0, epoch: 0, first: position, samples: 1 });
  const { inputs, labels } = await split.read(ids);
  return {
    id: ids[0]!,
    label: labels === undefined ? null : [...labels.data],
    values: inputs.map(({ data }) => data),
  };
}
