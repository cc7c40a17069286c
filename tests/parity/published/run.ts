/**
 * One comparison with a published class: what both sides get, and what comes of it.
 *
 * @module
 */

import {
  type CompileMode,
  createStepper,
  disposeTree,
  type HostTree,
  type Tensor,
  type TensorTree,
  tf,
} from "../../../lib/engine/mod.ts";
import { readSafetensors, writeSafetensors } from "../../../lib/formats/tensor/mod.ts";
import { type MetamaeOptions, metamaeOptions } from "../../../lib/methods/metamae.ts";
import { findMethod } from "../../../lib/methods/registry.ts";
import type { Architecture } from "../../../lib/nn/architecture.ts";
import {
  dropoutDraw,
  type DropoutDraws,
  keyedDropout,
  type StepKey,
  uniformRows,
} from "../../../lib/nn/draws.ts";
import { keptCount, patchCount, type PresetName, sampleShape } from "../../../lib/spec/mod.ts";
import type { InputSpec } from "../../../lib/spec/input.ts";
import { flatLayout } from "../../../lib/train/flat_layout.ts";
import { adamw } from "../../../lib/train/optimizer.ts";
import { initialParameters } from "../../../lib/train/parameters.ts";
import { architectureOf } from "../../../lib/train/presets.ts";
import { uploadState } from "../../../lib/train/train_state.ts";
import { gradientsOf, type TrainableModel, trainStep } from "../../../lib/train/train_step.ts";
import { fromFileUrl, join } from "../../../lib/util/path.ts";
import { float32, int32, type NdArray, ndarray } from "../../../lib/util/ndarray.ts";
import { drawKey, integer, normals } from "../../../lib/util/random.ts";
import { type Answer, runPython } from "../../../tasks/bench/processes.ts";
import { runOnce } from "../model_case.ts";
import { normError, relativeError } from "../tolerance.ts";

/** An input that both sides are trained on. */
export interface ComparedInput {
  readonly input: InputSpec;
  /** Options that are not the defaults of the published command line. */
  readonly options?: Partial<MetamaeOptions>;
  /** Largest relative difference of a loss. */
  readonly bound: number;
}

/** Inputs by modality, in the shapes of EuroSAT, HIGGS, Genomics and PAMAP2. */
export const comparedInputs = {
  image: {
    input: { kind: "image", channels: 13, height: 64, width: 64, patch: 8 },
    bound: 1e-6,
  },
  tabular: { input: { kind: "tabular", features: 28 }, bound: 1e-6 },
  tokens: { input: { kind: "tokens", vocabulary: 4, length: 250 }, bound: 1e-4 },
  series: {
    input: { kind: "series", channels: 52, length: 320, patch: 5 },
    options: { maskRatio: 0.85, contrastWeight: 1 },
    bound: 1e-6,
  },
} as const satisfies Readonly<Record<string, ComparedInput>>;

/** Trained methods by name: ours, and the published class. */
export const comparedMethods = {
  "metamae": { id: "metamae", class: "MetaMAE", firstOrder: false },
  "metamae-first-order": { id: "metamae", class: "MetaMAE", firstOrder: true },
  "mae": { id: "mae", class: "MAE", firstOrder: false },
} as const;

/** What is compared. */
export interface PublishedRun {
  readonly input: keyof typeof comparedInputs;
  readonly method: keyof typeof comparedMethods;
  readonly dropout: number;
  readonly preset: PresetName;
  readonly batchSize: number;
  readonly steps: number;
  /** Arithmetic of the published side. */
  readonly precision: "float32" | "float64";
}

/** How the two sides are run. */
export interface Sides {
  /** Folder with the published `models.py`. */
  readonly checkout: string;
  /** Python that can run it. */
  readonly python: string;
  /** How our steps are compiled. */
  readonly mode: CompileMode;
  /** Empty folder for what the sides hand to each other. */
  readonly folder: string;
}

/** Both sides at one step. */
export interface StepComparison {
  /** One-based. */
  readonly step: number;
  readonly loss: Pair;
  /** Euclidean norm over the gradients of all tensors. */
  readonly gradientNorm: Pair;
  /** Relative difference of the losses. */
  readonly lossError: number;
  /** Norm of the difference of all gradients, relative to the norm of the published ones. */
  readonly gradientError: number;
  /** The tensor whose gradient differs most, relative to its largest element. */
  readonly worst: { readonly name: string; readonly error: number };
}

/** A number of both sides. */
export interface Pair {
  readonly published: number;
  readonly ours: number;
}

/** What a comparison gave, or why the published side did not run. */
export type RunComparison = Answer<readonly StepComparison[]>;

const script = fromFileUrl(new URL("published_step.py", import.meta.url));
const seed = 0;
const optimizer = { learningRate: 1e-4, weightDecay: 1e-4 };

/** Versions of the packages of a Python that the published code needs. */
export function publishedVersions(
  python: string,
): Promise<Answer<{ readonly torch: string; readonly timm: string; readonly numpy: string }>> {
  return runPython(python, script, ["--version"]);
}

/**
 * Trains both sides from the same weights with the same batches, draws and masks of dropout.
 *
 * Weights, draws and masks are ours; masks and supports are handed over as uniform draws, from which
 * the published code makes its own.
 */
export async function compareRun(run: PublishedRun, sides: Sides): Promise<RunComparison> {
  const { id, class: name, firstOrder } = comparedMethods[run.method];
  const { input, options: given }: ComparedInput = comparedInputs[run.input];
  const options = metamaeOptions.parse({ ...given, firstOrder });
  const architecture = architectureOf(run.preset, "metamae", { dropout: run.dropout });
  const own = id === "mae" ? { maskRatio: options.maskRatio } : options;
  const model = findMethod(id).build([input], architecture, own) as TrainableModel;
  await handOver(run, sides, model, options.maskRatio);
  const answer = await runPython<{ losses: readonly number[]; fixed: number }>(
    sides.python,
    script,
    [JSON.stringify({
      ...{ checkout: sides.checkout, folder: sides.folder, class: name },
      config: configOf(input, architecture, id === "mae" ? undefined : options, options.maskRatio),
      ...{ steps: run.steps, precision: run.precision },
      optimizer: { lr: optimizer.learningRate, weight_decay: optimizer.weightDecay },
    })],
  );
  if (answer.value === undefined) return answer;
  // Sines and cosines are rounded to float32 from doubles by both.
  if (!(answer.value.fixed <= 1e-6)) {
    return { problem: `position tables or step sizes differ by ${answer.value.fixed}` };
  }
  return { value: await trainOurs(run, sides, model, answer.value.losses) };
}

/** Arguments of the published constructor. */
function configOf(
  input: InputSpec,
  architecture: Architecture,
  meta: MetamaeOptions | undefined,
  maskRatio: number,
): Readonly<Record<string, unknown>> {
  const shape = sampleShape(input);
  const shapes = {
    image: () => ({ input_shape: shape, patch_size: [patchOf(input), patchOf(input)] }),
    series: () => ({ input_shape: shape, patch_size: [patchOf(input)] }),
    tabular: () => ({ input_shape: [1, patchCount(input)], patch_size: [1] }),
    tokens: () => ({
      input_shape: [[input.kind === "tokens" ? input.vocabulary : 0], patchCount(input)],
      patch_size: [1],
    }),
  };
  return {
    ...shapes[input.kind](),
    embed_dim_enc: architecture.encoderWidth,
    embed_dim_dec: architecture.decoderWidth,
    num_layer_enc: architecture.encoderLayers,
    num_layer_dec: architecture.decoderLayers,
    num_head_enc: architecture.encoderHeads,
    num_head_dec: architecture.decoderHeads,
    dropout: architecture.dropout,
    mask_ratio: maskRatio,
    ...(meta === undefined ? {} : {
      inner_lr: meta.innerLr,
      reg_weight: meta.contrastWeight,
      s_ratio: meta.supportRatio,
      use_first_order: meta.firstOrder,
    }),
  };
}

function patchOf(input: InputSpec): number {
  return "patch" in input ? input.patch : 1;
}

function keyOf({ batchSize }: PublishedRun, step: number): StepKey {
  return { seed, step: step - 1, firstSample: 0, samples: batchSize };
}

/** The batch of a step: standard normal values, or ids that are equally likely. */
function batchOf({ batchSize }: PublishedRun, input: InputSpec, step: number): NdArray<
  "float32" | "int32"
> {
  const shape = [batchSize, ...sampleShape(input)];
  const key = drawKey(seed, "parity/batch", step);
  const size = shape.reduce((product, length) => product * length, 1);
  return input.kind === "tokens"
    ? int32(shape, Int32Array.from({ length: size }, (_, i) => integer(key, i, input.vocabulary)))
    : float32(shape, normals(key, size));
}

/** Writes the weights, and of every step the batch, the uniform draws and the masks of dropout. */
async function handOver(
  run: PublishedRun,
  { folder, mode }: Sides,
  model: TrainableModel,
  maskRatio: number,
): Promise<void> {
  const start = initialParameters(model.parameters, seed);
  await writeSafetensors(join(folder, "start.safetensors"), Object.entries(start));
  const [input] = model.inputs as readonly [InputSpec];
  const count = patchCount(input);
  const tokens = 1 + keptCount(count, maskRatio);
  for (let step = 1; step <= run.steps; step++) {
    const key = keyOf(run, step);
    const batch = batchOf(run, input, step);
    // The published convolution wants its channel axis, which a table has none of.
    const shape = input.kind === "tabular" ? [run.batchSize, 1, count] : batch.shape;
    const uniforms = ["mask/0", ...(comparedMethods[run.method].id === "mae" ? [] : ["support/0"])];
    const keeps = await dropoutMasks(key, model.architecture, tokens, mode);
    await writeSafetensors(join(folder, `step-${step}.safetensors`), [
      ["input", { ...batch, shape } as NdArray],
      ...uniforms.map((purpose, i) => [`uniform/${i}`, uniformRows(key, purpose, count)] as const),
      ...keeps.map((keep, place) => [`keep/${String(place).padStart(3, "0")}`, keep] as const),
    ]);
  }
}

/** Which elements the encoder keeps (1) or drops (0), in the order of its places. */
async function dropoutMasks(
  key: StepKey,
  { dropout: rate, encoderWidth: width, encoderLayers }: Architecture,
  tokens: number,
  mode: CompileMode,
): Promise<readonly NdArray[]> {
  if (rate === 0) return [];
  const block = [width, 2 * width, width];
  const widths = [width, ...Array.from({ length: encoderLayers }, () => block).flat()];
  const { keeps } = await runOnce(
    (draws: DropoutDraws) => {
      const drop = keyedDropout(draws, rate);
      const ones = (width: number) => tf.ones([key.samples, tokens, width]);
      return { keeps: widths.map((width, place) => drop(ones(width), place) as Tensor) };
    },
    dropoutDraw(key),
    mode,
  );
  return keeps.map(({ shape, data }) =>
    ndarray("uint8", shape, Uint8Array.from(data, (value) => value > 0 ? 1 : 0))
  );
}

/** Takes our steps and compares each with the published one. */
async function trainOurs(
  run: PublishedRun,
  { folder, mode }: Sides,
  model: TrainableModel,
  losses: readonly number[],
): Promise<readonly StepComparison[]> {
  const layout = flatLayout(model.parameters);
  const { scalars, ...rule } = adamw(optimizer);
  const train = trainStep(model, layout, { optimizer: { scalars, ...rule } });
  const stepper = createStepper(
    (state: Parameters<typeof train>[0], inputs: Parameters<typeof train>[1]) => {
      const { gradients, objective } = gradientsOf(model, layout, state, inputs);
      const given = Object.entries(gradients)
        .filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
      const { state: next, results } = train(state, inputs);
      // The objective's other results are kept for the caller; as outputs they are freed.
      const kept: TensorTree = { results, metrics: objective.metrics, buffers: objective.state };
      return {
        ...(next === undefined ? {} : { state: next }),
        results: { loss: objective.loss, gradients: Object.fromEntries(given), kept },
      };
    },
    { name: "parity_published", mode },
  );
  const reached = uploadState(model.parameters, 0, initialParameters(model.parameters, seed));
  const steps: StepComparison[] = [];
  for (let step = 1; step <= run.steps; step++) {
    const inputs = {
      inputs: [batchOf(run, model.inputs[0]!, step)],
      draws: model.draw(keyOf(run, step)),
      scalars: scalars(step, optimizer.learningRate),
    };
    const taken = await stepper.run(
      reached.tensors,
      inputs as HostTree<Parameters<typeof train>[1]>,
    );
    reached.tensors = taken.state;
    const path = join(folder, `gradients-${step}.safetensors`);
    const { tensors } = await readSafetensors(path);
    await Deno.remove(path);
    const { loss, gradients } = taken.results;
    const pair = { published: losses[step - 1]!, ours: loss.data[0]! };
    steps.push({ step, loss: pair, ...compareGradients(tensors, gradients), ...lossError(pair) });
  }
  disposeTree(reached.tensors);
  stepper.dispose();
  return steps;
}

function lossError({ published, ours }: Pair) {
  return { lossError: relativeError([ours], [published]) };
}

/** Gradients by name; one that only one side has differs infinitely. */
export function compareGradients(
  published: ReadonlyMap<string, NdArray>,
  ours: Readonly<Record<string, Pick<NdArray<"float32" | "int32">, "data">>>,
): Pick<StepComparison, "gradientNorm" | "gradientError" | "worst"> {
  const names = [...new Set([...published.keys(), ...Object.keys(ours)])];
  const pairs = names.map((name) =>
    [
      Float64Array.from((ours[name]?.data ?? []) as ArrayLike<number>),
      Float64Array.from((published.get(name)?.data ?? []) as ArrayLike<number>),
    ] as const
  );
  const errors = pairs.map(([actual, expected], i) => ({
    name: names[i]!,
    error: relativeError(actual, expected),
  }));
  const norm = (side: 0 | 1) =>
    Math.sqrt(pairs.reduce((sum, pair) => pair[side].reduce((sum, x) => sum + x * x, sum), 0));
  return {
    gradientNorm: { published: norm(1), ours: norm(0) },
    gradientError: normError(pairs),
    worst: errors.reduce((most, one) => one.error > most.error ? one : most),
  };
}
