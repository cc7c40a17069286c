/**
 * The digest that identifies what a token store holds.
 *
 * @module
 */

import { canonicalJson, sha256 } from "../util/mod.ts";
import type { StoreManifest } from "./store_format.ts";

/**
 * SHA-256 over the manifest, which names the SHA-256 of every file: two stores with the same digest
 * hold the same samples. The version of the program that wrote it does not count.
 */
export function storeDigest(manifest: StoreManifest): string {
  return sha256(canonicalJson({ ...manifest, writer: undefined }));
}
