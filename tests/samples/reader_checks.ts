/**
 * Checks of readers on samples that are too few for a data set.
 *
 * @module
 */

import { readColumns } from "../../lib/datasets/conversion/text_lists.ts";
import { readMat5 } from "../../lib/formats/tensor/mat5.ts";
import { readAudio } from "../../lib/formats/audio/read_audio.ts";
import { DataError } from "../../lib/util/errors.ts";
import { basename } from "../../lib/util/path.ts";
import { findFiles, readText } from "./raw_text.ts";

/** Reads what a folder holds; gives one line about it. */
export type ReaderCheck = (folder: string) => Promise<string>;

function expect(holds: boolean, path: string, what: string): void {
  if (!holds) throw new DataError(`Cannot take "${path}" for what it should be: ${what}`);
}

/** Decodes all recordings: samples between -1 and 1, none of them silent. */
export const readFlac: ReaderCheck = async (folder) => {
  const paths = await findFiles(folder, ["flac", "wav"]);
  const texts: string[] = [];
  for (const path of [...paths].sort()) {
    const { sampleRate, channels } = readAudio(await Deno.readFile(path), { name: path });
    const samples = channels[0]!;
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(peak > 0 && peak <= 1, path, `its loudest sample is ${peak}`);
    const seconds = (samples.length / sampleRate).toFixed(1);
    texts.push(`${basename(path)}: ${seconds} s at ${sampleRate} Hz, peak ${peak.toFixed(3)}`);
  }
  expect(texts.length > 0, folder, "it holds no recordings");
  return [...texts.slice(0, 3), `${texts.length} recordings`].join("; ");
};

/** Reads the table of findings: one row a line, an image and its findings in each. */
export const readXrayLabels: ReaderCheck = async (folder) => {
  const path = (await findFiles(folder, ["csv"])).find((path) =>
    basename(path).startsWith("Data_Entry")
  );
  expect(path !== undefined, folder, 'it holds no "Data_Entry_2017_v2020.csv"');
  const text = await readText(path!);
  const rows = readColumns({ path: path!, text }, ["Image Index", "Finding Labels"]);
  const lines = text.trim().split("\n").length - 1;
  expect(rows.length === lines, path!, `${rows.length} rows are in ${lines} lines`);
  const counts = new Map<string, number>();
  for (const [image, findings] of rows) {
    expect(/^\d{8}_\d{3}\.png$/.test(image!), path!, `it names the image "${image}"`);
    for (const finding of findings!.split("|")) {
      counts.set(finding, (counts.get(finding) ?? 0) + 1);
    }
  }
  const shown = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4);
  return `${rows.length} images, ${counts.size} findings: ` +
    shown.map(([finding, count]) => `${finding} ${count}`).join(", ");
};

/** Reads the labels and lists of the flowers: classes from 1 on, and parts that do not overlap. */
export const readMatlab: ReaderCheck = async (folder) => {
  const texts: string[] = [];
  for (const path of [...await findFiles(folder, ["mat"])].sort()) {
    const variables = readMat5(await Deno.readFile(path), { name: path });
    const parts: string[] = [];
    const seen = new Set<number>();
    let values = 0;
    for (const [name, value] of variables) {
      expect(value.kind === "numbers", path, `"${name}" holds ${value.kind}`);
      if (value.kind !== "numbers") continue;
      const numbers = Array.from(value.data);
      expect(numbers.every((one) => Number.isInteger(one) && one >= 1), path, `"${name}" is odd`);
      parts.push(`${name} ${numbers.length} in 1..${Math.max(...numbers)}`);
      for (const number of numbers) seen.add(number);
      values += numbers.length;
    }
    const isList = variables.size > 1;
    expect(!isList || seen.size === values, path, "its parts overlap");
    texts.push(`${basename(path)}: ${parts.join(", ")}`);
  }
  expect(texts.length > 0, folder, "it holds no MATLAB files");
  return texts.join("; ");
};
