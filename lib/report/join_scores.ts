/**
 * Bringing the scores of one run together where several records hold them.
 *
 * @module
 */

import { experimentKey } from "./groups.ts";
import type { ProbeScore, ScoreRecord, Skipped } from "./results.ts";

/**
 * Joins records of one experiment and seed that hold different probes, such as those of both
 * evaluation protocols. A record that repeats a probe of one before it is left out.
 *
 * @param skipped Receives what is left out.
 */

export function joinScores(
  records: readonly ScoreRecord[],
  skipped: Skipped[],
): readonly ScoreRecord[] {
  const joined = new Map<string, ScoreRecord>();
  for (const record of records) {
    const key = `${record.seed} ${experimentKey(record.experiment)}`;
    const earlier = joined.get(key);
    if (earlier === undefined) {
      joined.set(key, record);
      continue;
    }
    const taken = new Set(earlier.scores.map(probeKey));
    if (record.scores.some((score) => taken.has(probeKey(score)))) {
      const reason = `It repeats data set, method, settings and seed of "${earlier.source}"`;
      skipped.push({ source: record.source, reason });
      continue;
    }
    const selections = new Set(
      [earlier.selection, record.selection].filter((s) => s !== undefined),
    );
    joined.set(key, {
      ...earlier,
      scores: [...earlier.scores, ...record.scores],
      ...(selections.size === 0 ? {} : { selection: [...selections].join(" ") }),
    });
  }
  return [...joined.values()];
}

function probeKey({ probe, latent }: ProbeScore): string {
  return `${probe} ${latent}`;
}
