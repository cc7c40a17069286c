/**
 * A source of bytes that keeps the pages that were read last, for formats with many small parts.
 *
 * @module
 */

import type { ByteSource } from "./byte_source.ts";

const pageBytes = 1 << 18;
const keptPages = 64;

/** Reads a source page by page; at most 16 MiB are kept. */
export function pagedSource(source: ByteSource): ByteSource {
  // The order of a map is the order of insertion: the first page is the one that was not used
  // longest.
  const pages = new Map<number, Promise<Uint8Array<ArrayBuffer>>>();
  const pageOf = (index: number) => {
    const start = index * pageBytes;
    const page = pages.get(index) ??
      source.read(start, Math.min(pageBytes, source.size - start));
    pages.delete(index);
    pages.set(index, page);
    if (pages.size > keptPages) pages.delete(pages.keys().next().value!);
    return page;
  };
  return {
    name: source.name,
    size: source.size,
    async read(offset, length) {
      // Long parts would only displace the pages, and what lies outside has its error there.
      if (length > pageBytes || offset < 0 || offset + length > source.size) {
        return await source.read(offset, length);
      }
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        const at = offset + done;
        const page = await pageOf(Math.floor(at / pageBytes));
        const part = page.subarray(at % pageBytes, at % pageBytes + length - done);
        bytes.set(part, done);
        done += part.length;
      }
      return bytes;
    },
  };
}
