/**
 * Checks that recipes name what there is.
 *
 * @module
 */

import type { Dataset } from "../../lib/datasets/mod.ts";
import type { Method } from "../../lib/methods/mod.ts";
import type { Recipe } from "./recipe.ts";

/** What there is. */
export interface Registries {
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly methods: ReadonlyMap<string, Method>;
}

/**
 * Checks the names of data sets, variants, methods and backbones. A wrong one is an error of the program,
 * not of its user: the recipes come with it.
 *
 * @throws {Error} If there is one; the message lists all.
 */
export function checkRegistry(
  recipes: readonly Recipe[],
  { datasets, methods }: Registries,
): void {
  const wrong = new Set<string>();
  for (const { pretrain, evaluate, beside = [], columns, likeForLike = [] } of recipes) {
    const variants = beside.flatMap((other) => "variant" in other ? [other.variant] : []);
    const stores = [
      pretrain,
      ...evaluate,
      ...evaluate.flatMap(({ dataset }) => variants.map((variant) => ({ dataset, variant }))),
    ];
    for (const { dataset, variant } of stores) {
      const found = datasets.get(dataset);
      if (found === undefined) wrong.add(`data set "${dataset}"`);
      else if (!found.variants.some(({ name }) => name === variant)) {
        wrong.add(`variant "${variant}" of "${dataset}"`);
      }
    }
    const alike = likeForLike.map(({ method }) => ({ method, backbone: "metamae" as const }));
    for (const { method, backbone } of [...columns, ...alike]) {
      const found = methods.get(method);
      if (found === undefined) wrong.add(`method "${method}"`);
      else if (!found.backbones.includes(backbone)) wrong.add(`"${method}" on "${backbone}"`);
    }
  }
  if (wrong.size === 0) return;
  throw new Error(`The recipes name what is not registered: ${[...wrong].join(", ")}`);
}
