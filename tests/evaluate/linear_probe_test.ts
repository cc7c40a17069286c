import {
  fitLinearProbe,
  initialHead,
  joinHead,
  probeOrder,
  splitHead,
} from "../../lib/evaluate/linear_probe.ts";
import type { ProbeData } from "../../lib/evaluate/probe_data.ts";
import { score } from "../../lib/evaluate/scores.ts";
import { loadCase } from "../parity/fixture_case.ts";
import { run } from "../parity/probe.ts";
import { DataError, NumericError, UsageError } from "../../lib/util/errors.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { fromFileUrl } from "../../lib/util/path.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { blobs, permuteLabels, tasks } from "./blobs.ts";

const fixtures = fromFileUrl(new URL("../fixtures", import.meta.url));
const single = tasks["single-label"];

for (const kind of ["binary", "multiclass", "f1", "regression", "tokenwise"]) {
  testOnBackends(`fitLinearProbe() repeats the recorded ${kind} run`, async () => {
    const { pass, worst, checked } = await run(await loadCase(fixtures, `probe_${kind}`));
    assert(pass, `${worst.name} differs by ${worst.error}, ${worst.tolerance} is allowed`);
    assertEquals(checked, 9);
  });
}

testOnBackends("fitLinearProbe() in another order of batches leaves the recorded run", async () => {
  const fixture = await loadCase(fixtures, "probe_multiclass");
  const order = fixture.tensors.get("order")!;
  const reversed = { ...order, data: order.data.slice().reverse() };
  const tensors = new Map(fixture.tensors).set("order", reversed as typeof order);
  const { pass } = await run({ ...fixture, tensors });
  assert(!pass, "the order of samples must matter");
});

for (const task of Object.values(tasks)) {
  testOnBackends(
    `fitLinearProbe() learns a ${task.kind} task and a permutation of its labels does not generalize`,
    async () => {
      const [train, test] = [blobs(task, 150, 1), blobs(task, 100, 2)];
      // Few steps of the published size move a head little: start from zero.
      const outputs = task.kind === "binary" || task.kind === "regression" ? 1 : task.classes;
      const initial = { weight: float32([outputs, 8]), bias: float32([outputs]) };
      const options = { task, batchSize: 10, epochs: 20, seed: 0, initial };
      const learned = await fitLinearProbe(train, test, options);
      const metric = score(learned.scores, task).statistics[task.metric]!().value!;
      const chance = task.kind === "regression"
        ? 0
        : task.metric === "auroc"
        ? 0.5
        : 1 / task.classes;
      assert(metric > chance + 0.3, `the metric is ${metric}`);
      assertEquals(learned.history.at(-1)?.metric, metric);

      const [permutedTrain, permutedTest] = [permuteLabels(train, 3), permuteLabels(test, 4)];
      const permuted = await fitLinearProbe(permutedTrain, permutedTest, options);
      const other = score(permuted.scores, task).statistics[task.metric]!().value!;
      assertAlmostEquals(other, chance, 0.17, `the metric of permuted labels is ${other}`);
    },
  );
}

testOnBackends("fitLinearProbe() depends on nothing but its arguments", async () => {
  const [train, test] = [blobs(single, 60, 1), blobs(single, 20, 2)];
  const fit = async (seed: number) => {
    const { head } = await fitLinearProbe(train, test, {
      task: single,
      batchSize: 16,
      epochs: 3,
      seed,
    });
    return [...head.weight.data];
  };
  assertEquals(await fit(5), await fit(5));
  assert((await fit(5)).some((value, i) => i > 0 && value !== 0));
  assert(JSON.stringify(await fit(5)) !== JSON.stringify(await fit(6)));
});

testOnBackends(
  "fitLinearProbe() drops the incomplete last batch and shrinks a too large one",
  async () => {
    const [train, test] = [blobs(single, 25, 1), blobs(single, 5, 2)];
    const options = { task: single, epochs: 2, seed: 0 };
    const dropped = await fitLinearProbe(train, test, { ...options, batchSize: 10 });
    assertEquals([dropped.steps, dropped.batchSize], [4, 10]);
    const shrunk = await fitLinearProbe(train, test, { ...options, batchSize: 64 });
    assertEquals([shrunk.steps, shrunk.batchSize], [2, 25]);
  },
);

testOnBackends("fitLinearProbe() sees every row of a chunk boundary once an epoch", async () => {
  // More steps an epoch than one call holds: the result may not depend on the cut.
  const train = blobs(single, 70, 1);
  const test = blobs(single, 5, 2);
  const seen: number[] = [];
  const order = (epoch: number) => {
    const rows = Array.from({ length: 70 }, (_, i) => (i * 3 + epoch) % 70);
    seen.push(...rows);
    return rows;
  };
  const options = { task: single, batchSize: 2, seed: 0, order };
  const { steps, history } = await fitLinearProbe(train, test, { ...options, epochs: 2 });
  assertEquals(steps, 70);
  assertEquals(history.map(({ epoch }) => epoch), [0, 1]);
  assertEquals(seen.length, 140);
});

testOnBackends("fitLinearProbe() scores a test split of one sample", async () => {
  const { history, scores } = await fitLinearProbe(blobs(single, 30, 1), blobs(single, 1, 2), {
    task: single,
    batchSize: 10,
    epochs: 1,
    seed: 0,
  });
  assertEquals(scores.samples, 1);
  assert(history[0]!.metric === 0 || history[0]!.metric === 1);
});

testOnBackends("fitLinearProbe() has a null metric where it is undefined", async () => {
  const train = blobs(tasks.regression, 30, 1);
  const { history } = await fitLinearProbe(train, blobs(tasks.regression, 1, 2), {
    task: tasks.regression,
    batchSize: 10,
    epochs: 1,
    seed: 0,
  });
  assertEquals(history[0]!.metric, null);
});

testOnBackends("fitLinearProbe() refuses bad data before it starts", async () => {
  const good = blobs(single, 10, 1);
  const options = { task: single, batchSize: 4, epochs: 1, seed: 0 };
  const fit = (train: ProbeData, test = good) => fitLinearProbe(train, test, options);
  const labels = good.labels.data.slice();
  labels[3] = 7;
  await assertRejects(
    () => fit({ ...good, labels: int32([10], labels) }),
    DataError,
    'Cannot probe the "train" features: label 3 is 7, 0..2 are wanted',
  );
  await assertRejects(
    () => fit(good, { ...good, labels: int32([9]) }),
    DataError,
    'Cannot probe the "test" features: the labels have shape [9], 10 x 1 are wanted',
  );
  const features = good.features.data.slice();
  features[2 * 8 + 1] = NaN;
  await assertRejects(
    () => fit({ ...good, features: float32([10, 8], features) }),
    NumericError,
    "sample 2 holds NaN",
  );
  await assertRejects(() => fit({ ...good, features: float32([0, 8]) }), DataError, "[0,8]");
  await assertRejects(
    () => fitLinearProbe(good, good, { ...options, epochs: 0 }),
    UsageError,
    "epochs is 0",
  );
});

Deno.test("probeOrder() shuffles all samples anew in every epoch and for every seed", () => {
  const order = probeOrder(0, 0, 50);
  assertEquals([...order].sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => i));
  assertEquals(probeOrder(0, 0, 50), order);
  for (const other of [probeOrder(0, 1, 50), probeOrder(1, 0, 50)]) {
    assert(other.filter((row, i) => row === order[i]).length < 10);
  }
});

Deno.test("initialHead() is uniform within 1/sqrt(D), bias included", () => {
  const { weight, bias } = initialHead(0, 50, 16);
  const values = [...weight.data, ...bias.data];
  assert(values.every((value) => Math.abs(value) <= 0.25));
  assert(Math.max(...values) > 0.24 && Math.min(...values) < -0.24);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  assertAlmostEquals(mean, 0, 0.02);
});

Deno.test("splitHead() undoes joinHead()", () => {
  const head = initialHead(0, 3, 4);
  const joined = joinHead(head);
  assertEquals(joined.shape, [5, 3]);
  assertEquals(joined.data[1], head.weight.data[4], "row d, column o is weight o, d");
  assertEquals(joined.data.slice(12), head.bias.data);
  assertEquals(splitHead(joined), head);
});

testOnBackends(
  "fitLinearProbe() with a validation split gives the head of the epoch that is best on it",
  async () => {
    const [train, test] = [blobs(single, 60, 1), blobs(single, 40, 2)];
    // Permuted labels, so that the metric on them goes up and down.
    const validation = permuteLabels(blobs(single, 50, 3), 4);
    const initial = { weight: float32([3, 8]), bias: float32([3]) };
    const options = { task: single, batchSize: 10, seed: 0, initial };
    const fit = await fitLinearProbe(train, test, { ...options, epochs: 30, validation });
    const measured = fit.history.map(({ validation }) => validation!);
    assertEquals(fit.epoch, measured.indexOf(Math.max(...measured)));
    assert(fit.epoch < 29, "this test needs a best epoch before the last one");
    const short = await fitLinearProbe(train, test, { ...options, epochs: fit.epoch + 1 });
    assertEquals([fit.head, fit.scores], [short.head, short.scores]);
    assertEquals(short.epoch, fit.epoch, "without one it is the last epoch");
    assertEquals(short.history.every((epoch) => !("validation" in epoch)), true);
  },
);
