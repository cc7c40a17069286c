/**
 * Collecting results from files and folders.
 *
 * @module
 */

import type { z } from "zod";
import { gridCells } from "../documents/mod.ts";
import { openSafetensors } from "../formats/tensor/mod.ts";
import { patchCount } from "../spec/mod.ts";
import {
  AppError,
  basename,
  checkJson,
  DataError,
  dirname,
  explained,
  hashFile,
  join,
  parseJson,
} from "../util/mod.ts";
import type { GallerySample } from "./gallery.ts";
import { experimentKey } from "./groups.ts";
import { joinScores } from "./join_scores.ts";
import { readCurve, readIfThere } from "./read_curve.ts";
import {
  adaptationOf,
  anyDocument,
  configExperiment,
  galleryView,
  machineOf,
  newestVersion,
  resultView,
  runExperiment,
  runView,
  scoresOf,
  sessionsView,
} from "./records.ts";
import type {
  AdaptationRecord,
  CurveRecord,
  Experiment,
  GalleryRecord,
  PlannedCell,
  Results,
  ScoreRecord,
  Skipped,
} from "./results.ts";
import { unpatchify } from "./sample_layout.ts";

/** Folders that hold no results but many files. */
const passedFolders: ReadonlySet<string> = new Set(["checkpoints", "node_modules"]);

/** Most bytes of a document; result records take less than a megabyte. */
const mostBytes = 64e6;

/** A file to read, and the name by which the report calls it. */
interface Found {
  readonly path: string;
  readonly source: string;
  /** Whether the user named the file itself, so that silence about it would surprise. */
  readonly named: boolean;
}

/** Receives what is read. */
interface Collection {
  readonly scores: ScoreRecord[];
  readonly adaptations: AdaptationRecord[];
  readonly curves: CurveRecord[];
  readonly galleries: GalleryRecord[];
  readonly cells: PlannedCell[];
  readonly skipped: Skipped[];
}

/**
 * Reads result records, run folders (configuration and training curve) and galleries from paths; in
 * folders all of them at any depth. Files of other kinds are passed over; what is damaged, of a newer
 * version or there twice is left out and listed with the reason.
 *
 * Sources are named without the folders above the given paths, so that a report tells nothing about
 * the machine that it was made on.
 *
 * @throws {MissingError} If a path does not exist.
 * @throws {StorageError} If a folder cannot be read.
 */

export async function loadResults(paths: readonly string[]): Promise<Results> {
  const collection: Collection = {
    scores: [],
    adaptations: [],
    curves: [],
    galleries: [],
    cells: [],
    skipped: [],
  };
  const seen = new Set<string>();
  for (const path of paths) {
    for await (const found of filesOf(path)) {
      const real = await Deno.realPath(found.path);
      if (seen.has(real)) continue;
      seen.add(real);
      try {
        await readDocument(found, collection);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        collection.skipped.push({ source: found.source, reason: error.message });
      }
    }
  }
  const scores = joinScores(collection.scores, collection.skipped);
  return { ...collection, scores, adaptations: unique(collection.adaptations) };
}

/** The JSON files that a path leads to, in order of their names. */
async function* filesOf(path: string): AsyncGenerator<Found> {
  const info = await explained(`Cannot read "${path}"`, () => Deno.stat(path));
  const name = basename(path);
  if (info.isFile) {
    yield { path, source: join(basename(dirname(path)), name), named: true };
  } else {
    yield* walk(path, ["", ".", ".."].includes(name) ? "" : name);
  }
}

async function* walk(folder: string, source: string): AsyncGenerator<Found> {
  const entries = await explained(`Cannot read the folder "${folder}"`, async () => {
    return await Array.fromAsync(Deno.readDir(folder));
  });
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isFile, isDirectory } of entries) {
    const path = join(folder, name);
    if (isFile && name.endsWith(".json") && !name.startsWith(".")) {
      yield { path, source: join(source, name), named: false };
    }
    if (isDirectory && !name.startsWith(".") && !passedFolders.has(name)) {
      yield* walk(path, join(source, name));
    }
  }
}

async function readDocument(found: Found, collection: Collection): Promise<void> {
  const what = `"${found.source}"`;
  const { size } = await explained(`Cannot read ${what}`, () => Deno.stat(found.path));
  if (size > mostBytes) {
    throw new DataError(`Cannot read ${what}: it has ${size} bytes, at most ${mostBytes} are read`);
  }
  const text = await explained(`Cannot read ${what}`, () => Deno.readTextFile(found.path));
  const value = parseJson(text, what);
  const head = anyDocument.safeParse(value);
  const reader = head.success ? readers[head.data.schema] : undefined;
  if (!head.success || reader === undefined) {
    if (!found.named) return;
    throw new DataError(
      `Cannot use ${what}: it is ${
        head.success ? `"${head.data.schema}"` : "no document of this program"
      }, a result record is wanted`,
    );
  }
  if (head.data.version > newestVersion) {
    throw new DataError(
      `Cannot use ${what}: its format version is ${head.data.version}, ` +
        `this program knows ${newestVersion}`,
    );
  }
  await reader(value, found, collection);
}

type Reader = (value: unknown, found: Found, collection: Collection) => void | Promise<void>;

/** What is done with the documents of each format. */
const readers: Readonly<Record<string, Reader>> = {
  "metamae/result": (value, { source }, { scores, adaptations }) => {
    const record = checkJson(value, resultView, `"${source}"`);
    scores.push(scoresOf(record, source));
    // Only the probes on features say what adaptation did.
    if (record.results.every(({ probe }) => probe === "dabs" || probe === "finetune")) return;
    adaptations.push(adaptationOf(record, source));
  },
  "metamae/run": async (value, { path, source }, { curves }) => {
    const config = checkJson(value, runView, `"${source}"`);
    const curve = await readCurve(join(dirname(path), "metrics.jsonl"));
    const machine = await readMachine(join(dirname(path), "environment.json"));
    curves.push({
      experiment: configExperiment(config),
      seed: config.training.seed,
      source: dirname(source),
      ...curve,
      ...(machine === undefined ? {} : { machine }),
    });
  },
  "metamae/gallery": async (value, { path, source }, { galleries }) => {
    const manifest = checkJson(value, galleryView, `"${source}"`);
    const { run, dataset, variant } = manifest;
    const experiment = runExperiment(run, dataset, variant);
    const modalities = await readGallery(manifest, join(dirname(path), manifest.file.name));
    galleries.push({ experiment, seed: run.seed, source: dirname(source), modalities });
  },
  [gridCells.schema]: (value, { source }, { cells }) => {
    cells.push(...gridCells.parse(value, source).cells);
  },
};

/** What a run ran on; undefined if that was not recorded. */
async function readMachine(path: string): Promise<string | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const what = `"${basename(path)}"`;
  const machine = machineOf(checkJson(parseJson(text, what), sessionsView, what));
  return machine === "" ? undefined : machine;
}

async function readGallery(
  manifest: z.infer<typeof galleryView>,
  path: string,
): Promise<GalleryRecord["modalities"]> {
  if (await hashFile(path) !== manifest.file.sha256) {
    throw new DataError(`Cannot use "${manifest.file.name}": it has changed since it was written`);
  }
  using file = await openSafetensors(path);
  const rowsOf = async (name: string) => {
    const { data, shape } = await file.read(name);
    const width = data.length / shape[0]!;
    return (i: number) => Float64Array.from(data.subarray(i * width, (i + 1) * width), Number);
  };
  const modalities = [];
  for (const [k, { input, adapted }] of manifest.modalities.entries()) {
    const target = await rowsOf(`${k}/target`);
    const mask = await rowsOf(`${k}/mask`);
    const before = await rowsOf(`${k}/before`);
    const after = adapted ? await rowsOf(`${k}/after`) : undefined;
    const samples = Array.from({ length: manifest.samples }, (_, i): GallerySample => {
      const [patches, hidden] = [target(i), mask(i)];
      const width = patches.length / patchCount(input);
      // Visible patches are shown as they are: nothing was asked of the decoder there.
      const filled = (values: Float64Array) =>
        unpatchify(values.map((v, j) => hidden[Math.floor(j / width)] ? v : patches[j]!), input);
      return {
        original: unpatchify(patches, input),
        mask: hidden,
        before: filled(before(i)),
        ...(after === undefined ? {} : { after: filled(after(i)) }),
      };
    });
    modalities.push({ input, samples });
  }
  return modalities;
}

interface Keyed {
  readonly experiment: Experiment;
  readonly seed: number;
}

/** Leaves out what has the experiment and seed of something before it. */
function unique<T extends Keyed>(records: readonly T[]): readonly T[] {
  const first = new Map<string, T>();
  for (const record of records) {
    const key = `${record.seed} ${experimentKey(record.experiment)}`;
    if (!first.has(key)) first.set(key, record);
  }
  return [...first.values()];
}
