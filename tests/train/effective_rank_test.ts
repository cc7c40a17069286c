import { effectiveRank, featureDeviation, symmetricEigenvalues } from "../../lib/train/health.ts";
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

const sorted = (values: Float64Array) => values.toSorted((a, b) => a - b);

Deno.test("symmetricEigenvalues() finds those of a chain of springs", () => {
  for (const size of [1, 2, 3, 7, 40]) {
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      matrix[i * size + i] = 2;
      if (i > 0) matrix[i * size + i - 1] = -1;
    }
    sorted(symmetricEigenvalues(matrix, size)).forEach((value, k) => {
      const wanted = 2 - 2 * Math.cos(Math.PI * (k + 1) / (size + 1));
      assertAlmostEquals(value, wanted, 1e-12, `${k} of ${size}`);
    });
  }
});

Deno.test("symmetricEigenvalues() finds given ones behind a rotation, repeated and zero ones too", () => {
  const wanted = [-3, 0, 0, 0, 1, 1, 1e-6, 50];
  const size = wanted.length;
  const basis = orthonormal(size);
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      for (let k = 0; k < size; k++) {
        matrix[i * size + j]! += basis[k]![i]! * wanted[k]! * basis[k]![j]!;
      }
    }
  }
  const found = sorted(symmetricEigenvalues(matrix, size));
  wanted.toSorted((a, b) => a - b).forEach((value, k) =>
    assertAlmostEquals(found[k]!, value, 1e-13 * 50)
  );
});

Deno.test("symmetricEigenvalues() keeps trace and sum of squares of a large matrix", () => {
  const size = 150;
  const values = normals(drawKey(0, "matrix"), size * size);
  const matrix = new Float64Array(size * size);
  let [trace, squares] = [0, 0];
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      matrix[i * size + j] = values[i * size + j]!;
      squares += (i === j ? 1 : 2) * matrix[i * size + j]! ** 2;
    }
    trace += matrix[i * size + i]!;
  }
  const found = symmetricEigenvalues(matrix, size);
  assertAlmostEquals(found.reduce((sum, x) => sum + x, 0), trace, 1e-10);
  assertAlmostEquals(found.reduce((sum, x) => sum + x * x, 0), squares, 1e-8);
});

Deno.test("symmetricEigenvalues() of what is no number are no numbers", () => {
  assertEquals([...symmetricEigenvalues(Float64Array.of(1, 0, NaN, 1), 2)], [NaN, NaN]);
  assert(symmetricEigenvalues(Float64Array.of(0, 0, 0, 0), 2).every((value) => value === 0));
});

/** Orthonormal rows by Gram and Schmidt's procedure. */
function orthonormal(size: number): number[][] {
  const rows: number[][] = [];
  for (let i = 0; i < size; i++) {
    let row = Array.from(normals(drawKey(i, "row"), size));
    for (const other of rows) {
      const along = row.reduce((sum, x, k) => sum + x * other[k]!, 0);
      row = row.map((x, k) => x - along * other[k]!);
    }
    const length = Math.hypot(...row);
    rows.push(row.map((x) => x / length));
  }
  return rows;
}
