/**
 * What the recorded cases of MAE and MetaMAE have in common: inputs, sizes, weights, masks.
 *
 * @module
 */

import { disposeTree, downloadTree, upload, uploadTree } from "../../lib/engine/tensors.ts";
import { compile, type CompileMode, type TensorFunction } from "../../lib/engine/compile.ts";
import type { TensorTree } from "../../lib/engine/tf.ts";
import type { ParameterSpec } from "../../lib/methods/method.ts";
import type { Architecture } from "../../lib/nn/architecture.ts";
import { maskingFromNoise } from "../../lib/nn/masking.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import { sampleShape } from "../../lib/spec/input.ts";
import { adamwScalars } from "../../lib/train/adamw.ts";
import { flatLayout, packHost, unpackHost } from "../../lib/train/flat_layout.ts";
import { gradientsOf, type TrainableModel, trainStep } from "../../lib/train/train_step.ts";
import { float32, int32, type NdArray } from "../../lib/util/ndarray.ts";
import { type FixtureCase, float32Of, int32Of, numbersOf, tensorOf } from "./fixture_case.ts";
import type { Quantity, Tally } from "./tolerance.ts";

type HostTree = Readonly<Record<string, NdArray<"float32" | "int32">>>;

/** The modality of a case; its shape is `[C, T]`, `[[V], T]` or `[C, H, W]`. */
export function inputOf(fixture: FixtureCase): InputSpec {
  const shape = fixture.config.input_shape as (number | number[])[];
  const [patch] = fixture.config.patch_size as [number];
  const [first, second, third] = shape;
  if (Array.isArray(first)) {
    return { kind: "tokens", vocabulary: first[0]!, length: Number(second) };
  }
  const channels = Number(first);
  if (third !== undefined) {
    return { kind: "image", channels, height: Number(second), width: Number(third), patch };
  }
  return channels === 1 && patch === 1
    ? { kind: "tabular", features: Number(second) }
    : { kind: "series", channels, length: Number(second), patch };
}

/** Encoder and decoder of a case. */
export function architectureOf({ config }: FixtureCase): Architecture {
  const size = (name: string) => Number(config[name]);
  return {
    backbone: "metamae",
    encoderWidth: size("embed_dim_enc"),
    encoderLayers: size("num_layer_enc"),
    encoderHeads: size("num_head_enc"),
    encoderHeadWidth: size("embed_dim_enc") / size("num_head_enc"),
    decoderWidth: size("embed_dim_dec"),
    decoderLayers: size("num_layer_dec"),
    decoderHeads: size("num_head_dec"),
    dropout: size("dropout"),
  };
}

/** The batch in this project's layout. */
export function batchOf(fixture: FixtureCase, input: InputSpec): NdArray<"float32" | "int32"> {
  const samples = Number(fixture.config.batch);
  const shape = [samples, ...sampleShape(input)];
  return input.kind === "tokens"
    ? int32(shape, int32Of(fixture, "input/x").data)
    : float32(shape, float32Of(fixture, "input/x").data);
}

/** The recorded state dict. */
export function stateOf(
  fixture: FixtureCase,
  specs: readonly ParameterSpec[],
): Readonly<Record<string, NdArray<"float32">>> {
  return Object.fromEntries(specs.map(({ name, shape }) => [
    name,
    float32(shape, float32Of(fixture, `state/${name}`).data),
  ]));
}

/** Masks from the recorded draw, compared with the recorded ones. */
export function masksOf(fixture: FixtureCase, tally: Tally): HostTree {
  const kept = tensorOf(fixture, "mask/ids_keep").shape[1]!;
  const masking = maskingFromNoise(float32Of(fixture, "rand/mask_noise"), kept);
  tally.compare("mask/ids_keep", masking.keep.data, numbersOf(fixture, "mask/ids_keep"), "exact");
  const restore = numbersOf(fixture, "mask/ids_restore");
  tally.compare("mask/ids_restore", masking.restore.data, restore, "exact");
  tally.compare("mask/mask", masking.mask.data, numbersOf(fixture, "mask/mask"), "exact");
  return { "keep.0": masking.keep, "restore.0": masking.restore, "mask.0": masking.mask };
}

/** Runs a pure function once on host arrays, compiled as asked. */
export async function runOnce(
  f: TensorFunction,
  inputs: HostTree,
  mode: CompileMode,
): Promise<HostTree> {
  const run = compile(f, { name: "parity", mode });
  const tensors = uploadTree(inputs);
  const outputs = await run(tensors);
  const host = await downloadTree(outputs);
  disposeTree(tensors, outputs);
  run.dispose();
  return host;
}

/** Reorders logits (N, L, V) to the recorded order (N, V, L); other predictions stay. */
export function recordedOrder(array: NdArray, input: InputSpec): ArrayLike<number> {
  const values = Float64Array.from(array.data as ArrayLike<number>);
  if (input.kind !== "tokens") return values;
  const [samples, length, classes] = array.shape as [number, number, number];
  const out = new Float64Array(values.length);
  for (let n = 0; n < samples; n++) {
    for (let i = 0; i < length; i++) {
      for (let v = 0; v < classes; v++) {
        out[(n * classes + v) * length + i] = values[(n * length + i) * classes + v]!;
      }
    }
  }
  return out;
}

/** Inputs of a training step of the case, without moments. */
export function stepInputs(
  model: TrainableModel,
  state: Readonly<Record<string, NdArray<"float32">>>,
  batch: NdArray<"float32" | "int32">,
  draws: HostTree,
): HostTree {
  const layout = flatLayout(model.parameters);
  const trainableNames = new Set(layout.entries.map(({ name }) => name));
  const rest = Object.entries(state).filter(([name]) => !trainableNames.has(name));
  return {
    p: packHost(layout, state),
    ...Object.fromEntries(rest.map(([name, array]) => [`s/${name}`, array])),
    "x/0": batch,
    ...Object.fromEntries(Object.entries(draws).map(([name, array]) => [`draw/${name}`, array])),
  };
}

/** Compares the gradients of every trainable tensor, each one and all together. */
export async function compareGradients(
  tally: Tally,
  fixture: FixtureCase,
  model: TrainableModel,
  inputs: HostTree,
  group: string,
  quantity: Quantity,
  mode: CompileMode,
): Promise<void> {
  const layout = flatLayout(model.parameters);
  const host = await runOnce(
    (tensors) => gradientsOf(model, layout, tensors).gradients as TensorTree,
    inputs,
    mode,
  );
  const pairs = layout.entries.map(({ name }) => {
    const recorded = numbersOf(fixture, `${group}/${name}`);
    const actual = host[name]!.data as ArrayLike<number>;
    tally.compare(`${group}/${name}`, actual, recorded, quantity);
    return [actual, recorded] as const;
  });
  tally.compareWhole(`${group} (all tensors)`, pairs);
}

/** Takes three AdamW steps on the same batch and draws; compares losses, weights, statistics. */
export async function compareSteps(
  tally: Tally,
  fixture: FixtureCase,
  model: TrainableModel,
  inputs: HostTree,
  names: { readonly after: (step: number) => string; readonly gradient: string; losses: string },
  mode: CompileMode,
): Promise<void> {
  const optimizer = fixture.document.optimizer as { lr: number; weight_decay: number };
  const layout = flatLayout(model.parameters);
  const zeros = () => float32([layout.size]);
  const step = compile(trainStep(model, layout), { name: "parity_step", mode });
  const data = uploadTree(inputs);
  let state: TensorTree = {
    ...Object.fromEntries(Object.entries(data).filter(([name]) => /^(p$|s\/)/.test(name))),
    ...uploadTree({ m: zeros(), v: zeros() }),
  };
  const batch = Object.fromEntries(
    Object.entries(data).filter(([name]) => /^(x|draw)\//.test(name)),
  );
  const losses: number[] = [];
  for (let t = 1; t <= 3; t++) {
    const scalars = Object.entries(adamwScalars(t, optimizer.lr, optimizer.weight_decay));
    const hyper = Object.fromEntries(
      scalars.map(([name, value]) => [`hyper/${name}`, upload(float32([], [value]))]),
    );
    const outputs = await step({ ...state, ...batch, ...hyper });
    const host = await downloadTree(outputs);
    losses.push(Number(host["metric/loss"]!.data[0]));
    const metrics = Object.entries(outputs).filter(([name]) => name.startsWith("metric/"));
    const moved = Object.fromEntries(Object.entries(outputs).filter(([n]) => !/^metric/.test(n)));
    const replaced = Object.fromEntries(Object.entries(state).filter(([name]) => name in moved));
    disposeTree(replaced, hyper, Object.fromEntries(metrics));
    state = { ...state, ...moved };
    if (t !== 2) compareAfter(tally, fixture, layout, host, names, t, optimizer.lr);
  }
  disposeTree(state, batch);
  step.dispose();
  const recorded = (fixture.scalars[names.losses] as number[]).slice(0, 3);
  tally.compare(names.losses, losses, recorded, "loss");
}

function compareAfter(
  tally: Tally,
  fixture: FixtureCase,
  layout: ReturnType<typeof flatLayout>,
  host: HostTree,
  names: { readonly after: (step: number) => string; readonly gradient: string },
  steps: number,
  learningRate: number,
): void {
  const weights = unpackHost(layout, host["p"] as NdArray<"float32">);
  for (const { name } of layout.entries) {
    const label = `${names.after(steps)}/${name}`;
    tally.compareUpdated(label, weights[name]!.data, numbersOf(fixture, label), {
      learningRate,
      steps,
      gradient: numbersOf(fixture, `${names.gradient}/${name}`),
    });
  }
  for (const [name, array] of Object.entries(host)) {
    if (!name.startsWith("s/")) continue;
    const label = `${names.after(steps)}/${name.slice(2)}`;
    const values = array.data as ArrayLike<number>;
    tally.compare(label, values, numbersOf(fixture, label), "runningStatistic");
  }
}
