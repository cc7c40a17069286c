import { createStepper } from "../../lib/engine/step/stepper.ts";
import { disposeTree } from "../../lib/engine/backend/tensors.ts";
import type { Method, Model } from "../../lib/methods/method.ts";
import { methods } from "../../lib/methods/registry.ts";
import { dropoutDraw } from "../../lib/nn/draws.ts";
import { isHeadEntry } from "../../lib/nn/task_head.ts";
import { taskTargets } from "../../lib/nn/losses.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { adamw } from "../../lib/train/optimizer.ts";
import { finetuneModel, withTaskHead } from "../../lib/train/finetune_model.ts";
import { flatLayout, unpackHost } from "../../lib/train/flat_layout.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { uploadState } from "../../lib/train/train_state.ts";
import { trainStep } from "../../lib/train/train_step.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { drawKey, integer, normals } from "../../lib/util/random.ts";
import { assert, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { tasks } from "../evaluate/blobs.ts";
import { casesOf, sampleBatch, tokenCount, toyMethod } from "../methods/method_cases.ts";

const samples = 6;

/** Random labels of a batch. */
function labelsOf(task: TaskSpec, tokens: number) {
  const key = drawKey(0, "labels");
  const draw = (length: number, classes: number) =>
    Int32Array.from({ length }, (_, i) => integer(key, i, classes));
  switch (task.kind) {
    case "regression":
      return float32([samples], normals(key, samples));
    case "multi-label":
      return int32([samples, task.classes], draw(samples * task.classes, 2));
    case "per-token":
      return int32([samples, tokens], draw(samples * tokens, task.classes));
    default:
      return int32([samples], draw(samples, task.classes));
  }
}

/** Losses of some steps on one batch, and which entries they changed. */
async function fit(base: Model, task: TaskSpec, steps: number) {
  const quiet = { ...base, architecture: { ...base.architecture, dropout: 0 } };
  const model = finetuneModel(quiet, task);
  const layout = flatLayout(model.parameters);
  const start = initialParameters(model.parameters, 0);
  const optimizer = adamw({ weightDecay: 0 });
  const step = trainStep(model, layout, { optimizer });
  const stepper = createStepper(step, { name: "fine-tuning", mode: "off" });
  let { tensors } = uploadState(model.parameters, 0, start);
  const batch = {
    inputs: sampleBatch(model.inputs, samples),
    targets: taskTargets(labelsOf(task, tokenCount(model.inputs)), task),
    draws: dropoutDraw({ seed: 0, step: 0, firstSample: 0, samples }),
  };
  const losses: number[] = [];
  for (let t = 1; t <= steps; t++) {
    const scalars = optimizer.scalars(t, 0.003);
    const { state, results } = await stepper.run(tensors, { ...batch, scalars });
    tensors = state;
    losses.push(results.metrics["loss"]!.data[0]!);
  }
  const end = unpackHost(layout, float32([layout.size], await tensors.weights.data()));
  disposeTree(tensors);
  const changed = layout.entries.map(({ name }) => name)
    .filter((name) => end[name]!.data.some((value, i) => value !== start[name]!.data[i]));
  return { losses, changed, names: layout.entries.map(({ name }) => name) };
}

const kinds = Object.values(tasks);
const all = [...methods.values(), toyMethod as unknown as Method].flatMap(casesOf);
for (const [i, { name, model }] of all.entries()) {
  // Every input meets a task of every kind in one of the methods.
  const task = kinds[(i + Math.floor(i / 5)) % kinds.length]!;
  testOnBackends(`${name}: fine-tuning learns a ${task.kind} task`, async () => {
    const { losses, changed } = await fit(model, task, 8);
    assert(losses.at(-1)! < losses[0]!, `${losses}`);
    assert(changed.some(isHeadEntry), "the head learns");
    const embedding = changed.some((entry) => entry.includes("embed"));
    assert(embedding, `the first layer learns too, not only ${changed}`);
  });
}

testOnBackends("finetuneModel() leaves alone what the features do not depend on", async () => {
  const { model } = casesOf(methods.get("metamae")!)[0]!;
  const { changed, names } = await fit(model, tasks["single-label"], 2);
  const untouched = names.filter((name) => !changed.includes(name));
  assert(untouched.length > 0);
  assert(
    untouched.every((name) => /^(decoder|mask_token|norm_dec|projector|inner_lr)/.test(name)),
    `${untouched}`,
  );
});

Deno.test("withTaskHead() adds a head to the state dict, in place of another one", () => {
  const { model } = casesOf(methods.get("scratch")!)[0]!;
  const wide = withTaskHead(model, { kind: "single-label", classes: 7, metric: "accuracy" });
  const narrow = withTaskHead(wide, tasks.binary);
  const heads = [wide, narrow].map(({ parameters }) =>
    parameters.filter(({ name }) => isHeadEntry(name)).map(({ shape }) => shape)
  );
  assertEquals(heads, [[[7, 16], [7]], [[1, 16], [1]]]);
  assertEquals(narrow.parameters.slice(0, -2), model.parameters);
  for (const method of methods.values()) {
    for (const { model } of casesOf(method)) {
      assert(!model.parameters.some(({ name }) => isHeadEntry(name)), method.id);
    }
  }
});
