/**
 * The front end of the speech data sets against the pictures that librosa made.
 *
 * @module
 */

import { z } from "zod";
import { createLogMel, cropSamples, melBank, melSide } from "../../lib/signal/log_mel.ts";
import { type SpeechConstants, speechConstants } from "../../lib/datasets/families/speech.ts";
import { DataError } from "../../lib/util/errors.ts";
import { checkJson } from "../../lib/util/json.ts";
import { type CaseResult, type FixtureCase, numbersOf, tensorOf } from "./fixture_case.ts";
import { createTally } from "./tolerance.ts";

/** Decibels above the floor up to which a float32 transform is noisy. */
const faint = 6;

const descriptions = z.looseObject({ mel_power: z.looseObject({ desc: z.string() }) });

/** Mean and deviation of a data set by a name of its, such as `AudioMNIST` or `Google Speech`. */
function constantsOf(dataset: string): SpeechConstants {
  for (const [name, constants] of Object.entries(speechConstants)) {
    const stem = name.replace("Speech", "").toLowerCase();
    if (dataset.toLowerCase().includes(stem)) return constants;
  }
  throw new DataError(`Cannot check a case of the data set "${dataset}": it is not known`);
}

/** Which frames of the picture were recorded, by what the case says of them. */
function recordedFrames(fixture: FixtureCase): readonly number[] {
  const about = checkJson(fixture.document.tensors, descriptions, `case "${fixture.name}"`);
  const list = /frames \[([\d, ]+)\]/.exec(about.mel_power.desc)?.[1] ?? "";
  const frames = list.split(",").map((text) => text.trim() === "" ? NaN : Number(text));
  const [, count] = tensorOf(fixture, "mel_power").shape;
  if (frames.length === count && frames.every((frame) => frame < melSide)) return frames;
  throw new DataError(
    `Cannot check case "${fixture.name}": "mel_power" has ${count} frames of the picture, ` +
      `its description lists "${list}"`,
  );
}

/** Runs a case of kind `logmel`. */
export function run(fixture: FixtureCase): Promise<CaseResult> {
  const tally = createTally(fixture);
  const sampleRate = Number(fixture.config.sample_rate);
  const pcm = numbersOf(fixture, "input/pcm");
  const samples = cropSamples(Float32Array.from(pcm, (value) => value / 2 ** 15), "first");

  const bank = melBank({ sampleRate, frame: 2048, bands: melSide });
  tally.compare("filterbank/start", bank.start, numbersOf(fixture, "filterbank/start"), "exact");
  tally.compare("filterbank/count", bank.count, numbersOf(fixture, "filterbank/count"), "exact");
  const weights = numbersOf(fixture, "filterbank/weights");
  tally.compare("filterbank/weights", bank.weights, weights, "table");

  const logMel = createLogMel(sampleRate);
  const frames = recordedFrames(fixture);
  const recorded = (values: ArrayLike<number>) =>
    Float64Array.from(
      { length: melSide * frames.length },
      (_, i) => values[Math.floor(i / frames.length) * melSide + frames[i % frames.length]!]!,
    );
  const power = recorded(logMel.melPower(samples));
  tally.compare("mel_power", power, numbersOf(fixture, "mel_power"), "table");

  const decibels = logMel.decibels(samples);
  const floor = Number(fixture.scalars.db_min);
  compareAbove(floor, "db", recorded(decibels), numbersOf(fixture, "db"));
  const { mean, deviation } = constantsOf(String(fixture.config.dataset));
  const output = Float64Array.from(decibels, (value) => (value - mean) / deviation);
  compareAbove((floor - mean) / deviation, "output", output, numbersOf(fixture, "output"));
  return Promise.resolve(tally.result());

  function compareAbove(
    floor: number,
    name: string,
    actual: Float64Array,
    expected: Float64Array,
  ) {
    const isFaint = (_: number, i: number) => expected[i]! < floor + faint;
    const isClear = (_: number, i: number) => !isFaint(_, i);
    tally.compare(name, actual.filter(isClear), expected.filter(isClear), "decibel");
    tally.compare(
      `${name} (faint)`,
      actual.filter(isFaint),
      expected.filter(isFaint),
      "faintDecibel",
    );
  }
}
