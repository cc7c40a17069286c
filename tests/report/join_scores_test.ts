import { joinScores } from "../../lib/report/join_scores.ts";
import type { ScoreRecord, Skipped } from "../../lib/report/results.ts";
import { assertEquals } from "../assert.ts";
import { experiment, metric, scoreRecord } from "./builders.ts";

const linear = scoreRecord(experiment("mnist", "capri"), 0.5, { source: "a.json" });
const dabs: ScoreRecord = {
  ...linear,
  source: "b.json",
  selection: "The DABS protocol.",
  scores: [{ probe: "dabs", latent: "z", metrics: { accuracy: metric(0.4) } }],
};
const probes = (records: readonly ScoreRecord[]) =>
  records.map(({ scores }) => scores.map(({ probe }) => probe));

Deno.test("joinScores() joins different probes of one run", () => {
  const skipped: Skipped[] = [];
  const [joined, ...others] = joinScores([linear, dabs], skipped);
  assertEquals([others, skipped], [[], []]);
  assertEquals(probes([joined!]), [["linear", "dabs"]]);
  assertEquals(joined!.source, "a.json");
  assertEquals(joined!.selection, [linear.selection, dabs.selection].filter(Boolean).join(" "));
});

Deno.test("joinScores() keeps seeds and settings apart", () => {
  const seed = scoreRecord(experiment("mnist", "capri"), 0.5, { seed: 1 });
  const settings = scoreRecord(experiment("mnist", "capri", { steps: 3 }), 0.5);
  assertEquals(probes(joinScores([linear, seed, settings], [])), [["linear"], ["linear"], [
    "linear",
  ]]);
});

Deno.test("joinScores() leaves out a probe that is there already, and says so", () => {
  const skipped: Skipped[] = [];
  const again = scoreRecord(experiment("mnist", "capri"), 0.7, { source: "c.json" });
  const joined = joinScores([linear, dabs, again], skipped);
  assertEquals(probes(joined), [["linear", "dabs"]]);
  assertEquals(skipped.map(({ source }) => source), ["c.json"]);
  assertEquals(skipped[0]!.reason, 'It repeats data set, method, settings and seed of "a.json"');
});
