/**
 * Optimizers as pure functions of tensors: AdamW with decoupled weight decay, and Adam with the decay
 * in the gradient. Schedules of their learning rate.
 *
 * @module
 */

import { type HostArray, type HostTree, type Tensor, tf } from "../engine/mod.ts";
import type { Schedule } from "../spec/mod.ts";
import { float32 } from "../util/mod.ts";

/** Running means of the gradients and of their squares, in the shape of the parameters. */
export type Moments = { readonly first: Tensor; readonly second: Tensor };

/** Numbers of one step of Adam that change from step to step and therefore enter as tensors. */
export type AdamScalars = {
  /** Learning rate / (1 - beta1^t). */
  readonly stepSize: Tensor;
  /** 1 / sqrt(1 - beta2^t). */
  readonly rootCorrection: Tensor;
};

/** The same for AdamW. */
export type AdamwScalars = AdamScalars & {
  /** Learning rate times weight decay: the share of each weight that is taken away. */
  readonly decay: Tensor;
};

/** An optimizer; parameters, gradient and moments have one shape. */
export interface Optimizer<Scalars> {
  /** The moments before the first step. */
  init(parameters: Pick<HostArray, "shape">): HostTree<Moments>;
  /**
   * Numbers of a step, computed in double precision.
   *
   * @param t One-based step.
   */
  scalars(t: number, learningRate: number): HostTree<Scalars>;
  /**
   * Takes a step.
   *
   * @param square The squared gradient, where the caller has it already.
   */
  update(
    gradient: Tensor,
    moments: Moments,
    parameters: Tensor,
    scalars: Scalars,
    square?: Tensor,
  ): { readonly parameters: Tensor; readonly moments: Moments };
}

/** Constants of an optimizer. */
export interface AdamOptions {
  readonly weightDecay: number;
  /** Decay of the mean of the gradients; 0.9. */
  readonly beta1?: number;
  /** Decay of the mean of the squared gradients; 0.999. */
  readonly beta2?: number;
  /** Added to the square root of the corrected second moment; 1e-8. */
  readonly epsilon?: number;
}

/**
 * AdamW: m <- b1 m + (1 - b1) g, v <- b2 v + (1 - b2) g^2,
 * p <- p - lr wd p - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps).
 *
 * An update is 15 operations whatever the model, where all trainable weights are one flat vector.
 * Decay and step are summed before they meet the weight: at the published setting the decay alone
 * is below the resolution of a float32 weight.
 */
export function adamw(options: AdamOptions): Optimizer<AdamwScalars> {
  const { weightDecay } = options;
  const { init, scalars, move } = momentsOf(options);
  return {
    init,
    scalars: (t, learningRate) => ({
      decay: float32([], [learningRate * weightDecay]),
      ...scalars(t, learningRate),
    }),
    update(gradient, before, parameters, { decay, stepSize, rootCorrection }, square) {
      const { moments, denominator } = move(gradient, before, rootCorrection, square);
      const step = tf.div(tf.mul(moments.first, stepSize), denominator);
      const change = tf.add(tf.mul(parameters, decay), step);
      return { parameters: tf.sub(parameters, change), moments };
    },
  };
}

/** Adam with coupled L2: the decay is part of the gradient and enters both moments. */
export function adam(options: AdamOptions): Optimizer<AdamScalars> {
  const { weightDecay } = options;
  const { init, scalars, move } = momentsOf(options);
  return {
    init,
    scalars,
    update(gradient, before, parameters, { stepSize, rootCorrection }) {
      const decayed = tf.add(gradient, tf.mul(parameters, weightDecay));
      const { moments, denominator } = move(decayed, before, rootCorrection);
      const step = tf.mul(stepSize, tf.div(moments.first, denominator));
      return { parameters: tf.sub(parameters, step), moments };
    },
  };
}

/** What both have in common. */
function momentsOf({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions) {
  return {
    init: ({ shape }: Pick<HostArray, "shape">): HostTree<Moments> => ({
      first: float32(shape),
      second: float32(shape),
    }),
    scalars: (t: number, learningRate: number): HostTree<AdamScalars> => ({
      stepSize: float32([], [learningRate / (1 - beta1 ** t)]),
      rootCorrection: float32([], [1 / Math.sqrt(1 - beta2 ** t)]),
    }),
    move(
      gradient: Tensor,
      { first, second }: Moments,
      rootCorrection: Tensor,
      square = tf.square(gradient),
    ) {
      const moments = {
        first: tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)),
        second: tf.add(tf.mul(second, beta2), tf.mul(square, 1 - beta2)),
      };
      const denominator = tf.add(tf.mul(tf.sqrt(moments.second), rootCorrection), epsilon);
      return { moments, denominator };
    },
  };
}

/**
 * Learning rate of a step.
 *
 * @param base The configured learning rate.
 * @param step Zero-based step.
 * @param steps Number of steps of the whole run.
 *
 * @example
 * ```ts
 * import { learningRate } from "./optimizer.ts";
 * console.assert(learningRate({ kind: "constant" }, 1e-4, 500, 1000) === 1e-4);
 * console.assert(learningRate({ kind: "cosine", warmup: 10, final: 0 }, 1, 4, 100) === 0.5);
 * ```
 */
export function learningRate(
  schedule: Schedule,
  base: number,
  step: number,
  steps: number,
): number {
  if (schedule.kind === "constant") return base;
  const { warmup, final } = schedule;
  if (step < warmup) return base * (step + 1) / warmup;
  const progress = Math.min(1, (step - warmup + 1) / Math.max(1, steps - warmup));
  return base * (final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}
