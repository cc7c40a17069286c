/**
 * What a run that was killed has left of a store, checked, so that another run can go on with it.
 *
 * @module
 */

import { journalHeader, type ShardState, type StoreOrigin } from "../documents/mod.ts";
import {
  canonicalJson,
  createHasher,
  DataError,
  feedFile,
  type FileSystem,
  type Hasher,
  join,
} from "../util/mod.ts";
import { type JournalState, readJournal } from "./store_journal.ts";
import { shardName } from "./table_writer.ts";

/** What was left. */
export interface KeptStore extends JournalState {
  /** Digest so far of the last shard of every table, by the start of the names. */
  readonly hashers: ReadonlyMap<string, Hasher>;
}

/** Options of {@linkcode openKept}. */
export interface OpenKeptOptions {
  /** What determines the bytes of the new store. */
  readonly origin: StoreOrigin;
  readonly fileSystem: FileSystem;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens what a run that was killed left in a folder, and removes what its journal does not tell of.
 *
 * @returns The store so far; undefined if there is nothing worth going on with.
 * @throws {DataError} If there is, but something has changed since, or a file is damaged.
 */
export async function openKept(
  folder: string,
  { origin, fileSystem, signal }: OpenKeptOptions,
): Promise<KeptStore | undefined> {
  const journal = await readJournal(folder);
  if (journal === undefined || (journal.rows === 0 && journal.results.size === 0)) return undefined;
  const changed = [...new Set([...Object.keys(origin), ...Object.keys(journal.origin)])]
    .find((name) => canonicalJson(origin[name]) !== canonicalJson(journal.origin[name]));
  if (changed !== undefined) {
    throw new DataError(`Cannot go on with an interrupted run: the ${changed} changed since`);
  }
  const left = new Set((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name));
  left.delete(journalHeader.file);
  const hashers = new Map<string, Hasher>();
  for (const [stem, shards] of journal.tables) {
    for (const [k, shard] of shards.entries()) {
      signal?.throwIfAborted();
      // The run may have finished and renamed the shard after it told of it for the last time.
      const found = [...left].find((name) => name.startsWith(`${stem}-${k}.`));
      if (found === undefined) throw damaged(`"${stem}-${k}" is missing`);
      left.delete(found);
      hashers.set(stem, await checkShard(join(folder, found), shard));
      const name = shardName(`${stem}-${k}`, shard.open ? undefined : shard.sha256);
      if (name !== found) await fileSystem.rename(join(folder, found), join(folder, name));
    }
  }
  for (const name of left) await fileSystem.remove(join(folder, name));
  return { ...journal, hashers };
}

async function checkShard(path: string, { bytes, sha256, open }: ShardState): Promise<Hasher> {
  const hasher = createHasher();
  const { size } = await Deno.stat(path);
  // Bytes behind an open shard's are of rows that the journal does not tell of.
  const isWhole = open ? size >= bytes : size === bytes;
  if (isWhole) await feedFile(hasher, path, bytes);
  if (!isWhole || hasher.peek() !== sha256) throw damaged(`"${path}" is damaged`);
  return hasher;
}

const damaged = (what: string) =>
  new DataError(`Cannot go on with an interrupted run: its file ${what}`);
