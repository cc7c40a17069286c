/**
 * Reads real samples of the official data sets and compares what comes out with the files.
 *
 * `deno task samples FOLDER` takes a folder of samples by data set, such as `FOLDER/higgs/HIGGS.csv`, and
 * passes over what is not there. Each is turned into a store in a temporary folder; counts, labels,
 * ranges and some values are checked and shown. It exits with 1 if anything is not as it should be.
 *
 * @module
 */

import { z } from "zod";
import { describeFailure, failureText } from "../../lib/terminal/errors.ts";
import { AppError, MissingError, UsageError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { readArguments, taskHelp } from "../../tasks/framework/arguments.ts";
import { checkStore, type StoreFacts } from "./check_store.ts";
import {
  type ReaderLayout,
  readerLayouts,
  type SampleLayout,
  sampleLayouts,
} from "./sample_layout.ts";

/** The verdict on the samples of one folder. */
export interface SampleVerdict {
  readonly folder: string;
  readonly dataset: string;
  /** What was found, or what is wrong. */
  readonly facts: readonly string[];
  readonly pass: boolean;
}

/** Checks all samples that a folder holds; tells about each when it is done. */
export async function checkSamples(
  folder: string,
  tell: (verdict: SampleVerdict) => void = () => {},
): Promise<readonly SampleVerdict[]> {
  const verdicts: SampleVerdict[] = [];
  const place = await Deno.makeTempDir({ prefix: "metamae-samples-" });
  try {
    for (const layout of [...sampleLayouts, ...readerLayouts]) {
      const raw = join(folder, layout.folder);
      if (!await isFolder(raw)) continue;
      const verdict = await checkLayout(layout, raw, join(place, "store"));
      verdicts.push(verdict);
      tell(verdict);
    }
  } finally {
    await Deno.remove(place, { recursive: true });
  }
  return verdicts;
}

async function checkLayout(
  layout: SampleLayout | ReaderLayout,
  raw: string,
  out: string,
): Promise<SampleVerdict> {
  const { folder } = layout;
  const dataset = "reader" in layout ? layout.reader : layout.dataset;
  try {
    const facts = "reader" in layout
      ? (await layout.check(raw)).split("; ")
      : factsOf(await checkStore(layout, raw, out));
    return { folder, dataset, facts, pass: true };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { folder, dataset, facts: [error.message], pass: false };
  }
}

function factsOf({ summary, spot, compared }: StoreFacts): readonly string[] {
  const [input] = summary.inputs;
  const { least, most, mean } = input!.values;
  const short = (value: number | null) =>
    value === null ? "-" : String(Number(value.toPrecision(4)));
  const labels = summary.splits.map(({ name, count, classes, targets }) => {
    const range = targets === null
      ? ""
      : `, targets ${short(targets.least)}..${short(targets.most)}`;
    const counts = classes?.map((one) => one.count) ?? [];
    const perClass = counts.length === 0
      ? ""
      : `, ${counts.length} classes of ${Math.min(...counts)}..${Math.max(...counts)}`;
    return `${name} ${count}${perClass}${range}`;
  });
  return [
    `${summary.rows} rows, ${input!.description}`,
    ...labels,
    `values ${short(least)}..${short(most)}, mean ${short(mean)}`,
    spot,
    ...(compared === 0 ? [] : [`${compared} values equal those of the raw file`]),
  ];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Text of a verdict: a line, and one for every fact. */
export function verdictText({ folder, dataset, facts, pass }: SampleVerdict): string {
  const title = `${pass ? "ok  " : "FAIL"}  ${folder}, read as ${dataset}`;
  return [title, ...facts.map((fact) => `      ${fact}`)].join("\n");
}

const task = {
  task: "samples",
  positional: "FOLDER",
  about:
    "Reads the samples in FOLDER, one folder a data set, and compares what comes out with them.",
  options: z.strictObject({}),
};

/** Runs the task and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const given = readArguments(task, args);
    if (given === undefined) {
      console.log(taskHelp(task));
      return 0;
    }
    const { positional: folder } = given;
    if (folder === undefined) {
      throw new UsageError("Cannot check samples: one folder of samples is wanted", {
        hint: "deno task samples FOLDER",
      });
    }
    const verdicts = await checkSamples(folder, (verdict) => console.log(verdictText(verdict)));
    if (verdicts.length === 0) {
      const names = [...sampleLayouts, ...readerLayouts].map(({ folder }) => `"${folder}"`);
      throw new MissingError(
        `Cannot check samples: "${folder}" has none of the folders ${
          [...new Set(names)].join(", ")
        }`,
      );
    }
    const passed = verdicts.filter(({ pass }) => pass).length;
    console.log(`\n${passed} of ${verdicts.length} samples are read as they should be`);
    return passed === verdicts.length ? 0 : 1;
  } catch (error) {
    const failure = describeFailure(error);
    console.error(failureText(failure, false).trimEnd());
    return failure.exitCode;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
