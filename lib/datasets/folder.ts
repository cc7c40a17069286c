/**
 * The users' own images or recordings: one sub-folder a class, or the class in the file's name.
 *
 * ```text
 * DIR/cat/1.jpg            DIR/train/cat/1.jpg            DIR/3_ann_0.wav
 * DIR/dog/2.png            DIR/test/dog/2.png             with --label-pattern '^(\d)_'
 * ```
 *
 * Images become squares of one size, recordings log-mel pictures as the speech data sets have them.
 *
 * @module
 */

import { z } from "zod";
import { longestAudioFile } from "../formats/audio/mod.ts";
import { longestImageFile } from "../formats/image/mod.ts";
import type { FoundRaw } from "../raw/mod.ts";
import { sampleOrder } from "../reference/mod.ts";
import { melSide } from "../signal/mod.ts";
import type { InputSpec } from "../spec/mod.ts";
import type { ColumnOptions } from "../store/mod.ts";
import { mapOrdered, UsageError } from "../util/mod.ts";
import {
  byteColumn,
  convertPlan,
  createDecoder,
  type DatasetFiles,
  type FileRows,
  type FileSample,
  listFiles,
  type Plan,
  readWanted,
} from "./conversion/convert_files.ts";
import type { Conversion, Dataset } from "./conversion/dataset.ts";
import { chooseSplits } from "./own/choose_splits.ts";
import { numberClasses } from "./own/classes.ts";
import { createMoments } from "./own/moments.ts";
import {
  nameOptions,
  namePatterns,
  ownDataset,
  ownShape,
  patchSize,
  sharedOptions,
  splitOptions,
} from "./own/own_data.ts";
import { isHidden, type NamedFile, noFiles, openOwn, readPath } from "./own/own_files.ts";

const id = "folder";
const imageExtensions = ["jpg", "jpeg", "png", "ppm"];
const audioExtensions = ["wav", "flac"];
const extensions = [...imageExtensions, ...audioExtensions];
const mediaEnding = new RegExp(`\\.(${extensions.join("|")})$`, "i");
const audioEnding = new RegExp(`\\.(${audioExtensions.join("|")})$`, "i");
/** Training samples from which mean and deviation are measured. */
const measured = 1_000;

const options = z.strictObject({
  ...nameOptions,
  ...splitOptions,
  size: z.number().int().min(8).max(1024).default(32)
    .describe("Side of the stored images in pixels"),
  patch: sharedOptions.patch,
  grey: z.boolean().default(false).describe("One grey channel instead of red, green and blue"),
  normalize: sharedOptions.normalize,
});
type Options = z.infer<typeof options>;

/** Images or recordings in folders. */
export const folder: Dataset = ownDataset({
  id,
  title: "Own images or recordings in folders",
  summary:
    "JPEG, PNG, PPM, WAV or FLAC files; classes by sub-folder or by a pattern on file names.",
  homepage: "https://en.wikipedia.org/wiki/Directory_(computing)",
  options,

  async convert(run, chosen) {
    const patterns = namePatterns(id, chosen);
    const found = await openOwn(run);
    const source: DatasetFiles = {
      found: [found],
      keyOf: (path) => !isHidden(path) && mediaEnding.test(path) ? path : undefined,
    };
    const { keys } = await listFiles(source, run);
    if (keys.length === 0) throw noFiles(id, found.path, extensions);
    const files = keys.map((key) => readPath(key, patterns));
    const media = mediaOf(found, files, chosen);
    const plan = await planFolder(files, source, media, chosen, run);
    await convertPlan(source, plan, keys, media, run);
  },
});

/** What the files of a folder become. */
interface Media extends FileRows<FileSample> {
  readonly input: InputSpec;
  readonly channels: number;
  readonly column: ColumnOptions;
  readonly normalize: "none" | "standard";
}

/** Images, or else recordings. */
function mediaOf(
  { path }: FoundRaw,
  files: readonly NamedFile[],
  { size, grey, patch, normalize }: Options,
): Media {
  const recordings = files.filter(({ path }) => audioEnding.test(path)).length;
  if (recordings > 0 && recordings < files.length) {
    throw new UsageError(
      `Cannot tokenize "${id}": "${path}" holds ${recordings} recordings and ` +
        `${files.length - recordings} images, one kind is wanted`,
    );
  }
  const isAudio = recordings > 0;
  const side = isAudio ? melSide : size;
  const channels = isAudio || grey ? 1 : 3;
  return {
    what: "files",
    longest: isAudio ? longestAudioFile : longestImageFile,
    format: () =>
      isAudio
        ? { kind: "log-mel", crops: ["first"] }
        : { kind: grey ? "grey" : "colour", channels, width: side, height: side },
    input: {
      kind: "image",
      channels,
      height: side,
      width: side,
      patch: patchSize(id, [side, side], patch),
    },
    channels,
    column: isAudio ? { dtype: "float32", look: "spectrogram" } : byteColumn,
    normalize: normalize ?? (isAudio ? "standard" : "none"),
  };
}

async function planFolder(
  files: readonly NamedFile[],
  source: DatasetFiles,
  media: Media,
  options: Options,
  run: Conversion,
): Promise<Plan<FileSample>> {
  const { parts, note } = chooseSplits({
    id,
    samples: files.length,
    named: (sample) => files[sample]!.split,
  }, options);
  const labels = files.map(({ label }) => label);
  const classes = labels.includes(undefined)
    ? undefined
    : numberClasses(id, labels as readonly string[]);
  if (classes === undefined) run.warn("The files name no classes: the store has no labels");
  const sampleOf = (file: number): FileSample => {
    const { path, label } = files[file]!;
    return { key: path, label: classes?.classOf(label!) };
  };
  const training = parts.train!.subarray(0, run.limit);
  // A shuffled part: the first samples of a folder may all be of one class.
  const sample = Array.from(
    sampleOrder(training.length, options.splitSeed).subarray(0, measured),
    (at) => sampleOf(training[at]!),
  );
  const isStandard = media.normalize === "standard";
  const measureSample = () => measure(source, sample, media, run);
  const moments = isStandard ? await run.writer.once("moments", measureSample) : {};
  return {
    splits: Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [name, Array.from(part, sampleOf)]),
    ),
    notes: [
      note,
      ...(isStandard
        ? [`Normalised by mean and deviation of ${sample.length} training samples`]
        : []),
    ],
    shape: ownShape(media.input, classes?.task),
    columns: [{ ...media.column, ...moments }],
  };
}

/** Mean and deviation of some files, in the units of the model's input. */
async function measure(
  source: DatasetFiles,
  samples: readonly FileSample[],
  media: Media,
  run: Conversion,
): Promise<{ mean: number[]; deviation: number[] }> {
  const { channels, column: { divisor = 1 } } = media;
  const moments = createMoments(channels);
  const total = samples.length;
  using decoder = createDecoder(media, run, total);
  const wanted = new Map(samples.map((sample) => [sample.key, [sample]]));
  const loaded = async function* () {
    for await (const file of readWanted(source, wanted, run.signal)) {
      yield { file, bytes: await decoder.read(file) };
    }
  };
  let done = 0;
  const decoded = mapOrdered(
    loaded(),
    decoder.depth,
    ({ file, bytes }) => decoder.run(bytes, file),
  );
  for await (const { rows } of decoded) {
    moments.add(rows[0]!);
    run.progress(++done, total, "files measured");
  }
  const { mean, deviation } = moments.result();
  return { mean: mean.map((m) => m / divisor), deviation: deviation.map((d) => d / divisor) };
}
