/**
 * Tables that compare methods on one backbone and by one protocol, beside those in the published form.
 *
 * @module
 */

import type { ResultGroup } from "./groups.ts";
import type { PublishedTable } from "./published.ts";
import { hasOtherBackbone, publishedBackbone } from "./table_entries.ts";
import { methodOrder, methodTitle } from "./titles.ts";

/** Results that belong into tables of the published form, and into those on MetaMAE's backbone. */
export interface ByBackbone {
  readonly published: readonly ResultGroup[];
  /** Empty unless some method that was published on another backbone ran on this one. */
  readonly alike: readonly ResultGroup[];
}

/**
 * Tells results on the published backbones from those on MetaMAE's. MetaMAE's own belong to both, and MAE
 * with MetaMAE's decoder to the latter only: the MAE of the published tables is another one.
 */

export function splitByBackbone(groups: readonly ResultGroup[]): ByBackbone {
  const onMetamae = groups.filter(({ experiment }) =>
    experiment.settings["backbone"] === "metamae"
  );
  const hasGuests = onMetamae.some(({ experiment: { method } }) =>
    publishedBackbone(method) === "dabs"
  );
  if (!hasGuests) return { published: groups, alike: [] };
  const depths = new Set(
    onMetamae.filter(({ experiment }) => experiment.method === "metamae").map(depthOf),
  );
  return {
    published: groups.filter((group) => !hasOtherBackbone(group)),
    alike: onMetamae.filter((group) =>
      group.experiment.method !== "mae" || depths.size === 0 || depths.has(depthOf(group))
    ),
  };
}

function depthOf({ experiment: { settings } }: ResultGroup) {
  return settings["decoderLayers"];
}

/** The form of a published table with a column for every method on MetaMAE's backbone. */
export function likeForLikeForm(
  table: PublishedTable,
  groups: readonly ResultGroup[],
): PublishedTable {
  const methods = [...new Set(groups.map(({ experiment }) => experiment.method))]
    .sort((a, b) => methodOrder(a) - methodOrder(b));
  return {
    ...table,
    id: `${table.id}-like-for-like`,
    title: `${table.title}, all on MetaMAE's backbone`,
    caption:
      "Every method on the encoder of MetaMAE, measured by the linear probe on its features; " +
      "only MetaMAE's own numbers were published so",
    columns: methods.map((method) => ({ method, title: methodTitle(method) })),
    rows: table.rows.map((row) => row.filter(({ method }) => method === "metamae")),
  };
}
