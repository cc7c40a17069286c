import { assert, assertEquals, assertRejects } from "../assert.ts";
import { padBatch, sequentialBatches, trainingBatches } from "../../lib/store/batches.ts";
import { batchAt } from "../../lib/store/sampler.ts";
import type { Split } from "../../lib/store/store.ts";
import { UsageError } from "../../lib/util/errors.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { fillImages, makeStore } from "./sample_stores.ts";

Deno.test("trainingBatches() gives the batches of consecutive steps from any step on", async () => {
  await using store = await makeStore(fillImages);
  const split = await store.split("train");
  const options = { seed: 3, batchSize: 4, firstStep: 5, endStep: 9 };
  const steps: number[] = [];
  for await (const { step, batch, waitedMs } of trainingBatches(split, options)) {
    steps.push(step);
    assertEquals(batch, await split.read(batchAt(split, { seed: 3, batchSize: 4, step })));
    assert(waitedMs >= 0);
  }
  assertEquals(steps, [5, 6, 7, 8]);
});

Deno.test("trainingBatches() gives a worker its slice", async () => {
  await using store = await makeStore(fillImages);
  const split = await store.split("train");
  const options = { seed: 3, batchSize: 4, endStep: 1, firstSample: 1, samples: 2 };
  for await (const { batch } of trainingBatches(split, options)) {
    assertEquals(batch.ids, batchAt(split, { seed: 3, batchSize: 4, step: 0 }).slice(1, 3));
  }
});

/** A split whose reads are recorded and finished by hand. */
function recordedSplit(count: number): { split: Split; reads: number[][]; release: () => void } {
  const reads: number[][] = [];
  let release = () => {};
  const gate = new Promise<void>((resolve) => release = resolve);
  const split: Split = {
    name: "train",
    count,
    labelled: false,
    source: { kind: "list", ids: Uint32Array.from({ length: count }, (_, i) => i) },
    read: async (ids) => {
      reads.push(Array.from(ids));
      await gate;
      return { ids: Uint32Array.from(ids), inputs: [] };
    },
    labels: () => Promise.reject(new Error("none")),
  };
  return { split, reads, release };
}

const macrotask = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("trainingBatches() reads ahead as deep as asked and no deeper", async () => {
  const { split, reads, release } = recordedSplit(100);
  const stream = trainingBatches(split, { seed: 0, batchSize: 2, depth: 3 });
  const first = stream.next();
  await macrotask();
  assertEquals(reads.length, 3);
  release();
  assertEquals((await first).value?.step, 0);
  await macrotask();
  assertEquals(reads.length, 4);
  await stream.return(undefined);
  await macrotask();
  assertEquals(reads.length, 4);
});

Deno.test("trainingBatches() reports a failed read when its step comes, and not before", async () => {
  const { split, release } = recordedSplit(100);
  release();
  const failing: Split = {
    ...split,
    read: (ids) =>
      ids[0] === batchAt(split, { seed: 0, batchSize: 2, step: 1 })[0]
        ? Promise.reject(new Error("damaged"))
        : split.read(ids),
  };
  const stream = trainingBatches(failing, { seed: 0, batchSize: 2 });
  assertEquals((await stream.next()).value?.step, 0);
  await macrotask();
  await assertRejects(() => stream.next(), Error, "damaged");
});

Deno.test("trainingBatches() refuses batches larger than the split", async () => {
  const { split } = recordedSplit(3);
  const stream = trainingBatches(split, { seed: 0, batchSize: 4 });
  await assertRejects(() => stream.next(), UsageError, "Cannot make batches of 4 samples");
});

Deno.test("sequentialBatches() gives every sample once, in order, and pads the last batch", async () => {
  await using store = await makeStore(fillImages);
  const split = await store.split("train");
  const ids: number[] = [];
  const firsts: number[] = [];
  for await (const { batch, count, first } of sequentialBatches(split, { batchSize: 4 })) {
    assertEquals(batch.inputs[0]!.shape, [4, 2, 2, 4]);
    assertEquals(batch.labels!.shape, [4]);
    ids.push(...batch.ids.subarray(0, count));
    firsts.push(first);
    if (count < 4) {
      assertEquals(batch, await split.read([2, 0, 0, 0]));
      assertEquals(count, 2);
    }
  }
  assertEquals(ids, [18, 16, 14, 12, 10, 8, 6, 4, 2, 0]);
  assertEquals(firsts, [0, 4, 8]);
});

Deno.test("sequentialBatches() reads the ids that it is given", async () => {
  await using store = await makeStore(fillImages);
  const split = await store.split("test");
  const stream = sequentialBatches(split, { batchSize: 2, ids: Uint32Array.of(7, 3, 5) });
  const batches = await Array.fromAsync(stream);
  assertEquals(batches.map(({ batch, count }) => [...batch.ids, count]), [[7, 3, 2], [5, 5, 1]]);
});

Deno.test("padBatch() repeats the last sample and leaves full batches alone", () => {
  const batch = {
    ids: Uint32Array.of(4, 9),
    inputs: [float32([2, 1, 2], [1, 2, 3, 4]), int32([2, 1], [5, 6])],
    labels: int32([2, 2], [0, 1, 1, 0]),
  };
  assertEquals(padBatch(batch, 4), {
    ids: Uint32Array.of(4, 9, 9, 9),
    inputs: [float32([4, 1, 2], [1, 2, 3, 4, 3, 4, 3, 4]), int32([4, 1], [5, 6, 6, 6])],
    labels: int32([4, 2], [0, 1, 1, 0, 1, 0, 1, 0]),
  });
  assert(padBatch(batch, 2) === batch);
});
