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
import type { ArchiveEntry } from "../formats/archive/mod.ts";
import { longestAudioFile } from "../formats/audio/mod.ts";
import { readAll } from "../formats/bytes/mod.ts";
import { longestImageFile } from "../formats/image/mod.ts";
import { entryPath, type FoundRaw, rawEntries } from "../raw/mod.ts";
import { sampleOrder } from "../reference/mod.ts";
import { melSide } from "../signal/mod.ts";
import type { InputSpec } from "../spec/mod.ts";
import { appendJobs, listParts } from "../store/mod.ts";
import { mapOrdered, UsageError } from "../util/mod.ts";
import type { Dataset, TokenizeContext } from "./dataset.ts";
import { chooseSplits } from "./generic/choose_splits.ts";
import { numberClasses } from "./generic/classes.ts";
import { createMediaPool, type ImageTarget, type MediaRow } from "./generic/media_job.ts";
import { createMoments } from "./generic/moments.ts";
import { listFiles, type NamedFile, openOwn } from "./generic/named_files.ts";
import { patchSize } from "./generic/patch_size.ts";
import { nameOptions, readOptions, readPattern, splitOptions } from "./generic/read_options.ts";

const id = "folder";
const imageExtensions = ["jpg", "jpeg", "png", "ppm"];
const audioExtensions = ["wav", "flac"];
/** Training samples from which mean and deviation are measured. */
const measured = 1_000;

const options = z.strictObject({
  ...nameOptions,
  ...splitOptions,
  size: z.number().int().min(8).max(1024).default(32)
    .describe("Side of the stored images in pixels"),
  patch: z.number().int().min(1).optional().describe("Side of a patch, or steps of a segment"),
  grey: z.boolean().default(false).describe("One grey channel instead of red, green and blue"),
  normalize: z.enum(["none", "standard"]).optional()
    .describe("Subtract the training mean and divide by the deviation, per channel, or do not"),
});
type Options = z.infer<typeof options>;

/** Images or recordings in folders. */
export const folder: Dataset = {
  id,
  title: "Own images or recordings in folders",
  domain: "own data",
  role: "generic",
  summary:
    "JPEG, PNG, PPM, WAV or FLAC files; classes by sub-folder or by a pattern on file names.",
  licence: "That of the data",
  homepage: "https://en.wikipedia.org/wiki/Directory_(computing)",
  citation: "None; the data are the user's own",
  files: [],
  variants: [{ name: "own", difference: "as the options say" }],
  options,

  shape: () => undefined,

  async tokenize(context, writer) {
    const chosen = readOptions(id, options, context.options);
    const found = await openOwn(id, context.raw);
    const { files, isAudio } = await findMedia(found, chosen);
    const { parts, note } = chooseSplits({
      id,
      samples: files.length,
      named: (sample) => files[sample]!.split,
    }, chosen);
    const labels = files.map(({ label }) => label);
    const classes = labels.includes(undefined)
      ? undefined
      : numberClasses(id, labels as readonly string[]);
    if (classes === undefined) context.warn("The files name no classes: the store has no labels");

    const lists = Object.values(parts).map((part) => part.subarray(0, context.limit));
    const wanted = new Set(lists.flatMap((list) => Array.from(list, (i) => files[i]!.path)));
    const image = isAudio ? undefined : { size: chosen.size, grey: chosen.grey };
    const input = inputOf(image, chosen);
    const isStandard = (chosen.normalize ?? (isAudio ? "standard" : "none")) === "standard";
    const training = parts.train!.subarray(0, context.limit);
    // A shuffled part: the first samples of a folder may all be of one class.
    const measuredAt = sampleOrder(training.length, chosen.splitSeed).subarray(0, measured);
    const sample = new Set(Array.from(measuredAt, (at) => files[training[at]!]!.path));
    using decoder = createDecoder(image);
    const measureSample = () => measure(found, sample, image, decoder, context);
    writer.declare({
      inputs: [input],
      ...(classes === undefined ? {} : { task: classes.task }),
      layout: "rows",
      columns: [{
        ...(isAudio ? { dtype: "float32", look: "spectrogram" } : { dtype: "uint8", divisor: 255 }),
        ...(isStandard ? await writer.once("moments", measureSample) : {}),
      }],
      defaults: { batchSize: 64 },
    });
    const labelOf = new Map(files.map(({ path, label }) => [path, label]));
    const rows = new Map<string, number>();
    const stored = appendJobs(listWanted(found, wanted, context), {
      writer,
      ...decoder,
      key: ({ path }) => path,
      append: (row, { path }) => writer.append([row], classes?.classOf(labelOf.get(path)!)),
    });
    for await (const { item: { path }, row } of stored) {
      rows.set(path, row);
      context.progress(rows.size, wanted.size, "files");
    }
    listParts(
      Object.fromEntries(
        Object.entries(parts).map((
          [name, part],
        ) => [name, part.subarray(0, context.limit).map((i) => rows.get(files[i]!.path)!)]),
      ),
      context,
      writer,
    );
    writer.note(note);
    if (isStandard) {
      writer.note(`Normalised by mean and deviation of ${sample.size} training samples`);
    }
  },
};

/** Images, or else recordings: a folder holds one kind. */
async function findMedia(
  found: FoundRaw,
  { labelPattern, testPattern }: Options,
): Promise<{ readonly files: readonly NamedFile[]; readonly isAudio: boolean }> {
  const patterns = {
    id,
    label: readPattern(id, "labelPattern", labelPattern),
    test: readPattern(id, "testPattern", testPattern),
  };
  const files = await listFiles(found, [...imageExtensions, ...audioExtensions], patterns);
  const audioEnding = new RegExp(`\\.(${audioExtensions.join("|")})$`, "i");
  const recordings = files.filter(({ path }) => audioEnding.test(path)).length;
  if (recordings > 0 && recordings < files.length) {
    throw new UsageError(
      `Cannot tokenize "${id}": "${found.path}" holds ${recordings} recordings and ` +
        `${files.length - recordings} images, one kind is wanted`,
    );
  }
  return { files, isAudio: recordings > 0 };
}

function inputOf(image: ImageTarget | undefined, { patch, size }: Options): InputSpec {
  const side = image === undefined ? melSide : size;
  const channels = image === undefined || image.grey ? 1 : 3;
  return {
    kind: "image",
    channels,
    height: side,
    width: side,
    patch: patchSize(id, [side, side], patch),
  };
}

/** Mean and deviation of some files, in the units of the model's input. */
async function measure(
  found: FoundRaw,
  sample: ReadonlySet<string>,
  image: ImageTarget | undefined,
  { depth, read, run }: Decoder,
  context: TokenizeContext,
): Promise<{ mean: number[]; deviation: number[] }> {
  const moments = createMoments(image === undefined || image.grey ? 1 : 3);
  const loaded = async function* () {
    for await (const file of listWanted(found, sample, context)) {
      yield { file, bytes: await read(file) };
    }
  };
  let done = 0;
  for await (const row of mapOrdered(loaded(), depth, ({ file, bytes }) => run(bytes, file))) {
    moments.add(row);
    context.progress(++done, sample.size, "files measured");
  }
  const { mean, deviation } = moments.result();
  const unit = image === undefined ? 1 : 255;
  return { mean: mean.map((m) => m / unit), deviation: deviation.map((d) => d / unit) };
}

interface MediaFile {
  readonly path: string;
  /** Name for messages. */
  readonly name: string;
  readonly entry: ArchiveEntry;
}

/** The wanted files, in their order. */
async function* listWanted(
  found: FoundRaw,
  wanted: ReadonlySet<string>,
  { signal }: TokenizeContext,
): AsyncGenerator<MediaFile> {
  for await (const entry of rawEntries(found)) {
    signal.throwIfAborted();
    if (!wanted.has(entry.name)) continue;
    yield { path: entry.name, name: entryPath(found, entry), entry };
  }
}

/** Decodes files on all cores. */
interface Decoder extends Disposable {
  /** Files that are under way at once. */
  readonly depth: number;
  read(file: MediaFile): Promise<Uint8Array<ArrayBuffer>>;
  run(bytes: Uint8Array<ArrayBuffer>, file: MediaFile): Promise<MediaRow>;
}

function createDecoder(image: ImageTarget | undefined): Decoder {
  const limit = image === undefined ? longestAudioFile : longestImageFile;
  const pool = createMediaPool();
  return {
    depth: 2 * pool.size,
    read: ({ entry, name }) => readAll(entry.chunks(), { name, limit }),
    run: (bytes, { name }) => pool.run({ name, bytes, image }, [bytes.buffer]),
    [Symbol.dispose]: () => pool[Symbol.dispose](),
  };
}
