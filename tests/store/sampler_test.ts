import { assert, assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";
import { batchAt, epochIds, type SampledSplit, stepsPerEpoch } from "../../lib/store/sampler.ts";
import { UsageError } from "../../lib/util/errors.ts";

function list(count: number): SampledSplit {
  const ids = Uint32Array.from({ length: count }, (_, i) => 100 + i);
  return { name: "train", count, source: { kind: "list", ids } };
}

const drawn: SampledSplit = {
  name: "train",
  count: 50,
  source: {
    kind: "drawn",
    groups: [
      { starts: 3, ranges: [{ first: 0, starts: 2 }, { first: 10, starts: 1 }] },
      { starts: 1, ranges: [{ first: 20, starts: 1 }] },
    ],
  },
};

Deno.test("batchAt() visits every sample once an epoch and leaves the incomplete batch out", () => {
  const split = list(23);
  assertEquals(stepsPerEpoch(split, 5), 4);
  const epochs: number[][] = [];
  for (let epoch = 0; epoch < 3; epoch++) {
    const seen = [0, 1, 2, 3].flatMap((step) => [
      ...batchAt(split, { seed: 1, step: 4 * epoch + step, batchSize: 5 }),
    ]);
    assertEquals(new Set(seen).size, 20);
    assert(seen.every((id) => id >= 100 && id < 123));
    epochs.push(seen);
  }
  assert(epochs[0]!.join() !== epochs[1]!.join());
  assert(epochs[1]!.join() !== epochs[2]!.join());
});

Deno.test("batchAt() with another seed gives another order, with the same seed the same", () => {
  const split = list(64);
  const at = (seed: number) => batchAt(split, { seed, step: 0, batchSize: 64 }).join();
  assertEquals(at(0), at(0));
  assert(at(0) !== at(1));
});

Deno.test("batchAt() does not change between versions: recorded runs must stay repeatable", () => {
  assertEquals([...batchAt(list(1000), { seed: 7, step: 250, batchSize: 4 })], [
    1001,
    1008,
    847,
    704,
  ]);
  assertEquals([...batchAt(drawn, { seed: 7, step: 30, batchSize: 8 })], [
    20,
    20,
    20,
    1,
    20,
    10,
    1,
    0,
  ]);
});

Deno.test("batchAt() gives workers slices of the same global batch", () => {
  for (const split of [list(30), drawn]) {
    const key = { seed: 3, step: 11, batchSize: 9 };
    const parts = [0, 4, 7].map((firstSample, worker) => {
      const samples = [4, 3, 2][worker]!;
      return [...batchAt(split, { ...key, firstSample, samples })];
    });
    assertEquals(parts.flat(), [...batchAt(split, key)]);
  }
});

Deno.test("batchAt() draws groups uniformly, then starts uniformly within a group", () => {
  const counts = new Map<number, number>();
  const steps = 400;
  for (let step = 0; step < steps; step++) {
    for (const id of batchAt(drawn, { seed: 5, step, batchSize: 50 })) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  assertEquals([...counts.keys()].sort((a, b) => a - b), [0, 1, 10, 20]);
  const total = steps * 50;
  // Three deviations of a binomial with 20,000 trials are below 0.011.
  for (const id of [0, 1, 10]) assertAlmostEquals(counts.get(id)! / total, 1 / 6, 0.011);
  assertAlmostEquals(counts.get(20)! / total, 1 / 2, 0.011);
});

Deno.test("stepsPerEpoch() says that the split is smaller than a batch", () => {
  const error = assertThrows(
    () => batchAt(list(5), { seed: 0, step: 0, batchSize: 6 }),
    UsageError,
    'Cannot make batches of 6 samples: the split "train" has 5',
  );
  assertEquals(error.hint, "Use --batch-size 5 or less");
  for (const size of [0, -1, 1.5, NaN]) {
    assertThrows(() => stepsPerEpoch(list(5), size), UsageError, "at least 1 is wanted");
  }
});

Deno.test("epochIds() gives a list in reference order and drawn splits the windows of an epoch", () => {
  assertEquals([...epochIds(list(4), { seed: 0, epoch: 0 })], [100, 101, 102, 103]);
  assertEquals([...epochIds(list(4), { seed: 0, epoch: 0, first: 2 })], [102, 103]);
  const epoch = epochIds(drawn, { seed: 7, epoch: 5 });
  assertEquals(epoch.length, 50);
  assertEquals(
    [...epoch.subarray(0, 8)],
    [...batchAt(drawn, { seed: 7, step: 30, batchSize: 8 })],
  );
});
