/**
 * Turns the raw files of a data set into a token store: what `metamae tokenize` does.
 *
 * @module
 */

import { type StoreManifest, storeManifest, type StoreOrigin } from "../documents/mod.ts";
import { downloadRaw } from "../raw/mod.ts";
import { createStore, type Leftover } from "../store/mod.ts";
import {
  cacheDir,
  createHasher,
  ioErrorCode,
  join,
  lookUp,
  MissingError,
  programVersion,
  resolve,
  UsageError,
} from "../util/mod.ts";
import {
  type ConversionOptions,
  createConversion,
  type Dataset,
  variantOf,
} from "./conversion/dataset.ts";
import { checkOptions } from "./own/own_data.ts";
import { datasets } from "./registry.ts";

/** What to convert, and who is told about it. */
export interface TokenizeOptions extends Partial<Omit<ConversionOptions, "progress">> {
  /** Folder of the store; it appears when it is complete, or not at all. */
  readonly out: string;
  /**
   * Whether official files that are missing are fetched, into `raw` or else the user's cache
   * folder.
   */
  readonly download?: boolean;
  /** Name of the variant; the first one is the default. */
  readonly variant?: string | undefined;
  /** Whether a store that is already there may be replaced. */
  readonly force?: boolean;
  /** Size of a shard in bytes; 64 MiB unless a test says otherwise. */
  readonly shardBytes?: number;
  /** Told what became of the store of a run that was killed or stopped before it was complete. */
  readonly onLeftover?: (leftover: Leftover) => void;
  /** Told how far it is. Units that an earlier run has done come first, and are `kept`. */
  readonly progress?: (
    done: number,
    total: number | undefined,
    what: string,
    kept?: boolean,
  ) => void;
}

/**
 * Converts one data set. A run that was killed or stopped is gone on with if all that determines
 * the bytes of the store is the same.
 *
 * @example Tokenize the packaged digits
 * ```ts ignore
 * import { tokenizeDataset } from "./tokenize_dataset.ts";
 * const manifest = await tokenizeDataset("mnist", { out: "mnist.store" });
 * console.log(manifest.rows);
 * ```
 *
 * @param dataset A data set, or its id in the registry.
 * @returns The manifest of the finished store.
 * @throws {UsageError} If the data set or the variant is unknown, or a store is already there.
 * @throws {MissingError} If a raw file is absent; the message says which file to put where.
 * @throws {DataError} If a raw file is damaged or not in the official layout.
 * @throws {StorageError} If the store cannot be written, or a download fails.
 */
export async function tokenizeDataset(
  dataset: string | Dataset,
  options: TokenizeOptions,
): Promise<StoreManifest> {
  const chosen = typeof dataset === "string" ? lookUp("data set", dataset, datasets) : dataset;
  const variant = variantOf(chosen, options.variant);
  if (options.limit !== undefined && !(Number.isInteger(options.limit) && options.limit > 0)) {
    throw new UsageError(
      `Cannot tokenize "${chosen.id}": the limit is ${options.limit}, a positive integer is wanted`,
    );
  }
  checkOptions(chosen, options.options ?? {});
  const signal = options.signal ?? new AbortController().signal;
  let { raw } = options;
  if (options.download) {
    raw ??= join(cacheDir(), "raw", chosen.id);
    await downloadRaw(chosen, raw, { ...options, signal });
  }
  await checkRawFolder(chosen, raw);

  const conversion: ConversionOptions = {
    raw,
    limit: options.limit,
    options: options.options ?? {},
    workers: options.workers,
    progress: () => {},
    warn: options.warn ?? (() => {}),
    signal,
  };
  const store = {
    dataset: chosen.id,
    variant: variant.name,
    title: chosen.title,
    writerVersion: programVersion,
    force: options.force ?? false,
    limit: options.limit,
    origin: await originOf(chosen.id, variant.name, conversion, options),
    ...(options.shardBytes === undefined ? {} : { shardBytes: options.shardBytes }),
    ...(options.onLeftover === undefined ? {} : { onLeftover: options.onLeftover }),
    signal,
  };
  return await createStore(options.out, store, (writer) => {
    const progress: ConversionOptions["progress"] = (done, total, what) =>
      options.progress?.(done, total, what, writer.isKept);
    return chosen.convert(createConversion(chosen, variant, { ...conversion, progress }, writer));
  });
}

/** All that determines the bytes of a store. */
async function originOf(
  id: string,
  variant: string,
  { raw, limit, options }: ConversionOptions,
  { out, shardBytes }: TokenizeOptions,
): Promise<StoreOrigin> {
  return {
    "data set": id,
    variant,
    limit: limit ?? null,
    options,
    "size of shards": shardBytes ?? null,
    "raw folder": raw ?? null,
    "raw files": raw === undefined ? null : await rawDigest(raw, out),
    "version of this program": programVersion,
    "version of Deno": Deno.version.deno,
  };
}

/** Fails early and with the whole story when the folder of the raw files is not there. */
async function checkRawFolder(dataset: Dataset, raw: string | undefined): Promise<void> {
  if (dataset.files.length === 0 && dataset.role !== "generic") return;
  const hint = `Run "metamae datasets ${dataset.id}" to see how to get the files`;
  if (raw === undefined) {
    throw new MissingError(
      `Cannot tokenize "${dataset.id}": no folder of raw files was given (--raw DIR), ` +
        `"${dataset.files[0]?.path ?? "data"}" is wanted in it`,
      { hint },
    );
  }
  try {
    await Deno.stat(raw);
  } catch (error) {
    if (ioErrorCode(error) !== "ENOENT") return;
    throw new MissingError(`Cannot tokenize "${dataset.id}": there is no folder "${raw}"`, {
      hint,
    });
  }
}

/** Links may lead a folder back into itself. */
const deepestFolder = 32;

/** What the program itself writes beside stores: locks and unfinished folders. */
const ownName = /^\..+\.(lock|tmp-[0-9a-f]{8})$/;

/**
 * SHA-256 over names, sizes and modification times of a file, or of all files in a folder. What
 * cannot be read counts as such. Stores that lie among the files are passed over, so that they may
 * be written there.
 *
 * @param output Path of a store that is being written, which is passed over whatever it holds yet.
 */
export async function rawDigest(raw: string, output: string): Promise<string> {
  const hasher = createHasher();
  const encoder = new TextEncoder();
  const add = (...facts: readonly unknown[]) => {
    hasher.update(encoder.encode(JSON.stringify(facts)));
  };
  const skipped = resolve(output);
  const above = new Set<string>();
  const visit = async (path: string, name: string): Promise<void> => {
    const { isDirectory, size, mtime, dev, ino } = await Deno.stat(path);
    if (!isDirectory) return add(name, size, mtime?.getTime() ?? 0);
    const folder = `${dev} ${ino}`;
    if (path === skipped || above.has(folder) || above.size >= deepestFolder) return;
    const names = (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name).sort();
    if (names.includes(storeManifest.file)) return;
    above.add(folder);
    for (const entry of names) {
      if (!ownName.test(entry)) await attempt(join(path, entry), `${name}/${entry}`);
    }
    above.delete(folder);
  };
  const attempt = (path: string, name: string) =>
    visit(path, name).catch((error) => add(name, ioErrorCode(error) ?? "unknown"));
  await attempt(resolve(raw), "");
  return hasher.hex();
}
