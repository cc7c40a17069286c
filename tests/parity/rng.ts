/**
 * NumPy's and Python's random generators against recorded draws.
 *
 * @module
 */

import { randomState, sampleOrder } from "../../lib/reference/numpy_random.ts";
import { pythonRandom } from "../../lib/reference/python_random.ts";
import { type CaseResult, type FixtureCase, numbersOf, tensorOf } from "./fixture_case.ts";
import { createTally } from "./tolerance.ts";

/** Runs a case of kind `rng`. */
export function run(fixture: FixtureCase): Promise<CaseResult> {
  const tally = createTally(fixture);
  const seed = Number(fixture.config.seed ?? fixture.seed);
  const check = (name: string, actual: ArrayLike<number>) =>
    tally.compare(name, actual, numbersOf(fixture, name), "exact");
  const draws = (name: string, draw: () => number) =>
    check(name, Array.from({ length: tensorOf(fixture, name).shape[0]! }, draw));

  for (const n of fixture.config.n as number[]) {
    check(`permutation/${n}`, randomState(seed).permutation(n));
    const shuffled = range(n);
    randomState(seed).shuffle(shuffled);
    check(`shuffle/${n}`, shuffled);
    check(`dataframe_sample/${n}`, sampleOrder(n, seed));
  }

  const shuffler = randomState(seed);
  const sequence = [5, 12, 3, 8].flatMap((n) => {
    const items = range(n);
    shuffler.shuffle(items);
    return [...items];
  });
  check("shuffle_sequence", sequence);

  const [doubles, words, integers] = [randomState(seed), randomState(seed), randomState(seed)];
  draws("random_sample", () => doubles.random());
  draws("raw_uint32", () => words.word());
  check("randint", [3, 10, 100, 1000, 7, 7, 2 ** 20, 50].map((k) => integers.randint(k)));

  const [reals, bounded, bits] = [pythonRandom(seed), pythonRandom(seed), pythonRandom(seed)];
  draws("python_random", () => reals.random());
  check("python_randint", [5, 10, 100, 1000, 33].map((k) => bounded.randint(1, k)));
  draws("python_getrandbits1", () => bits.getrandbits(1));
  return Promise.resolve(tally.result());
}

function range(n: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => i);
}
