/**
 * Turns the recordings of a speech data set into log-mel pictures in a store.
 *
 * The files are passed over twice. First only their names are read, so that splits, labels and missing
 * files are known before hours of decoding, and a trial of a few samples decodes only these. Then the
 * recordings are decoded on all cores and stored in the order of the files.
 *
 * @module
 */

import type { ArchiveEntry } from "../../formats/archive/mod.ts";
import { longestAudioFile } from "../../formats/audio/mod.ts";
import { readAll } from "../../formats/bytes/mod.ts";
import { checkOfficial, entryPath, type FoundRaw, rawEntries } from "../../raw/mod.ts";
import { type Crop, melSide } from "../../signal/mod.ts";
import type { TaskSpec } from "../../spec/mod.ts";
import { appendJobs, type SplitName, type StoreWriter } from "../../store/mod.ts";
import { MissingError } from "../../util/mod.ts";
import type { TokenizeContext } from "../dataset.ts";
import { type CroppedClip, cropSplits, type SpeechPlan } from "./clips.ts";
import { type SpeechConstants, speechDefaults, speechInput } from "./constants.ts";
import { createPicturePool } from "./pictures.ts";

/** A speech data set. */
export interface SpeechSource extends SpeechConstants {
  /** Id for messages. */
  readonly id: string;
  readonly task?: TaskSpec;
  /** Archives or folders that hold the recordings. */
  readonly found: readonly FoundRaw[];
  /** Key of a recording by its path in the archive; undefined for other files. */
  keyOf(path: string): string | undefined;
  /** Name of a small text file that {@linkcode plan} needs, by its path; undefined for others. */
  textOf?(path: string): string | undefined;
  /** Decides splits and labels. */
  plan(files: SpeechFiles): SpeechPlan;
  /** Workers that decode; one a core unless a test says otherwise. */
  readonly workers?: number;
}

/** What is there. */
export interface SpeechFiles {
  /** Keys of the recordings, in the order of the files. */
  readonly keys: readonly string[];
  /** Contents of the text files by name. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Longest text file: more than four times the largest official one. */
const longestText = 2 ** 25;

/**
 * Converts the recordings that the plan asks for.
 *
 * @throws {MissingError} If a recording that a split names is not there.
 * @throws {DataError} If a file is damaged.
 */
export async function tokenizeSpeech(
  source: SpeechSource,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<void> {
  const { id, task, mean, deviation } = source;
  for (const found of source.found) await checkOfficial(found, context);
  const files = await listFiles(source, context);
  const { splits, counts } = source.plan(files);
  for (const { what, found, official } of counts) {
    if (found === official) continue;
    const text = `The files hold ${found} ${what}, the official ones ${official}`;
    context.warn(text);
    writer.note(text);
  }
  const cropped = cropSplits(splits, context.limit);
  const wanted = collectWanted(cropped);
  checkPresent(id, source.found, wanted, files.keys);

  writer.declare({
    inputs: [speechInput],
    ...(task === undefined ? {} : { task }),
    layout: "rows",
    columns: [{ dtype: "float32", mean: [mean], deviation: [deviation], look: "spectrogram" }],
    defaults: speechDefaults,
  });
  const rows = await appendPictures(source, wanted, context, writer);
  for (const [split, clips] of cropped) {
    writer.list(split, Uint32Array.from(clips, ({ key, crop }) => rows.get(key)!.get(crop)!));
  }
  writer.note(
    `Log-mel pictures of ${melSide} x ${melSide}; of recordings longer than 150,526 samples the ` +
      "first 150,526 in the test split; in training splits the first or last, by bits of Python's " +
      "Random(0) in the order of the split, chosen once instead of every epoch",
  );
}

/** Reads the names of all files, and the few texts. */
async function listFiles(source: SpeechSource, context: TokenizeContext): Promise<SpeechFiles> {
  const keys: string[] = [];
  const texts = new Map<string, string>();
  for (const found of source.found) {
    for await (const entry of rawEntries(found)) {
      context.signal.throwIfAborted();
      const key = source.keyOf(entry.name);
      if (key !== undefined) keys.push(key);
      const text = source.textOf?.(entry.name);
      if (text !== undefined) {
        const name = entryPath(found, entry);
        const bytes = await readAll(entry.chunks(), { name, limit: longestText });
        texts.set(text, new TextDecoder().decode(bytes));
      }
      if (keys.length % 1000 === 999) context.progress(keys.length, undefined, "file names");
    }
  }
  return { keys, texts };
}

interface Wanted {
  readonly label: number | undefined;
  readonly crops: Crop[];
}

/** What is wanted of every recording, over all splits. */
function collectWanted(
  cropped: ReadonlyMap<SplitName, readonly CroppedClip[]>,
): ReadonlyMap<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const clips of cropped.values()) {
    for (const { key, label, crop } of clips) {
      const entry = wanted.get(key);
      if (entry === undefined) wanted.set(key, { label, crops: [crop] });
      else if (!entry.crops.includes(crop)) entry.crops.push(crop);
    }
  }
  return wanted;
}

function checkPresent(
  id: string,
  found: readonly FoundRaw[],
  wanted: ReadonlyMap<string, Wanted>,
  keys: readonly string[],
): void {
  const present = new Set(keys);
  const missing = [...wanted.keys()].filter((key) => !present.has(key));
  if (missing.length === 0) return;
  const places = found.map(({ path }) => `"${path}"`).join(", ");
  const what = missing.length === 1 ? "recording" : "recordings";
  throw new MissingError(
    `Cannot tokenize "${id}": ${places} lacks ${missing.length} ${what} that the splits name, ` +
      `such as "${missing[0]}"`,
  );
}

/** Decodes and stores the wanted recordings; gives the row of every part of each. */
async function appendPictures(
  source: SpeechSource,
  wanted: ReadonlyMap<string, Wanted>,
  context: TokenizeContext,
  writer: StoreWriter,
): Promise<ReadonlyMap<string, ReadonlyMap<Crop, number>>> {
  const rows = new Map<string, ReadonlyMap<Crop, number>>();
  using pool = createPicturePool(
    source.workers === undefined ? {} : { workers: source.workers },
  );
  const stored = appendJobs(listWanted(source, wanted, context.signal), {
    writer,
    depth: 2 * pool.size,
    key: ({ name }) => name,
    read: ({ entry, name }) => readAll(entry.chunks(), { name, limit: longestAudioFile }),
    run: (bytes, { key, name }) =>
      pool.run({ name, bytes, crops: wanted.get(key)!.crops }, [bytes.buffer]),
    append: async ({ pictures }, { key }) => {
      for (const picture of pictures) await writer.append([picture], wanted.get(key)!.label);
    },
  });
  for await (const { item: { key }, row, rows: pictures } of stored) {
    const { crops } = wanted.get(key)!;
    // A short recording has one picture for all of its parts.
    rows.set(key, new Map(crops.map((crop, i) => [crop, row + Math.min(i, pictures - 1)])));
    context.progress(rows.size, wanted.size, "recordings");
  }
  return rows;
}

interface WantedFile {
  readonly key: string;
  readonly name: string;
  readonly entry: ArchiveEntry;
}

/** The files of the wanted recordings, up to the last of them. */
async function* listWanted(
  source: SpeechSource,
  wanted: ReadonlyMap<string, Wanted>,
  signal: AbortSignal,
): AsyncGenerator<WantedFile> {
  const left = new Set(wanted.keys());
  for (const found of source.found) {
    if (left.size === 0) return;
    for await (const entry of rawEntries(found)) {
      signal.throwIfAborted();
      const key = source.keyOf(entry.name);
      if (key === undefined || !left.delete(key)) continue;
      yield { key, name: entryPath(found, entry), entry };
      if (left.size === 0) return;
    }
  }
}
