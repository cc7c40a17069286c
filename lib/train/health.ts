/**
 * Whether a run is healthy: what the loss alone does not show, and where a number stopped being
 * finite.
 *
 * | metric | |
 * |---|---|
 * | `featureDeviation` | deviation of the pooled features over the batch; near 0: collapsed |
 * | `effectiveRank` | number of directions that the features of the batch use (RankMe) |
 * | `maskedReconstruction` | loss of the tokens that were hidden |
 * | `visibleReconstruction` | loss of those that were seen |
 *
 * They are those of the weights before the step, on the batch of the step and without dropout, so
 * they are the same in a run that was stopped. The last two exist for methods with a decoder.
 *
 * @module
 */

import {
  type CompileMode,
  createStepper,
  disposeTree,
  entriesOf,
  type NoInputs,
  type StateDict,
  type Tensor,
  tf,
} from "../engine/mod.ts";
import type { Model } from "../methods/mod.ts";
import { meanOver, tokenLoss } from "../nn/mod.ts";
import { type NdArray, NumericError } from "../util/mod.ts";
import { type FlatLayout, flatLayout, unpack } from "./flat_layout.ts";
import type { HostParameters } from "./parameters.ts";
import { stateDict } from "./train_state.ts";
import {
  gradientsOf,
  scalarsOf,
  type StepBatch,
  type TrainableModel,
  type Weights,
} from "./train_step.ts";

/**
 * Names the first tensor of a step that is not finite, in the order in which a step computes:
 * batch, draws, weights, running statistics, loss, metrics, gradients.
 *
 * The objective is evaluated once more, operation by operation, from the last finite state.
 *
 * @returns A text such as `the gradient of "encoder.0.norm1.weight"`, or `undefined` if the second
 * evaluation is finite.
 */
export async function firstBadTensor(
  model: TrainableModel,
  layout: FlatLayout,
  state: Weights,
  batch: StepBatch,
): Promise<string | undefined> {
  const weights = tf.tidy(() => ({ ...unpack(layout, state.weights) }));
  const bad = await firstOf([
    ...batch.inputs.map((tensor, k): Named => [`input ${k} of the batch`, tensor]),
    ...batch.targets === undefined ? [] : [["the labels", batch.targets] as Named],
    ...entriesOf(batch.draws).map(([path, tensor]): Named => [`the draw "${path}"`, tensor]),
    ...named("", weights),
    ...named("", state.buffers),
  ]);
  disposeTree(weights);
  return bad ?? await firstComputed(model, layout, state, batch);
}

/** What a message calls a tensor. */
type Named = readonly [what: string, tensor: Tensor];

function named(what: string, tensors: Readonly<Record<string, Tensor | undefined>>): Named[] {
  return Object.entries(tensors).flatMap(([name, tensor]): Named[] =>
    tensor === undefined ? [] : [[`${what}"${name}"`, tensor]]
  );
}

async function firstComputed(
  model: TrainableModel,
  layout: FlatLayout,
  state: Weights,
  batch: StepBatch,
): Promise<string | undefined> {
  const computed: Named[] = [];
  tf.tidy(() => {
    const { objective, gradients } = gradientsOf(model, layout, state, batch);
    computed.push(
      ["the loss", objective.loss],
      ...named("the metric ", objective.metrics),
      ...named("", objective.state),
      ...named("the gradient of ", gradients),
    );
    for (const [, tensor] of computed) tf.keep(tensor);
  });
  const bad = await firstOf(computed);
  tf.dispose(computed.map(([, tensor]) => tensor));
  return bad;
}

async function firstOf(tensors: readonly Named[]) {
  for (const [what, tensor] of tensors) {
    if (!(await tensor.data()).every(Number.isFinite)) return what;
  }
  return undefined;
}

/**
 * Refuses to keep weights that are not finite.
 *
 * @throws {NumericError} If a value is NaN or infinite; the message names the tensor.
 */
export function checkFinite(parameters: HostParameters, step: number): void {
  for (const [name, { data }] of Object.entries(parameters)) {
    const bad = data.find((value) => !Number.isFinite(value));
    if (bad === undefined) continue;
    throw new NumericError(`Cannot save step ${step}: "${name}" holds ${bad}`);
  }
}

/** Measures the health of a model; see the module's comment. */
export interface HealthMeter {
  /** @param batch Of a training step; all tensors stay the caller's. */
  measure(state: Weights, batch: StepBatch): Promise<Record<string, number>>;
  /** Frees the compiled program. */
  dispose(): void;
}

/** Prepares to measure; nothing is compiled before the first time. */
export function createHealthMeter(model: Model, mode: CompileMode): HealthMeter {
  const layout = flatLayout(model.parameters);
  const stepper = createStepper(({ inputs, draws, ...state }: Weights & StepBatch, _: NoInputs) => {
    const parameters = stateDict(layout, state);
    const features = model.pool(model.encode(parameters, inputs));
    const losses = reconstructionLosses(model, parameters, { inputs, draws });
    return { results: { features, losses } };
    // A program that runs once in a hundred steps does not repay XLA's work.
  }, { name: "health", mode: mode === "off" ? "off" : "graph" });
  return {
    async measure({ weights, buffers }, { inputs, draws }) {
      const { results } = await stepper.run({ weights, buffers, inputs, draws }, {});
      const features = results.features as NdArray<"float32">;
      return {
        featureDeviation: featureDeviation(features),
        effectiveRank: effectiveRank(features),
        ...scalarsOf(results.losses),
      };
    },
    dispose: stepper.dispose,
  };
}

/** Mean losses of hidden and of seen tokens; none for methods without a decoder. */
function reconstructionLosses(
  model: Model,
  parameters: StateDict,
  { inputs, draws }: StepBatch,
): Readonly<Record<string, Tensor>> {
  if (model.reconstruct === undefined) return {};
  const entries = model.reconstruct(parameters, inputs, draws);
  const losses = entries.map(({ after, target }, k) => tokenLoss(after, target, model.inputs[k]!));
  const hidden = entries.map(({ mask }) => ({ weights: mask }));
  const seen = entries.map(({ mask }) => ({ weights: tf.sub(1, mask) }));
  return {
    maskedReconstruction: meanOver(losses, hidden),
    visibleReconstruction: meanOver(losses, seen),
  };
}

/**
 * RankMe: e to the entropy of the singular values, divided by their sum. 1 where all features lie
 * on one line through the origin, the smaller of samples and width where they fill the space
 * evenly; 0 if all of them are 0.
 *
 * Garrido et al., "RankMe: Assessing the Downstream Performance of Pretrained Self-Supervised
 * Representations by Their Rank", ICML 2023. A batch is a small sample: compare values of one batch
 * size.
 *
 * @param features (N, D).
 */
export function effectiveRank({ shape, data }: NdArray<"float32">): number {
  const [samples, width] = shape as [number, number];
  const size = Math.min(samples, width);
  // Of the two products of the matrix with itself the smaller one has all its squared singular
  // values.
  const gram = new Float64Array(size * size);
  const [along, across] = samples <= width ? [width, 1] : [1, width];
  const length = Math.max(samples, width);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < length; k++) {
        sum += data[i * along + k * across]! * data[j * along + k * across]!;
      }
      gram[i * size + j] = sum;
    }
  }
  const singular = symmetricEigenvalues(gram, size).map((x) => Math.sqrt(Math.max(0, x)));
  const total = singular.reduce((sum, x) => sum + x, 0);
  if (total === 0) return 0;
  let entropy = 0;
  for (const value of singular) {
    const share = value / total;
    if (share !== 0) entropy -= share * Math.log(share);
  }
  return Math.exp(entropy);
}

/** Standard deviation of every feature over the samples, averaged over the features (N, D). */
export function featureDeviation({ shape, data }: NdArray<"float32">): number {
  const [samples, width] = shape as [number, number];
  let total = 0;
  for (let d = 0; d < width; d++) {
    let [sum, squares] = [0, 0];
    for (let n = 0; n < samples; n++) sum += data[n * width + d]!;
    for (let n = 0; n < samples; n++) squares += (data[n * width + d]! - sum / samples) ** 2;
    total += Math.sqrt(squares / samples);
  }
  return total / width;
}

/** Most passes for one eigenvalue; two or three are usual. */
const mostPasses = 60;

/**
 * Eigenvalues of a symmetric matrix, in no order: Householder reflections to tridiagonal form, then
 * QL steps with implicit shifts. Takes about 4/3 size^3 multiplications.
 *
 * @param matrix Row-major (size, size); only its lower triangle is read. Overwritten.
 * @returns NaN for all of them if the matrix holds a value that is not finite.
 *
 * @example
 * ```ts
 * import { symmetricEigenvalues } from "./health.ts";
 * const values = symmetricEigenvalues(Float64Array.of(2, 1, 1, 2), 2).sort();
 * console.assert(Math.abs(values[0]! - 1) < 1e-12 && Math.abs(values[1]! - 3) < 1e-12);
 * ```
 */
export function symmetricEigenvalues(
  matrix: Float64Array<ArrayBuffer>,
  size: number,
): Float64Array<ArrayBuffer> {
  if (!matrix.every(Number.isFinite)) return new Float64Array(size).fill(NaN);
  const { diagonal, beside } = tridiagonal(matrix, size);
  for (let l = 0; l < size; l++) {
    for (let pass = 0; pass < mostPasses; pass++) {
      const m = blockEnd(diagonal, beside, l);
      if (m === l) break;
      qlStep(diagonal, beside, l, m);
    }
  }
  return diagonal;
}

/** Reflects the rows from the last to the third onto their neighbours of the diagonal. */
function tridiagonal(a: Float64Array, n: number) {
  const diagonal = new Float64Array(n);
  /** Element i stands beside the diagonal between i - 1 and i. */
  const beside = new Float64Array(n);
  const u = new Float64Array(n);
  const p = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    // The row left of the diagonal, of which all but the last element shall vanish.
    let norm = 0;
    for (let k = 0; k < i; k++) {
      u[k] = a[i * n + k]!;
      norm += u[k]! ** 2;
    }
    const last = u[i - 1]!;
    const length = Math.sqrt(norm);
    const target = last > 0 ? -length : length;
    beside[i] = target;
    const h = norm - target * last;
    if (h > 0 && norm > last ** 2) {
      u[i - 1] = last - target;
      reflect(a, n, i, u, p, h);
    } else beside[i] = last;
  }
  for (let i = 0; i < n; i++) diagonal[i] = a[i * n + i]!;
  return { diagonal, beside };
}

/** A <- H A H with H = 1 - u u^T / h, for the first `size` rows and columns. */
function reflect(
  a: Float64Array,
  n: number,
  size: number,
  u: Float64Array,
  p: Float64Array,
  h: number,
): void {
  p.fill(0, 0, size);
  for (let j = 0; j < size; j++) {
    const [row, uj] = [j * n, u[j]!];
    let sum = a[row + j]! * uj;
    for (let k = 0; k < j; k++) {
      sum += a[row + k]! * u[k]!;
      p[k]! += a[row + k]! * uj;
    }
    p[j]! += sum;
  }
  let half = 0;
  for (let j = 0; j < size; j++) half += u[j]! * (p[j]! /= h);
  half /= 2 * h;
  for (let j = 0; j < size; j++) p[j]! -= half * u[j]!;
  for (let j = 0; j < size; j++) {
    const [row, uj, pj] = [j * n, u[j]!, p[j]!];
    for (let k = 0; k <= j; k++) a[row + k]! -= uj * p[k]! + pj * u[k]!;
  }
}

/**
 * Last index of the block that begins at `l`: behind it the element beside the diagonal is nothing.
 */
function blockEnd(diagonal: Float64Array, beside: Float64Array, l: number): number {
  let m = l;
  while (m + 1 < diagonal.length) {
    const scale = Math.abs(diagonal[m]!) + Math.abs(diagonal[m + 1]!);
    if (Math.abs(beside[m + 1]!) <= Number.EPSILON * scale) break;
    m++;
  }
  return m;
}

/** One QL step with Wilkinson's shift on the block from `l` to `m`, chased by Givens rotations. */
function qlStep(diagonal: Float64Array, beside: Float64Array, l: number, m: number): void {
  const below = beside[l + 1]!;
  const slope = (diagonal[l + 1]! - diagonal[l]!) / (2 * below);
  const root = Math.hypot(slope, 1);
  let g = diagonal[m]! - diagonal[l]! + below / (slope + (slope < 0 ? -root : root));
  let [sine, cosine, moved] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = sine * beside[i + 1]!;
    const b = cosine * beside[i + 1]!;
    const r = Math.hypot(f, g);
    if (i + 2 < beside.length) beside[i + 2] = r;
    if (r === 0) {
      diagonal[i + 1]! -= moved;
      if (m + 1 < beside.length) beside[m + 1] = 0;
      return;
    }
    [sine, cosine] = [f / r, g / r];
    const d = diagonal[i + 1]! - moved;
    const turned = (diagonal[i]! - d) * sine + 2 * cosine * b;
    moved = sine * turned;
    diagonal[i + 1] = d + moved;
    g = cosine * turned - b;
  }
  diagonal[l]! -= moved;
  beside[l + 1] = g;
  if (m + 1 < beside.length) beside[m + 1] = 0;
}
