/**
 * The contract that every method keeps: these tests run over the registry, over all inputs and
 * backbones that a method names, so a new method is tested by its line there. A toy method shows that
 * one file is all it takes.
 */

import { createStepper, type NoInputs } from "../lib/engine/step/stepper.ts";
import { disposeTree, downloadTree, uploadTree } from "../lib/engine/backend/tensors.ts";
import { tf } from "../lib/engine/backend/tf.ts";
import { entriesOf, type HostArray, type HostArrays } from "../lib/engine/backend/tree.ts";
import type { Method } from "../lib/methods/method.ts";
import { findMethod, methods } from "../lib/methods/registry.ts";
import { keyedDropout } from "../lib/nn/draws.ts";
import { flatLayout } from "../lib/train/flat_layout.ts";
import { initialParameters } from "../lib/train/parameters.ts";
import { gradientsOf, isTrainable, type StepBatch, type Weights } from "../lib/train/train_step.ts";
import { patchCount, patchWidth } from "../lib/spec/input.ts";
import { UsageError } from "../lib/util/errors.ts";
import { float32 } from "../lib/util/ndarray.ts";
import { assert, assertEquals, assertNotEquals, assertThrows } from "./assert.ts";
import { testOnBackends } from "./engine/backends.ts";
import {
  casesOf,
  type MethodCase,
  sampleBatch,
  tokenCount,
  toyMethod,
} from "./methods/method_cases.ts";
import { evaluate, present, weightsOf } from "./methods/run_objective.ts";
import { evaluateSplit, halves } from "./methods/split_batch.ts";

const all: readonly Method[] = [...methods.values(), toyMethod as unknown as Method];
const samples = 6;

for (const method of all) {
  Deno.test(`${method.id} describes itself`, () => {
    assert(/^[a-z]+(-[a-z]+)*$/.test(method.id));
    for (const text of [method.title, method.paper, method.summary]) {
      assert(text.trim() === text && text.length > 2 && !text.includes("\n"), text);
    }
    assert(method.backbones.length > 0 && method.kinds.length > 0 && method.modalities >= 1);
    assertEquals(method.options.safeParse({}).success, true, "every option has a default");
    assertEquals(method.options.safeParse({ unknownOption: 1 }).success, false);
  });

  for (const tested of casesOf(method)) {
    Deno.test(`${tested.name}: builds a state dict that can be initialised`, () =>
      checkState(tested));
    Deno.test(`${tested.name}: draws are pure functions of the key`, () => checkDraws(tested));
    testOnBackends(`${tested.name}: encodes and pools`, () => checkEncoder(tested));
    testOnBackends(
      `${tested.name}: its gradients reach what they should and lower the loss`,
      (backend) => checkTraining(tested, backend),
    );
    if (method.trainable) {
      testOnBackends(
        `${tested.name}: two halves of a batch give the loss and gradient of the whole`,
        () => checkSplit(tested),
      );
    }
    if (tested.model.reconstruct !== undefined) {
      testOnBackends(`${tested.name}: reconstructs every modality`, () => checkPictures(tested));
    }
    if (tested.model.adapt === undefined) continue;
    testOnBackends(
      `${tested.name}: adaptation lowers the loss of samples it has not seen`,
      () => checkAdaptation(tested),
    );
  }
}

Deno.test("findMethod() finds methods by id and alias and lists the ids else", () => {
  for (const [id, method] of methods) assertEquals(findMethod(id), method);
  assertEquals(findMethod("contpred").id, "capri");
  assertThrows(() => findMethod("capry"), UsageError, [...methods.keys()].join(", "));
  assert(!methods.has("contpred"));
});

function checkState({ model }: MethodCase): void {
  const names = model.parameters.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length, "names are unique");
  const [values, again, other] = [0, 0, 1].map((seed) => initialParameters(model.parameters, seed));
  for (const { name, initializer } of model.parameters) {
    assert(values![name]!.data.every(Number.isFinite), name);
    assertEquals(values![name], again![name]);
    const drawn = initializer.kind === "uniform" || initializer.kind === "normal";
    assertEquals(other![name]!.data[0] !== values![name]!.data[0], drawn, name);
  }
}

function checkDraws({ model }: MethodCase): void {
  const key = { seed: 3, step: 5, firstSample: 0, samples };
  const draws = model.draw(key);
  assertEquals(model.draw({ ...key }), draws);
  if (model.objective === undefined) return assertEquals(draws, {});
  assertNotEquals(model.draw({ ...key, step: 6 }), draws);
  assertNotEquals(model.draw({ ...key, seed: 4 }), draws);
  const half = samples / 2;
  const [first, second] = halves(model, key);
  const [firstOf, secondOf] = [first, second].map((part) => new Map(entriesOf(part)));
  for (const [name, { shape, data }] of entriesOf(draws)) {
    const [one, other] = [firstOf!.get(name)!, secondOf!.get(name)!];
    if (name === "dropout") {
      assertEquals(other.data.slice(0, 2), data.slice(0, 2), "one key for the whole batch");
      assertEquals(other.data[2], half);
    } else if (one.shape[0] === samples) {
      assertEquals([one, other], [{ ...one, data }, { ...one, data }], `${name}: of the batch`);
    } else {
      assertEquals(shape[0], samples, name);
      const parts = [...one.data, ...other.data];
      assertEquals(parts, [...data], `${name}: a split batch draws what the whole one draws`);
    }
  }
}

async function checkEncoder({ model, backbone }: MethodCase): Promise<void> {
  const [length, width] = [tokenCount(model.inputs), model.architecture.encoderWidth];
  const weights = uploadTree(initialParameters(model.parameters, 0));
  const batch = uploadTree(sampleBatch(model.inputs, samples));
  const outputs = tf.tidy(() => {
    const inputs = batch;
    const latents = model.encode(weights, inputs);
    const alone = model.encode(weights, inputs.map((x) => tf.slice(x, 2, 1)));
    const key = tf.tensor1d([1, 2, 0], "int32");
    const dropped = model.encode(weights, inputs, keyedDropout({ dropout: key }, 0.5));
    return { latents, alone, pooled: model.pool(latents), dropped };
  });
  const host = await downloadTree(outputs);
  disposeTree(weights, batch, outputs);
  assertEquals(host.latents.shape, [samples, 1 + length, width]);
  assertEquals(host.pooled.shape, [samples, width]);
  assert(host.latents.data.every(Number.isFinite));
  // Features of a sample depend on nothing else in its batch.
  const row = host.latents.data.slice(2 * (1 + length) * width, 3 * (1 + length) * width);
  assertClose(host.alone.data, row);
  const first = backbone === "dabs" ? 0 : 1;
  const mean = Array.from({ length: width }, (_, d) => {
    let sum = 0;
    for (let i = first; i <= length; i++) sum += host.latents.data[i * width + d]!;
    return sum / (1 + length - first);
  });
  assertClose(host.pooled.data.slice(0, width), mean);
  const moved = host.dropped.data.filter((value, i) => value !== host.latents.data[i]);
  assert(moved.length > 0.9 * host.dropped.data.length, "dropout is applied where it is given");
}

/** Tensors that the objective does not reach: the head of the DABS backbone, but for e-Mix. */
function isUnreached(name: string, { method }: MethodCase): boolean {
  return method.id !== "emix" && name.startsWith("model.mlp_head.");
}

/** Tensors whose gradient is zero analytically: what moves all of Capri's predictions alike. */
function vanishes(name: string, { method }: MethodCase): boolean {
  const shifts = ["predictor.bias", "norm_enc.bias", "model.transformer.layers.1.1.fn.net.3.bias"];
  return method.id === "capri" && shifts.includes(name);
}

async function checkTraining(tested: MethodCase, backend: string): Promise<void> {
  const { model } = tested;
  assertEquals(isTrainable(model), tested.method.trainable);
  if (!isTrainable(model)) return;
  const layout = flatLayout(model.parameters);
  const values = initialParameters(model.parameters, 1);
  const fixed = model.parameters.filter(({ trainable }) => !trainable);
  const { weights: start, buffers } = weightsOf(model, values);
  const batch = {
    inputs: sampleBatch(model.inputs, samples, 2),
    draws: model.draw({ seed: 0, step: 0, firstSample: 0, samples }),
  };
  const stepper = createStepper(
    (_: NoInputs, { weights, batch }: { readonly weights: Weights; readonly batch: StepBatch }) => {
      const { objective, gradients } = gradientsOf(model, layout, weights, batch);
      const { loss, metrics, state } = objective;
      return { results: { loss, metrics, state, gradients: present(gradients) } };
    },
    { name: "contract", mode: backend === "tensorflow" ? "graph" : "off" },
  );
  const evaluate = async (weights: HostArray) =>
    (await stepper.run({}, { weights: { weights, buffers }, batch })).results;

  const before = await evaluate(start);
  for (const [name, { data }] of entriesOf(before as HostArrays)) {
    assert(data.every(Number.isFinite), `${name} is finite`);
  }
  assert(before.loss.shape.length === 0 && before.loss.data[0]! > 0);
  const flat = new Float32Array(layout.size);
  let square = 0;
  for (const { name, start, size } of layout.entries) {
    const gradient = before.gradients[name];
    assertEquals(gradient === undefined, isUnreached(name, tested), name);
    if (gradient === undefined) continue;
    assertEquals(gradient.data.length, size);
    if (!vanishes(name, tested)) assert(gradient.data.some((value) => value !== 0), name);
    flat.set(gradient.data as Float32Array, start);
    for (const value of gradient.data) square += value ** 2;
  }
  // A step of one length along the gradient, whatever the scale of the loss.
  const rate = 0.01 / Math.sqrt(square);
  const after = await evaluate(
    float32([layout.size], Array.from(start.data, (p, i) => p - rate * flat[i]!)),
  );
  stepper.dispose();
  assert(
    after.loss.data[0]! < before.loss.data[0]!,
    `the loss goes down from ${before.loss.data[0]}, not to ${after.loss.data[0]}`,
  );
  const changed = Object.keys(before.state);
  assert(
    changed.every((name) => fixed.some((spec) => spec.name === name)),
    "state is fixed entries",
  );
}

async function checkSplit({ model, ...tested }: MethodCase): Promise<void> {
  const values = initialParameters(model.parameters, 1);
  const batch = sampleBatch(model.inputs, samples, 2);
  // In this step the halves blank different numbers of words.
  const key = { seed: 0, step: 0, firstSample: 0, samples };
  const whole = await evaluate(model, batch, model.draw(key), values);
  const split = evaluateSplit(model, batch, key, values);
  const close = (a: number, b: number, scale: number) => Math.abs(a - b) <= 2e-4 * scale;
  assert(close(split.loss, whole.loss, whole.loss), `${split.loss} is not ${whole.loss}`);
  assertEquals(Object.keys(split.gradients), Object.keys(whole.gradients));
  const largest = (gradient: Float32Array) => Math.max(...gradient.map(Math.abs));
  const scale = Math.max(...Object.values(whole.gradients).map(largest));
  for (const [name, gradient] of Object.entries(whole.gradients)) {
    if (vanishes(name, { model, ...tested })) continue;
    const size = largest(gradient) + 1e-3 * scale;
    gradient.forEach((value, i) => {
      const half = split.gradients[name]![i]!;
      assert(close(half, value, size), `${name}, element ${i}: ${half} is not ${value}`);
    });
  }
}

async function checkPictures({ model }: MethodCase): Promise<void> {
  const weights = uploadTree(initialParameters(model.parameters, 0));
  const batch = uploadTree(sampleBatch(model.inputs, samples));
  const draws = uploadTree(model.draw({ seed: 0, step: 0, firstSample: 0, samples }));
  const entries = tf.tidy(() =>
    model.reconstruct!(weights, batch, draws).map((modality) => ({ ...modality }))
  );
  assertEquals(entries.length, model.inputs.length);
  for (const [k, { target, mask, before, after }] of entries.entries()) {
    const input = model.inputs[k]!;
    const [length, width] = [patchCount(input), patchWidth(input)];
    const wanted = [[samples, length, width], [samples, length, width]];
    assertEquals([before.shape, after.shape], wanted);
    assertEquals(target.shape, input.kind === "tokens" ? [samples, length] : wanted[0]);
    assertEquals(mask.shape, [samples, length]);
    const hidden = await mask.data();
    assert(hidden.every((value) => value === 0 || value === 1));
    assert(hidden.includes(1) && hidden.includes(0));
    tf.dispose([target, mask, before, after]);
  }
  disposeTree(weights, batch, draws);
}

async function checkAdaptation({ model }: MethodCase): Promise<void> {
  const weights = uploadTree(initialParameters(model.parameters, 0));
  const batch = uploadTree(sampleBatch(model.inputs, 8, 7));
  const options = { innerSteps: 1, innerLr: 0.5 };
  const adapted = tf.tidy(() => ({ ...model.adapt!(weights, batch, options) }));
  const host = await downloadTree(adapted);
  disposeTree(weights, batch, adapted);
  const mean = (name: "before" | "after") =>
    Array.from(host[name].data).reduce((a, b) => a + b) / 8;
  assertEquals(host.zStar.shape, host.z.shape);
  assert(mean("after") < mean("before"), `${mean("after")} is below ${mean("before")}`);
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assertEquals(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!];
    assert(Math.abs(a - b) <= 1e-5 * (1 + Math.abs(b)), `element ${i}: ${a} is not ${b}`);
  }
}
