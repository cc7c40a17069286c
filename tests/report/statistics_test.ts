import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";
import {
  compareWithPublished,
  completeMean,
  deviation,
  type Estimate,
  estimate,
  estimateDifference,
  type Interval,
  mean,
  percentile,
  ranks,
  scaleEstimate,
  studentQuantile,
} from "../../lib/report/statistics.ts";

const samples = (low: number, high: number): Interval => ({ low, high, kind: "samples" });
const seeds = (...values: number[]) => values.map((value, seed) => ({ seed, value }));

Deno.test("studentQuantile() equals SciPy's t.ppf(0.975) in and beyond the table", () => {
  // scipy.stats.t.ppf(0.975, df)
  const expected = [
    [1, 12.706205],
    [2, 4.302653],
    [4, 2.776445],
    [10, 2.228139],
    [30, 2.042272],
    [31, 2.039513],
    [60, 2.000298],
    [1000, 1.962339],
  ] as const;
  for (const [degrees, quantile] of expected) {
    assertAlmostEquals(studentQuantile(degrees), quantile, 2e-4);
  }
  assertEquals(studentQuantile(2.9), studentQuantile(2));
  assertThrows(() => studentQuantile(0), RangeError, "0 degrees of freedom");
});

Deno.test("estimate() over seeds is mean and t interval", () => {
  const { mean: center, deviation: spread, interval, count } = estimate(seeds(0.8, 0.82, 0.87))!;
  assertAlmostEquals(center, 0.83);
  assertAlmostEquals(spread!, 0.036055512754, 1e-10);
  assertAlmostEquals(interval!.high - center, 4.3027 * 0.036055512754 / Math.sqrt(3), 1e-10);
  assertAlmostEquals(center - interval!.low, interval!.high - center, 1e-12);
  assertEquals([count, interval!.kind], [3, "seeds"]);
});

Deno.test("estimate() of one seed keeps the interval of the record", () => {
  const interval = samples(0.78, 0.81);
  assertEquals(estimate([{ seed: 0, value: 0.8, interval }]), {
    mean: 0.8,
    count: 1,
    deviation: null,
    interval,
  });
  assertEquals(estimate(seeds(0.8))!.interval, null);
  assertEquals(estimate([]), null);
});

Deno.test("estimateDifference() pairs seeds, so that what seeds share cancels", () => {
  const difference = estimateDifference(seeds(0.9, 0.7, 0.8), seeds(0.8, 0.6, 0.7))!;
  assertAlmostEquals(difference.mean, 0.1);
  assertAlmostEquals(difference.interval!.low, 0.1, 1e-12);
  assertAlmostEquals(difference.interval!.high, 0.1, 1e-12);
  assertEquals(difference.interval!.kind, "seeds");
});

Deno.test("estimateDifference() of one seed pairs bootstrap resamples of equal keys", () => {
  const shift = Array.from({ length: 401 }, (_, i) => i / 400);
  const measurement = (value: number, key: string, values: number[]) => ({
    seed: 0,
    value,
    interval: samples(0, 1),
    replicates: { key, values },
  });
  const a = measurement(0.9, "k", shift.map((s) => 0.4 + s));
  const b = measurement(0.5, "k", shift);
  const paired = estimateDifference([a], [b])!;
  assertAlmostEquals(paired.interval!.low, 0.4, 1e-12);
  assertAlmostEquals(paired.interval!.high, 0.4, 1e-12);
  const other = estimateDifference([a], [measurement(0.5, "other", shift)])!;
  assert(other.interval!.low < 0, "resamples of other samples must not be paired");
});

Deno.test("estimateDifference() pairs resamples in which both values are defined", () => {
  const measured = (value: number, values: number[]) => ({
    seed: 0,
    value,
    interval: samples(0, 1),
    replicates: { key: "k", values },
  });
  const some = Array.from({ length: 100 }, (_, i) => i < 4 ? NaN : 0.5);
  const zeros = Array.from({ length: 100 }, () => 0);
  const difference = estimateDifference([measured(0.5, some)], [measured(0, zeros)])!;
  assertEquals(difference.interval, { low: 0.5, high: 0.5, kind: "samples" });
  const few = some.map((value, i) => i < 50 ? NaN : value);
  const wide = estimateDifference([measured(0.5, few)], [measured(0, zeros)])!;
  assert(wide.interval!.low < 0, "too few pairs tell nothing");
});

Deno.test("estimateDifference() combines independent intervals arm by arm", () => {
  const a = { seed: 0, value: 0.9, interval: samples(0.87, 0.92) };
  const b = { seed: 1, value: 0.8, interval: samples(0.78, 0.84) };
  const { mean: center, interval } = estimateDifference([a], [b])!;
  assertAlmostEquals(center, 0.1);
  assertAlmostEquals(interval!.low, 0.1 - Math.hypot(0.03, 0.04));
  assertAlmostEquals(interval!.high, 0.1 + Math.hypot(0.02, 0.02));
  assertEquals(estimateDifference([a], [{ seed: 1, value: 0.8 }])!.interval, null);
  assertEquals(estimateDifference([a], []), null);
});

Deno.test("compareWithPublished() marks where the published number lies", () => {
  const ours: Estimate = { mean: 89, count: 3, deviation: 1, interval: samples(88, 90) };
  assertEquals(compareWithPublished(ours, 89.5), { difference: -0.5, mark: "within" });
  assertEquals(compareWithPublished(ours, 90).mark, "within");
  assertEquals(compareWithPublished(ours, 87.9).mark, "above");
  assertEquals(compareWithPublished(ours, 90.1).mark, "below");
  assertEquals(compareWithPublished({ ...ours, interval: null }, 80), {
    difference: 9,
    mark: null,
  });
});

Deno.test("ranks() give 1 to the largest, share ties and pass nulls through", () => {
  assertEquals(ranks([70, null, 90, 70, 80]), [3.5, null, 1, 3.5, 2]);
  assertEquals(ranks([]), []);
});

Deno.test("completeMean() refuses to average what is incomplete", () => {
  assertEquals(completeMean([1, 2, 6]), 3);
  assertEquals(completeMean([1, null]), null);
  assertEquals(completeMean([]), null);
});

Deno.test("scaleEstimate() scales mean, deviation and interval", () => {
  const value: Estimate = { mean: 0.5, count: 2, deviation: 0.01, interval: samples(0.4, 0.6) };
  assertEquals(scaleEstimate(value, 100), {
    mean: 50,
    count: 2,
    deviation: 1,
    interval: samples(40, 60),
  });
});

Deno.test("percentile() interpolates", () => {
  assertEquals(percentile([0, 10, 20], 0.25), 5);
  assertEquals(percentile([7], 0.975), 7);
  assertEquals([mean([1, 2, 3]), deviation([1]), deviation([1, 3])], [2, null, Math.SQRT2]);
});
