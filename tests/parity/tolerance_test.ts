import type { FixtureCase } from "./fixture_case.ts";
import { createTally, relativeError, toleranceOf } from "./tolerance.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";

const fixture: FixtureCase = {
  name: "toy",
  method: "mae",
  seed: 0,
  config: {},
  scalars: {},
  spread: new Map([
    ["loss", { absolute: 1e-6, relative: 1e-6 }],
    ["grad/all", { absolute: 1e-9, relative: 1e-9 }],
    ["grad/second", { absolute: 1e-3, relative: 1e-3 }],
  ]),
  vanishing: [],
  document: {},
  tensors: new Map(),
};

Deno.test("toleranceOf() is the larger of the fixed bound and ten times the spread", () => {
  assertAlmostEquals(toleranceOf(fixture, "loss/total", "loss"), 1e-5, 1e-12);
  assertEquals(toleranceOf(fixture, "grad/encoder.0.bias", "maeGradient"), 2e-5);
  assertAlmostEquals(toleranceOf(fixture, "grad/second/bias", "metamaeGradient"), 1e-2, 1e-12);
  assertEquals(toleranceOf(fixture, "enc/z", "latent"), 1e-5);
  assertEquals(toleranceOf(fixture, "loss/total", "exact"), 0);
});

Deno.test("relativeError() relates the largest difference to the largest magnitude", () => {
  assertEquals(relativeError([1, 2, -4.5], [1, 2, -4]), 0.125);
  assertEquals(relativeError([0.25], [0]), 0.25, "zeros are compared absolutely");
  assertEquals(relativeError([], []), 0);
});

Deno.test("relativeError() is infinite for NaN and for another length", () => {
  assertEquals(relativeError([NaN, 1], [1, 1]), Infinity);
  assertEquals(relativeError([1], [1, 1]), Infinity);
});

Deno.test("relativeError() takes any number below -1e8 for minus infinity", () => {
  assertEquals(relativeError([-1e9, 1], [-Infinity, 1]), 0);
  assertEquals(relativeError([-Infinity, 1], [-Infinity, 1]), 0);
  assertEquals(relativeError([-1e4, 1], [-Infinity, 1]), Infinity);
});

Deno.test("Tally.result() names the comparison furthest beyond its tolerance", () => {
  const tally = createTally(fixture);
  tally.compare("enc/z", [1.000005], [1], "latent");
  tally.compare("metric", [0.5000001], [0.5], "metric");
  const good = tally.result();
  assert(good.pass);
  assertEquals([good.worst.name, good.checked], ["enc/z", 2]);
  tally.compare("ids", [1, 2], [1, 3], "exact");
  const bad = tally.result();
  assert(!bad.pass);
  assertEquals(bad.worst, { name: "ids", error: 1, tolerance: 0 });
});

Deno.test("Tally.result() fails where nothing was compared or a value is NaN", () => {
  assert(!createTally(fixture).result().pass);
  const tally = createTally(fixture);
  tally.compare("enc/z", [NaN], [1], "latent");
  assert(!tally.result().pass);
});

Deno.test("Tally.compareWhole() measures the norm over all tensors", () => {
  const tally = createTally(fixture);
  tally.compareWhole("all", [[[3, 0], [3, 0]], [[4.000008], [4]]]);
  const { worst, pass } = tally.result();
  assertAlmostEquals(worst.error, 8e-6 / 5, 1e-9);
  assert(pass);
});

Deno.test("Tally.compareUpdated() allows a step of noise only where the gradient is faint", () => {
  const options = { learningRate: 1e-3, steps: 1, gradient: [1, 1e-6] };
  const faint = createTally(fixture);
  faint.compareUpdated("after1/w", [0.5, 0.502], [0.5, 0.5], options);
  assert(faint.result().pass, "twice the learning rate is allowed for a faint gradient");
  const clear = createTally(fixture);
  clear.compareUpdated("after1/w", [0.5001, 0.5], [0.5, 0.5], options);
  assert(!clear.result().pass, "a tenth of the learning rate is too much for a clear one");
});
