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
import { anyMethod, type Method } from "./method.ts";
import { scratch } from "./scratch.ts";
import { shed } from "./shed.ts";

const all: readonly Method[] = [
  anyMethod(metamae),
  anyMethod(mae),
  anyMethod(dabsMae),
  anyMethod(emix),
  anyMethod(shed),
  anyMethod(capri),
  anyMethod(scratch),
];

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
