/**
 * Asking a server for a file, or for the rest of one.
 *
 * @module
 */

import { DataError, extname, MissingError, StorageError } from "../util/mod.ts";

/** A failure that may pass: the same request may succeed later. */
export class PassingFailure extends Error {
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
 * @throws {PassingFailure} If the server or the way to it fails for now.
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
      new PassingFailure(answer, Number.isFinite(retryAfter) ? { retryAfter } : {}),
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
    throw await fail(new PassingFailure("the server sent another part than the one asked for"));
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
    if (error instanceof TypeError) throw new PassingFailure(error.message, { cause: error });
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
