/**
 * Downloading the files of a data set whose digests are known: each complete and checked, or not
 * there.
 *
 * What has arrived lies in a hidden file beside the target, with the address and the version that
 * it belongs to. A download that was interrupted goes on where it stopped if the server still has
 * that version; the target appears when all of it has the right digest.
 *
 * @module
 */

import { z } from "zod";
import {
  basename,
  DataError,
  dirname,
  disk,
  explained,
  extname,
  hashFile,
  type HashName,
  ifThere,
  join,
  lockFolder,
  MissingError,
  readJson,
  reasonOf,
  statIfThere,
  StorageError,
  UsageError,
  writeJsonAtomic,
} from "../util/mod.ts";
import { formsOf, type RawFile } from "./raw_files.ts";

/** A file on the web. */
export interface DownloadSource {
  readonly url: string;
  readonly bytes?: number;
  readonly sha256?: string;
  readonly md5?: string;
}

/** Options of {@linkcode downloadFile}. */
export interface DownloadOptions {
  readonly signal?: AbortSignal;
  /** Told how many bytes are there, and of how many where that is known. */
  readonly progress?: (done: number, total: number | undefined) => void;
  /** Failures in a row, without a byte in between, after which it gives up; 6. */
  readonly attempts?: number;
  /** Milliseconds without a byte after which a connection is given up; 60,000. */
  readonly timeout?: number;
  /** Waits between attempts; a test waits less. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** What is known about the bytes that have arrived. */
const partRecord = z.strictObject({ url: z.string(), validator: z.string() });

/** Longest pause between two attempts, in seconds. */
const longestPause = 60;

/**
 * Downloads a file.
 *
 * @param path Where it appears; it must not exist.
 * @throws {MissingError} If no digest is known, or the permission to talk to the server is missing.
 * @throws {DataError} If what the server sends is not the file.
 * @throws {StorageError} If the server refuses or fails again and again, or the disk does.
 * @throws {LockedError} If another process is downloading it.
 */
export async function downloadFile(
  source: DownloadSource,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  const action = `Cannot download "${basename(path)}" from "${source.url}"`;
  const digest = digestOf(source);
  if (digest === undefined) {
    throw new MissingError(`${action}: no digest of the official file is known to check it with`, {
      hint: `Get it by hand and put it at "${path}"`,
    });
  }
  await explained(action, () => disk.makeFolder(dirname(path)));
  const lock = await lockFolder(path, action);
  try {
    const part = join(dirname(path), `.${basename(path)}.part`);
    const pieces = await fetchAll(source, part, action, options);
    let found = await hashFile(part, digest.name);
    if (found !== digest.wanted && pieces > 1) {
      // The pieces may be of different versions.
      await removePart(part);
      await fetchAll(source, part, action, options);
      found = await hashFile(part, digest.name);
    }
    if (found !== digest.wanted) {
      await removePart(part);
      throw new DataError(
        `${action}: the ${digest.name} of what arrived is ${found}, the official file's is ` +
          digest.wanted,
        { hint: "The site may have another version now" },
      );
    }
    await explained(action, () => publish(part, path));
  } finally {
    await lock.release();
  }
}

function digestOf({ sha256, md5 }: DownloadSource) {
  const name: HashName = sha256 !== undefined ? "sha256" : "md5";
  const wanted = sha256 ?? md5;
  return wanted === undefined ? undefined : { name, wanted };
}

/** Brings what has arrived to the disk and gives it its name. */
async function publish(part: string, path: string): Promise<void> {
  {
    using file = await Deno.open(part, { write: true });
    await file.sync();
  }
  await disk.rename(part, path);
  await disk.remove(recordPath(part));
  await disk.syncFolder(dirname(path));
}

/**
 * Fetches until all bytes are there.
 *
 * @returns Number of pieces that they may have come in.
 */
async function fetchAll(
  source: DownloadSource,
  part: string,
  action: string,
  options: DownloadOptions,
): Promise<number> {
  const { attempts = 6, wait = pause } = options;
  const signal = options.signal ?? new AbortController().signal;
  const before = await sizeOf(part);
  let [failures, pieces] = [0, before > 0 ? 2 : 1];
  for (let size = before; size === 0 || size !== source.bytes;) {
    try {
      await fetchMore(source, part, action, { ...options, signal });
      return pieces;
    } catch (error) {
      if (!(error instanceof TransientFailure)) throw error;
      const reached = await sizeOf(part);
      failures = reached > size ? 1 : failures + 1;
      size = reached;
      pieces++;
      if (failures >= attempts) {
        throw new StorageError(
          `${action}: gave up after ${attempts} failures in a row with ${size} bytes: ` +
            error.message,
          { cause: error, hint: "Run it again: it goes on where it stopped" },
        );
      }
      const seconds = Math.max(2 ** (failures - 1), error.retryAfter ?? 0);
      await wait(1000 * Math.min(seconds, longestPause), signal);
    }
  }
  return pieces;
}

/** One connection: from where the bytes on the disk end to where the server ends. */
async function fetchMore(
  source: DownloadSource,
  part: string,
  action: string,
  { signal, progress, timeout = 60_000 }: DownloadOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const record = await readRecord(part);
  const validator = record?.url === source.url ? record.validator : undefined;
  const start = validator === undefined ? 0 : await sizeOf(part);
  const stalled = new AbortController();
  let timer: ReturnType<typeof setTimeout>;
  const rest = () => {
    clearTimeout(timer);
    const failure = new TransientFailure(`nothing came for ${timeout / 1000} seconds`);
    timer = setTimeout(() => stalled.abort(failure), timeout);
  };
  const either = AbortSignal.any([signal, stalled.signal]);
  rest();
  try {
    const request = { url: source.url, action, start, validator, signal: either };
    const body = await requestBody(request);
    const total = source.bytes ?? body.total;
    if (body.total !== undefined && body.total !== total) {
      throw new DataError(
        `${action}: the server offers ${body.total} bytes, the official file has ${total}`,
        { hint: "The site may have another version now" },
      );
    }
    let size = body.start;
    using file = await explained(action, () => openPart(part, source.url, body));
    for await (const chunk of arriving(body.chunks, either)) {
      rest();
      size += chunk.length;
      if (total !== undefined && size > total) {
        await file.truncate();
        throw new DataError(`${action}: the server sends more than ${total} bytes`);
      }
      await explained(action, () => writeAll(file, chunk));
      progress?.(size, total);
    }
    if (size === 0 || (total !== undefined && size < total)) {
      throw new TransientFailure(`the connection ended after ${size} of ${total ?? "?"} bytes`);
    }
  } finally {
    clearTimeout(timer!);
  }
}

/** Turns what breaks a connection into a passing failure. */
async function* arriving(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    while (true) {
      const next = await iterator.next().catch((cause) => {
        if (signal.aborted) throw signal.reason;
        const message = reasonOf(cause);
        throw new TransientFailure(`the connection broke: ${message}`, { cause });
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.().catch(() => undefined);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
}

function recordPath(part: string): string {
  return `${part}.json`;
}

/**
 * Opens the file for bytes that follow those which are there, or for new ones. What new bytes
 * belong to is written down before the first of them and after the last old one is gone.
 */
async function openPart(
  part: string,
  url: string,
  { start, validator }: HttpBody,
): Promise<Deno.FsFile> {
  if (start > 0) return await Deno.open(part, { append: true });
  await disk.remove(recordPath(part));
  const file = await Deno.open(part, { write: true, create: true, truncate: true });
  if (validator !== undefined) await writeJsonAtomic(recordPath(part), { url, validator });
  return file;
}

/** A record that is missing or damaged costs a new start, nothing else. */
async function readRecord(part: string): Promise<z.infer<typeof partRecord> | undefined> {
  try {
    return partRecord.safeParse(await ifThere(readJson(recordPath(part)))).data;
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

async function removePart(part: string): Promise<void> {
  await disk.remove(part);
  await disk.remove(recordPath(part));
}

async function sizeOf(path: string): Promise<number> {
  return (await statIfThere(path))?.size ?? 0;
}

/** Waits, unless it is told to stop. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/** Options of {@linkcode downloadRaw}. */
interface DownloadRawOptions extends Omit<DownloadOptions, "progress"> {
  readonly progress?: (done: number, total: number | undefined, what: string) => void;
  readonly warn?: (message: string) => void;
}

/** A file that can be fetched and checked. */
type Fetchable = RawFile & { readonly url: string };

/**
 * Fetches the files of a data set that are not there, in none of their forms.
 *
 * Files without a known digest are left to the user, who is told so; those without an address are
 * named when they are looked for and missing.
 *
 * @param folder The folder of raw files.
 * @throws {UsageError} If the data set has no official files.
 * @throws {MissingError} If none of the missing files can be fetched, or a permission is missing.
 * @throws {DataError} If what arrives is not the official file.
 * @throws {StorageError} If a server or the disk fails.
 */
export async function downloadRaw(
  dataset: { readonly id: string; readonly files: readonly RawFile[] },
  folder: string,
  options: DownloadRawOptions = {},
): Promise<void> {
  const action = `Cannot download the files of "${dataset.id}"`;
  if (dataset.files.length === 0) {
    throw new UsageError(`${action}: it has no official files`);
  }
  const wanted: RawFile[] = [];
  for (const file of dataset.files) if (!(await isThere(folder, file))) wanted.push(file);
  const fetchable = wanted.filter(isFetchable);
  if (wanted.length > 0 && fetchable.length === 0) {
    const names = wanted.map(({ path }) => `"${path}"`).join(", ");
    throw new MissingError(
      `${action}: neither address nor digest are known of ${names}, so that ` +
        "they could be fetched and checked",
      { hint: `Run "metamae datasets ${dataset.id}" to see how to get them` },
    );
  }
  for (const { path, url } of wanted) {
    if (url === undefined || fetchable.some((file) => file.path === path)) continue;
    options.warn?.(
      `"${path}" is not fetched, since no digest of it is known: get it from ${url} and put it ` +
        `at "${join(folder, path)}"`,
    );
  }
  await checkNetPermission(fetchable.map(({ url }) => url), action);
  const { progress, ...rest } = options;
  for (const file of fetchable) {
    await downloadFile(file, join(folder, file.path), {
      ...rest,
      progress: (done, total) =>
        progress?.(done / 1e6, total === undefined ? total : total / 1e6, `MB of ${file.path}`),
    });
  }
}

/** Whether a file has an address and a digest to check it with. */
export function isFetchable(file: RawFile): file is Fetchable {
  return file.url !== undefined && (file.sha256 !== undefined || file.md5 !== undefined);
}

async function isThere(folder: string, file: RawFile): Promise<boolean> {
  for (const { path } of formsOf(file)) {
    if (await statIfThere(join(folder, path)) !== undefined) return true;
  }
  return false;
}

/** A failure that may pass: the same request may succeed later. */
export class TransientFailure extends Error {
  /** Seconds that the server wants to be left alone. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly retryAfter?: number } = {}) {
    super(message, options);
    this.retryAfter = options.retryAfter;
  }
}

/** What is asked for. */
export interface BodyRequest {
  readonly url: string;
  /** What fails if it fails, such as `Cannot download "a.zip"`. */
  readonly action: string;
  /** First byte that is wanted. */
  readonly start: number;
  /** What identifies the version that the bytes before belong to; see {@linkcode HttpBody}. */
  readonly validator: string | undefined;
  readonly signal: AbortSignal;
}

/** What a server sends. */
export interface HttpBody {
  /**
   * Position of the first byte: 0 if the server does not send parts, or has another version now.
   */
  readonly start: number;
  /** Bytes of the whole file, where the server says it. */
  readonly total: number | undefined;
  /** Strong ETag or date of this version, to ask for the rest of it later. */
  readonly validator: string | undefined;
  readonly chunks: AsyncIterable<Uint8Array<ArrayBuffer>>;
}

const mostRedirects = 10;

/** Answers to requests that came at a bad time. */
const passingStatus: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Sends a request and reads the head of the answer.
 *
 * @throws {TransientFailure} If the server or the way to it fails for now.
 * @throws {MissingError} If the permission to talk to a host is missing; the message names the
 * flag.
 * @throws {StorageError} If the server refuses.
 * @throws {DataError} If it sends a page, or leads to something that is not on the web.
 */
export async function requestBody(request: BodyRequest): Promise<HttpBody> {
  const { action, start, validator, signal } = request;
  const headers = new Headers({ "accept-encoding": "identity" });
  if (start > 0 && validator !== undefined) {
    headers.set("range", `bytes=${start}-`);
    headers.set("if-range", validator);
  }
  const response = await follow(request, headers, signal);
  const fail = async <E>(error: E): Promise<E> => {
    await response.body?.cancel().catch(() => undefined);
    return error;
  };
  const { status } = response;
  const answer = `the server answered ${status} ${response.statusText}`.trim();
  if (status >= 500 || passingStatus.has(status)) {
    const retryAfter = Number(response.headers.get("retry-after") ?? NaN);
    throw await fail(
      new TransientFailure(answer, Number.isFinite(retryAfter) ? { retryAfter } : {}),
    );
  }
  if (status === 416) return { start: 0, total: undefined, validator: undefined, chunks: none() };
  if (status !== 200 && status !== 206) {
    throw await fail(new StorageError(`${action}: ${answer}`, { hint: "Get the file by hand" }));
  }
  const type = response.headers.get("content-type") ?? "";
  if (type.startsWith("text/html") && !extname(new URL(request.url).pathname).startsWith(".htm")) {
    throw await fail(
      new DataError(`${action}: the server sent a page instead of the file (${type})`, {
        hint: "The file may need a consent or have moved: look at the address with a browser",
      }),
    );
  }
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
  if (status === 206 && (range === null || Number(range[1]) !== start)) {
    throw await fail(new TransientFailure("the server sent another part than the one asked for"));
  }
  const length = response.headers.get("content-length");
  return {
    start: status === 206 ? start : 0,
    total: status === 206 ? Number(range![2]) : length === null ? undefined : Number(length),
    validator: validatorOf(response.headers),
    chunks: response.body ?? none(),
  };
}

/** Follows redirects by itself, so that each of them can be looked at. */
async function follow(
  { url, action }: BodyRequest,
  headers: Headers,
  signal: AbortSignal,
): Promise<Response> {
  let address = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects++) {
    const { protocol } = new URL(address);
    if (protocol !== "https:" && protocol !== "http:") {
      throw new DataError(
        `${action}: the server leads to "${address}", an address on the web is wanted`,
      );
    }
    await checkNetPermission([address], action);
    const response = await send(address, headers, signal);
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel().catch(() => undefined);
    const next = new URL(location, address);
    if (protocol === "https:" && next.protocol === "http:") {
      throw new DataError(
        `${action}: the server leads from "${address}" to "${next}", which is not encrypted`,
      );
    }
    address = next.href;
  }
  throw new StorageError(`${action}: the server redirects more than ${mostRedirects} times`);
}

async function send(url: string, headers: Headers, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { headers, signal, redirect: "manual" });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof TypeError) throw new TransientFailure(error.message, { cause: error });
    throw error;
  }
}

/**
 * Checks that the program may talk to the hosts of some addresses, without asking the user.
 *
 * @throws {MissingError} If it may not; the message names the flag.
 */
export async function checkNetPermission(urls: readonly string[], action: string): Promise<void> {
  const missing = new Set<string>();
  for (const url of urls) {
    const { hostname, port, protocol, host } = new URL(url);
    const full = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
    const { state } = await Deno.permissions.query({ name: "net", host: full });
    if (state !== "granted") missing.add(host);
  }
  if (missing.size === 0) return;
  const flag = `--allow-net=${[...missing].join(",")}`;
  throw new MissingError(`${action}: the Deno permission ${flag} is missing`, {
    hint: `Run it again with ${flag}, or get the files by hand`,
  });
}

/** Weak tags do not tell versions apart byte by byte. */
function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  if (etag !== null && !etag.startsWith("W/")) return etag;
  return headers.get("last-modified") ?? undefined;
}

async function* none(): AsyncGenerator<Uint8Array<ArrayBuffer>> {}
