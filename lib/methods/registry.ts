/**
 * All methods by name: adding one is one file in this folder and one line here.
 *
 * @module
 */

import { lookUp } from "../util/mod.ts";
import { capri } from "./capri.ts";
import { dabsMae } from "./dabs_mae.ts";
import { emix } from "./emix.ts";
import { mae } from "./mae.ts";
import { metamae } from "./metamae.ts";
import type { Method } from "./method.ts";
import { scratch } from "./scratch.ts";
import { shed } from "./shed.ts";

const all = [
  metamae,
  mae,
  dabsMae,
  emix,
  shed,
  capri,
  scratch,
] as unknown as readonly Method[];

const byAlias = new Map(
  all.flatMap((method) => (method.aliases ?? []).map((alias) => [alias, method])),
);

/** The methods by id. */
export const methods: ReadonlyMap<string, Method> = new Map(
  all.map((method) => [method.id, method]),
);

/**
 * A method by its id or one of its aliases.
 *
 * @throws {UsageError} If there is none of this name; the message lists the valid ones.
 */
export function findMethod(id: string): Method {
  return byAlias.get(id) ?? lookUp("method", id, methods);
}
