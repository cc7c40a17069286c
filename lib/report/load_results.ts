/**
 * Collecting results from files and folders.
 *
 * The schemas name only the fields that the report needs, so that further fields may be added to
 * the formats without a new version.
 *
 * @module
 */

import { z } from "zod";
import { galleryManifest, gridCells, unpackFloats } from "../documents/mod.ts";
import { openSafetensors } from "../formats/tensor/mod.ts";
import {
  imageLook,
  type InputSpec,
  inputSpec,
  patchCount,
  patchWidth,
  sampleShape,
  type ValueOf,
} from "../spec/mod.ts";
import {
  AppError,
  basename,
  checkJson,
  DataError,
  dirname,
  elementCount,
  explained,
  hashFile,
  ifThere,
  join,
  parseJson,
} from "../util/mod.ts";
import type { GallerySample } from "./gallery.ts";
import { experimentKey } from "./groups.ts";
import {
  type AdaptationRecord,
  type CurveRecord,
  type Experiment,
  type GalleryRecord,
  healthMetrics,
  type MetricResult,
  type PlannedCell,
  type ProbeScore,
  type Results,
  type ScoreRecord,
  type Skipped,
} from "./results.ts";

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
 * folders all of them at any depth. Files of other kinds are passed over; what is damaged, of a
 * newer version or there twice is left out and listed with the reason.
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
  const newest = newestVersions[head.data.schema] ?? 1;
  if (head.data.version > newest) {
    throw new DataError(
      `Cannot use ${what}: its format version is ${head.data.version}, ` +
        `this program knows ${newest}`,
    );
  }
  await reader(value, found, collection);
}

/** Newest versions of formats that have more than one. */
const newestVersions: Readonly<Record<string, number>> = {
  [galleryManifest.schema]: galleryManifest.version,
};

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
  const text = await readText(path);
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
  for (const [k, { input, adapted, look }] of manifest.modalities.entries()) {
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
    modalities.push({ input, look, samples });
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

/** The text of a file, or undefined if there is none, such as the log of an untrained run. */
function readText(path: string): Promise<string | undefined> {
  return ifThere(explained(`Cannot read "${basename(path)}"`, () => Deno.readTextFile(path)));
}

/**
 * Steps, losses and health of a log; lines that are cut off or have no finite loss are left out.
 *
 * @returns No points if there is no such file, as for a run that is not trained.
 */
export async function readCurve(path: string): Promise<Pick<CurveRecord, "points" | "health">> {
  const lines = (await readText(path) ?? "").split("\n").flatMap((line) => {
    try {
      const values = JSON.parse(line);
      return Number.isFinite(values.step) && Number.isFinite(values.loss) ? [values] : [];
    } catch {
      return [];
    }
  });
  const health = healthMetrics.map((name) => {
    const points = lines.filter((line) => Number.isFinite(line[name]))
      .map((line) => ({ step: line.step, value: line[name] }));
    return [name, points] as const;
  });
  return {
    points: lines.map(({ step, loss }) => ({ step, loss })),
    health: Object.fromEntries(health.filter(([, points]) => points.length > 0)),
  };
}

/**
 * Joins records of one experiment and seed that hold different probes, such as those of both
 * evaluation protocols. A record that repeats a probe of one before it is left out.
 *
 * @param skipped Receives what is left out.
 */
export function joinScores(
  records: readonly ScoreRecord[],
  skipped: Skipped[],
): readonly ScoreRecord[] {
  const joined = new Map<string, ScoreRecord>();
  for (const record of records) {
    const key = `${record.seed} ${experimentKey(record.experiment)}`;
    const earlier = joined.get(key);
    if (earlier === undefined) {
      joined.set(key, record);
      continue;
    }
    const taken = new Set(earlier.scores.map(probeKey));
    if (record.scores.some((score) => taken.has(probeKey(score)))) {
      const reason = `It repeats data set, method, settings and seed of "${earlier.source}"`;
      skipped.push({ source: record.source, reason });
      continue;
    }
    const selections = new Set(
      [earlier.selection, record.selection].filter((s) => s !== undefined),
    );
    joined.set(key, {
      ...earlier,
      scores: [...earlier.scores, ...record.scores],
      ...(selections.size === 0 ? {} : { selection: [...selections].join(" ") }),
    });
  }
  return [...joined.values()];
}

function probeKey({ probe, latent }: ProbeScore): string {
  return `${probe} ${latent}`;
}

/**
 * Puts the patches of one sample back into sample layout.
 *
 * @param patches Row-major (L, P) in the order of the methods' targets: series (step, channel),
 * images (row, column, channel), both with the channel fastest; ids (L) for tokens.
 * @throws {DataError} If the number of values does not fit the input.
 */
export function unpatchify(patches: ArrayLike<number>, input: InputSpec): Float64Array {
  const wanted = input.kind === "tokens" ? input.length : patchCount(input) * patchWidth(input);
  if (patches.length !== wanted) {
    throw new DataError(
      `Cannot lay out the patches of a sample: there are ${patches.length} values, ` +
        `${wanted} are wanted`,
    );
  }
  const out = new Float64Array(elementCount(sampleShape(input)));
  switch (input.kind) {
    case "tokens":
    case "tabular":
      out.set(patches);
      return out;
    case "series": {
      const { channels, length } = input;
      for (let t = 0, at = 0; t < length; t++) {
        for (let c = 0; c < channels; c++, at++) out[c * length + t] = patches[at]!;
      }
      return out;
    }
    case "image": {
      const { channels, height, width, patch } = input;
      let at = 0;
      for (let top = 0; top < height; top += patch) {
        for (let left = 0; left < width; left += patch) {
          for (let y = top; y < top + patch; y++) {
            for (let x = left; x < left + patch; x++) {
              for (let c = 0; c < channels; c++, at++) {
                out[(c * height + y) * width + x] = patches[at]!;
              }
            }
          }
        }
      }
      return out;
    }
  }
}

const fields = z.record(z.string(), z.unknown());

const run = z.object({
  method: z.string(),
  preset: z.string(),
  step: z.number(),
  seed: z.number(),
  pretrain: z.object({ dataset: z.string() }),
  architecture: fields,
  methodOptions: fields,
  training: fields,
});

const metric = z.union([
  z.object({
    value: z.number(),
    interval: z.object({ low: z.number().nullable(), high: z.number().nullable() }),
    replicates: z.string().optional(),
    note: z.string().optional(),
  }),
  z.object({ value: z.null(), reason: z.string() }),
]);

const probe = z.union([
  z.object({
    probe: z.string(),
    latent: z.string(),
    metrics: z.record(z.string(), metric),
    settings: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  }),
  z.object({ probe: z.string(), latent: z.string(), skipped: z.string() }),
]);

const latentAdaptation = z.union([
  z.object({ innerSteps: z.number(), innerLr: z.number() }),
  z.object({ innerSteps: z.null(), reason: z.string() }),
]);

const losses = z.object({ before: z.number(), after: z.number() }).nullable();

/**
 * What the report reads of a result record.
 *
 * @ignore
 */
export const resultView = z.object({
  dataset: z.string(),
  variant: z.string(),
  metric: z.string(),
  run,
  samples: z.object({ test: z.number() }),
  selection: z.string(),
  bootstrap: z.object({ key: z.string() }),
  results: z.array(probe),
  adaptation: latentAdaptation,
  losses,
  sources: z.object({ config: z.string(), checkpoint: z.string(), store: z.string() }),
  versions: z.record(z.string(), z.string()),
  notes: z.array(z.string()),
});

/** What the report reads of the configuration of a run. */
export const runView = z.object({
  method: z.string(),
  methodOptions: fields,
  preset: z.string(),
  architecture: fields,
  data: z.object({ dataset: z.string(), variant: z.string() }),
  task: z.object({ kind: z.string() }).optional(),
  training: z.looseObject({ seed: z.number(), steps: z.number() }),
});

/** What the report reads of the sessions of a run. */
export const sessionsView = z.object({
  sessions: z.array(z.object({
    platform: z.string(),
    backend: z.string(),
    backendVersion: z.string(),
    compile: z.string(),
    threads: z.number(),
    cpu: z.string().optional(),
  })),
});

/** What the report reads of a gallery. */
export const galleryView = z.object({
  dataset: z.string(),
  variant: z.string(),
  run,
  samples: z.number(),
  modalities: z.array(z.object({
    input: inputSpec,
    adapted: z.boolean(),
    look: imageLook.exactOptional(),
  })),
  file: z.object({ name: z.string().regex(/^[\w.-]+$/), sha256: z.string() }),
});

/** Only what tells the formats apart. */
export const anyDocument = z.object({ schema: z.string(), version: z.number() });

type Run = z.infer<typeof run>;

/** The experiment of a run and what was done with it. */
export function runExperiment(
  { method, pretrain, ...run }: Run,
  dataset: string,
  variant: string,
  adaptation?: z.infer<typeof latentAdaptation>,
): Experiment {
  const settings = settingsOf({ ...run, steps: run.step });
  // Adaptation other than the method's own tells results of one run apart.
  if (adaptation !== undefined && adaptation.innerSteps !== null) {
    const { innerSteps, innerLr } = adaptation;
    if (settings["innerSteps"] !== innerSteps) settings["adaptationSteps"] = innerSteps;
    if (settings["innerLr"] !== innerLr) settings["adaptationRate"] = innerLr;
  }
  return { dataset, variant, pretrain: pretrain.dataset, method, settings };
}

/** The experiment of a run folder, evaluated on what it was trained on. */
export function configExperiment(config: z.infer<typeof runView>): Experiment {
  const { dataset, variant } = config.data;
  const { task } = config;
  const training = task === undefined ? config.training : { ...config.training, labels: task.kind };
  const settings = settingsOf({ ...config, training, steps: config.training.steps });
  return { dataset, variant, pretrain: dataset, method: config.method, settings };
}

/** On what a run was trained: engine, platform and class of machine of its sessions, each once. */
export function machineOf({ sessions }: z.infer<typeof sessionsView>): string {
  const machines = sessions.map(({ backend, backendVersion, compile, platform, threads, cpu }) =>
    [`${backend} ${backendVersion} (${compile})`, platform, `${threads} threads`, cpu]
      .filter((part) => part !== undefined).join(", ")
  );
  return [...new Set(machines)].join("; ");
}

/** Scores of a result record. */
export function scoresOf(record: ValueOf<typeof resultView>, source: string): ScoreRecord {
  const { sources } = record;
  return {
    experiment: runExperiment(record.run, record.dataset, record.variant, record.adaptation),
    seed: record.run.seed,
    source,
    metric: record.metric,
    testSamples: record.samples.test,
    scores: record.results.map((result): ProbeScore => {
      const { probe, latent } = result;
      if ("skipped" in result) {
        return {
          probe,
          latent,
          metrics: { [record.metric]: { value: null, reason: result.skipped } },
        };
      }
      const metrics = Object.entries(result.metrics).map(([name, value]) =>
        [name, metricResult(value, record.bootstrap.key)] as const
      );
      return { probe, latent, metrics: Object.fromEntries(metrics), settings: result.settings };
    }),
    selection: record.selection,
    notes: record.notes,
    provenance: {
      "Configuration": sources.config.slice(0, 12),
      "Checkpoint": sources.checkpoint.slice(0, 12),
      "Data": sources.store.slice(0, 12),
      ...record.versions,
    },
  };
}

/** Losses around adaptation of a result record. */
export function adaptationOf(record: ValueOf<typeof resultView>, source: string): AdaptationRecord {
  const { adaptation, losses } = record;
  const experiment = runExperiment(record.run, record.dataset, record.variant, adaptation);
  return {
    experiment,
    seed: record.run.seed,
    source,
    losses,
    ...(adaptation.innerSteps === null
      ? { reason: adaptation.reason }
      : { steps: adaptation.innerSteps, learningRate: adaptation.innerLr }),
  };
}

function metricResult(value: z.infer<typeof metric>, key: string): MetricResult {
  if (value.value === null) return value;
  const { interval: { low, high }, replicates, note } = value;
  return {
    value: value.value,
    ...(low === null || high === null ? {} : { interval: { low, high, kind: "samples" as const } }),
    ...(replicates === undefined
      ? {}
      : { replicates: { key, values: Array.from(unpackFloats(replicates)) } }),
    ...(note === undefined ? {} : { note }),
  };
}

/** Names in records that do not shape numbers, or that stand in the experiment itself. */
const left: ReadonlySet<string> = new Set(["seed", "from", "steps"]);

function settingsOf(
  { preset, architecture, methodOptions, training, steps }: {
    readonly preset: string;
    readonly architecture: z.infer<typeof fields>;
    readonly methodOptions: z.infer<typeof fields>;
    readonly training: z.infer<typeof fields>;
    readonly steps: number;
  },
): Record<string, string | number | boolean> {
  const settings: Record<string, string | number | boolean> = { preset, steps };
  const add = (name: string, value: unknown) => {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      settings[name] = value;
    } else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      // A part of its own, such as the schedule: its kind stands for its name.
      for (const [part, inner] of Object.entries(value)) {
        add(
          part === "kind" ? name : `${name}${part.charAt(0).toUpperCase()}${part.slice(1)}`,
          inner,
        );
      }
    }
  };
  // How an encoder that is never trained would be trained says nothing about it.
  const trained = steps === 0 ? {} : training;
  for (const [name, value] of Object.entries({ ...architecture, ...methodOptions, ...trained })) {
    if (!left.has(name)) add(name, value);
  }
  return settings;
}
