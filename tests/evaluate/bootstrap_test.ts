import { bootstrap, resampleCounts } from "../../lib/evaluate/result.ts";
import { aurocStatistic, ratioStatistic } from "../../lib/evaluate/metrics.ts";
import { auroc } from "./metric_values.ts";
import { UsageError } from "../../lib/util/errors.ts";
import { drawKey, uniform } from "../../lib/util/random.ts";
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";

const coin = (seed: number, n: number, p: number): number[] =>
  Array.from({ length: n }, (_, i) => uniform(drawKey(seed, "coin"), i) < p ? 1 : 0);

Deno.test("resampleCounts() draws as many samples as there are, keyed by seed and resample", () => {
  const counts = resampleCounts(0, 3, 500);
  assertEquals(counts.reduce((sum, count) => sum + count, 0), 500);
  assertEquals(counts, resampleCounts(0, 3, 500));
  assert(counts.some((count, i) => count !== resampleCounts(0, 4, 500)[i]));
  assert(counts.some((count, i) => count !== resampleCounts(1, 3, 500)[i]));
  const empty = counts.filter((count) => count === 0).length / 500;
  assertAlmostEquals(empty, Math.exp(-1), 0.06, "with replacement a share of 1/e is left out");
});

Deno.test("bootstrap() gives the interval of a binomial share", () => {
  const hits = coin(1, 1000, 0.7);
  const { accuracy } = bootstrap({ accuracy: ratioStatistic(hits) }, 1000, { seed: 0 });
  const { low, high } = accuracy.interval;
  assert(low !== null && high !== null);
  const mean = hits.reduce((sum, hit) => sum + hit, 0) / 1000;
  const error = Math.sqrt(mean * (1 - mean) / 1000);
  assertAlmostEquals(low, mean - 1.96 * error, 0.005);
  assertAlmostEquals(high, mean + 1.96 * error, 0.005);
});

Deno.test("bootstrap() covers the true value about as often as it says", () => {
  let covered = 0;
  for (let trial = 0; trial < 100; trial++) {
    const hits = coin(100 + trial, 200, 0.6);
    const options = { seed: trial, resamples: 200 };
    const { interval } = bootstrap({ share: ratioStatistic(hits) }, 200, options).share;
    if (interval.low !== null && interval.low <= 0.6 && 0.6 <= interval.high) covered++;
  }
  assert(covered >= 86 && covered <= 100, `the interval covers ${covered} of 100 times`);
});

Deno.test("bootstrap() puts all statistics on the same resamples", () => {
  const hits = coin(1, 50, 0.5);
  const statistics = { a: ratioStatistic(hits), b: ratioStatistic(hits.map((hit) => 1 - hit)) };
  const { a, b } = bootstrap(statistics, 50, { seed: 0, resamples: 20 });
  a.replicates.forEach((value, r) => assertAlmostEquals(value + b.replicates[r]!, 1, 1e-12));
});

Deno.test("bootstrap() has no interval for one sample or a mostly undefined metric", () => {
  const one = bootstrap({ share: ratioStatistic([1]) }, 1, { seed: 0, resamples: 10 }).share;
  assertEquals(one.interval, {
    low: null,
    high: null,
    reason: "an interval needs at least two test samples",
  });
  const [scores, targets] = [[0.1, 0.2, 0.3], [0, 0, 1]];
  assertEquals(auroc(scores, targets).value, 1);
  const { rare } = bootstrap({ rare: aurocStatistic(scores, targets) }, 3, { seed: 0 });
  assert(rare.interval.low === null);
  assert(rare.interval.reason.startsWith("the metric is undefined in "));
});

Deno.test("bootstrap() refuses a number of resamples below 1", () => {
  const run = () => bootstrap({ a: ratioStatistic([1]) }, 1, { seed: 0, resamples: 0 });
  assertThrows(run, UsageError, "0 resamples");
});
