/**
 * All methods by name: adding one is one file in this folder and one line here.
 *
 * @module
 */

import { lookUp } from "../util/errors.ts";
import { mae } from "./mae.ts";
import { metamae } from "./metamae.ts";
import type { Method } from "./method.ts";
import { scratch } from "./scratch.ts";

const all = [
  metamae,
  mae,
  scratch,
] as unknown as readonly Method[];

/** The methods by id. */
export const methods: ReadonlyMap<string, Method> = new Map(
  all.map((method) => [method.id, method]),
);

/**
 * A method by name.
 *
 * @throws {UsageError} If there is none of this name; the message lists the valid ones.
 */
export function findMethod(id: string): Method {
  return lookUp("method", id, methods);
}
