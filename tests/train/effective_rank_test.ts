import { effectiveRank, featureDeviation } from "../../lib/train/effective_rank.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { drawKey, normals } from "../../lib/util/random.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";

Deno.test("effectiveRank() counts directions: one for a line, all for an even spread", () => {
  assertAlmostEquals(effectiveRank(float32([3, 2], [1, 2, 2, 4, -3, -6])), 1, 1e-6);
  const identity = float32([4, 4], Array.from({ length: 16 }, (_, i) => i % 5 === 0 ? 3 : 0));
  assertAlmostEquals(effectiveRank(identity), 4, 1e-9);
  assertEquals(effectiveRank(float32([3, 2])), 0);
  assertAlmostEquals(effectiveRank(float32([1, 5], [1, 2, 3, 4, 5])), 1, 1e-9);
});

Deno.test("effectiveRank() is e to the entropy of the singular values, whichever side is longer", () => {
  // Singular values 3 and 1.
  const tall = float32([4, 2], [3, 0, 0, 1, 0, 0, 0, 0]);
  const wanted = Math.exp(-(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25)));
  assertAlmostEquals(effectiveRank(tall), wanted, 1e-9);
  const wide = float32([2, 4], [3, 0, 0, 0, 0, 1, 0, 0]);
  assertAlmostEquals(effectiveRank(wide), wanted, 1e-9);
  const values = normals(drawKey(0, "features"), 20 * 6);
  const turned = Float32Array.from(values, (_, i) => values[(i % 20) * 6 + Math.floor(i / 20)]!);
  assertAlmostEquals(
    effectiveRank(float32([20, 6], values)),
    effectiveRank(float32([6, 20], turned)),
    1e-9,
  );
});

Deno.test("effectiveRank() of features that are no numbers is no number", () => {
  assert(Number.isNaN(effectiveRank(float32([2, 2], [1, NaN, 0, 1]))));
});

Deno.test("featureDeviation() averages the deviations of the features", () => {
  // Deviations 1 and 3.
  assertAlmostEquals(featureDeviation(float32([2, 2], [0, 10, 2, 16])), 2, 1e-9);
  assertEquals(featureDeviation(float32([3, 2], [5, 1, 5, 1, 5, 1])), 0);
});
