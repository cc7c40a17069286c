import { startEngine } from "../../lib/engine/backend/backend.ts";
import { disposeTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { trainSteps, type TrainTask } from "../../lib/train/loop.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { architectureOf } from "../../lib/train/presets.ts";
import { downloadState, uploadState } from "../../lib/train/train_state.ts";
import { isTrainable } from "../../lib/train/train_step.ts";
import { DataError, NumericError } from "../../lib/util/errors.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { fakeData, features } from "./fake_data.ts";
import { fakeMethod, type FakeOptions } from "./fake_method.ts";

await startEngine({ backend: "cpu" });

function taskOf(options: Partial<FakeOptions> = {}, changes: Partial<TrainTask> = {}): TrainTask {
  const model = fakeMethod.build(
    [{ kind: "tabular", features }],
    architectureOf("tiny", "metamae"),
    fakeMethod.options.parse(options),
  );
  if (!isTrainable(model)) throw new Error("The fake method must be trainable");
  const data = fakeData();
  return {
    model,
    mode: "off",
    seed: 0,
    steps: 6,
    batchSize: 4,
    batch: (step) => data.batch({ seed: 0, step, batchSize: 4 }),
    learningRate: () => 0.01,
    weightDecay: 0,
    ...changes,
  };
}

const startOf = ({ model }: TrainTask, step = 0) =>
  uploadState(model.parameters, step, initialParameters(model.parameters, 0));

Deno.test("trainSteps gives one record a step and moves the state on", async () => {
  const task = taskOf();
  const state = startOf(task);
  const steps: number[] = [];
  for await (const record of trainSteps(task, state)) {
    assertEquals(record.step, state.step);
    assertEquals(Object.keys(record.metrics), ["loss", "gradientNorm", "codeSize"]);
    steps.push(record.step);
  }
  assertEquals(steps, [1, 2, 3, 4, 5, 6]);
  const { parameters } = await downloadState(task.model.parameters, state);
  assertEquals(parameters["batches_seen"]!.data[0], 6);
  disposeTree(state.tensors);
});

Deno.test("trainSteps can be left after any step without a leak", async () => {
  const task = taskOf();
  const before = tf.memory().numTensors;
  const state = startOf(task);
  for await (const { step } of trainSteps(task, state)) if (step === 2) break;
  assertEquals(state.step, 2);
  disposeTree(state.tensors);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("trainSteps with nothing left to do asks for no batch", async () => {
  const task = taskOf({}, { batch: () => Promise.reject(new Error("asked")) });
  const state = startOf(task, 6);
  for await (const _ of trainSteps(task, state)) throw new Error("a step was taken");
  disposeTree(state.tensors);
});

Deno.test("trainSteps asks for each batch once, in order, one step ahead", async () => {
  const asked: number[] = [];
  const plain = taskOf();
  const task = taskOf({}, {
    batch: (step) => {
      asked.push(step);
      return plain.batch(step);
    },
  });
  const state = startOf(task);
  for await (const { step } of trainSteps(task, state)) {
    assert(asked.length >= Math.min(6, step + 1), `${asked} after step ${step}`);
  }
  assertEquals(asked, [0, 1, 2, 3, 4, 5]);
  disposeTree(state.tensors);
});

Deno.test("trainSteps reports the failure of a batch at its own step", async () => {
  const plain = taskOf();
  const task = taskOf({}, {
    batch: (step) => step === 3 ? Promise.reject(new DataError("Cannot read")) : plain.batch(step),
  });
  const state = startOf(task);
  const before = tf.memory().numTensors;
  await assertRejects(async () => {
    for await (const _ of trainSteps(task, state));
  }, DataError);
  assertEquals(state.step, 3);
  assertEquals(tf.memory().numTensors, before);
  disposeTree(state.tensors);
});

Deno.test("trainSteps keeps the last finite state when a loss is not finite", async () => {
  const task = taskOf({ poisonStep: 2 });
  const state = startOf(task);
  const before = tf.memory().numTensors;
  await assertRejects(
    async () => {
      for await (const _ of trainSteps(task, state));
    },
    NumericError,
    "Cannot take step 3: the loss is NaN",
  );
  assertEquals(state.step, 2);
  assertEquals(tf.memory().numTensors, before);
  const { parameters } = await downloadState(task.model.parameters, state);
  assert(Object.values(parameters).every(({ data }) => data.every(Number.isFinite)));
  disposeTree(state.tensors);
});

Deno.test("trainSteps lets timers fire at least every quarter of a second", async () => {
  const task = taskOf({}, { steps: 400 });
  const state = startOf(task);
  let longest = 0, last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  for await (const _ of trainSteps(task, state)) {
    const end = performance.now() + 2;
    while (performance.now() < end);
  }
  clearInterval(timer);
  assert(longest > 0 && longest < 250, `${longest} ms`);
  disposeTree(state.tensors);
});
