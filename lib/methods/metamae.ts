/**
 * MetaMAE: masked auto-encoding as a meta-learner.
 *
 * @module
 */

import { z } from "zod";
import { type HostTree, type StateDict, type Tensor, tf } from "../engine/mod.ts";
import { detach } from "../engine/ops/mod.ts";
import {
  adaptLatents,
  constant,
  dropoutDraw,
  type DropoutDraws,
  type Gather,
  keyedDropout,
  type MaskDraws,
  type MaskedAutoencoder,
  maskedAutoencoder,
  meanOver,
  parameter,
  type ParameterSpec,
  poolTokens,
  projector,
  projectorSpecs,
  type StepKey,
  supportFromNoise,
  supportRows,
  taskContrast,
  tokenCounts,
  type TokenSet,
  tokenSet,
  uniformRows,
  wholeBatch,
} from "../nn/mod.ts";
import { patchCount } from "../spec/mod.ts";
import { anyInput, maskRatio, type Method, type Model, type Objective } from "./method.ts";

/** Options of {@linkcode metamae}, with the defaults of the published command line. */
export const metamaeOptions = z.strictObject({
  maskRatio,
  innerLr: z.number().nonnegative().default(0.5).describe("Step size of the inner gradient step"),
  innerSteps: z.number().int().nonnegative().default(1).describe("Number of inner gradient steps"),
  contrastWeight: z.number().nonnegative().default(0.1).describe("Weight of the task contrast"),
  supportRatio: z.number().min(0).max(1).default(0.1)
    .describe("Chance of a masked token beside a visible one to join the inner loss"),
  temperature: z.number().positive().default(0.5).describe("Temperature of the contrastive loss"),
  firstOrder: z.boolean().default(false)
    .describe("Treat the inner gradient as a constant: cheaper, other gradients"),
  learnInnerLr: z.boolean().default(false).describe("Train the inner step size too"),
});

/** Options of {@linkcode metamae}. */
export type MetamaeOptions = z.infer<typeof metamaeOptions>;

/** Draws of {@linkcode metamae}. */
export type MetamaeDraws = MaskDraws & DropoutDraws & {
  /** The tokens of the inner loss. */
  readonly support: TokenSet;
};

/**
 * Adapts the latents of the visible tokens by gradient steps on a support set, reconstructs the
 * masked tokens from the adapted latents, and lets the latents before and after attract each other.
 * The outer gradient flows through the inner steps.
 */
export const metamae: Method<MetamaeOptions, MetamaeDraws> = {
  id: "metamae",
  title: "MetaMAE",
  paper: 'Jang et al., "Modality-Agnostic Self-Supervised Learning with Meta-Learned Masked ' +
    'Auto-Encoder", NeurIPS 2023',
  summary: "Adapts latents on the visible tokens, then reconstructs the masked ones",
  backbones: ["metamae"],
  publishedBackbone: "metamae",
  ...anyInput,
  trainable: true,
  options: metamaeOptions,

  build(inputs, architecture, options): Model<MetamaeDraws> {
    const autoencoder = maskedAutoencoder(inputs, architecture, options.maskRatio);
    return {
      inputs,
      architecture,
      parameters: specs(autoencoder, architecture.encoderWidth, options),
      profile: {
        visible: 1 - options.maskRatio,
        innerSteps: options.innerSteps,
        secondOrder: !options.firstOrder,
      },
      draw: (key) => draw(autoencoder, key, options.supportRatio),
      objective(parameters, tensors, draws, { gather = wholeBatch } = {}) {
        const dropout = keyedDropout(draws, architecture.dropout);
        const z = autoencoder.encodeVisible(parameters, tensors, draws.masks, dropout);
        return metamaeObjective(autoencoder, parameters, z, tensors, draws, gather, options);
      },
      encode: autoencoder.encode,
      pool: poolTokens,
      adapt: (parameters, tensors, adaptation) =>
        adaptLatents(autoencoder, parameters, tensors, adaptation),
      reconstruct(parameters, tensors, draws) {
        const { masks } = draws;
        const z = autoencoder.encodeVisible(parameters, tensors, masks);
        const { zStar } = innerSteps(autoencoder, parameters, z, tensors, draws, options);
        const before = autoencoder.decode(parameters, z, masks);
        const after = autoencoder.decode(parameters, zStar, masks);
        return autoencoder.targets(tensors).map((target, k) => ({
          target,
          mask: masks[k]!.mask,
          before: before[k]!,
          after: after[k]!,
        }));
      },
    };
  },
};

function specs(
  autoencoder: MaskedAutoencoder,
  width: number,
  { innerLr, learnInnerLr }: MetamaeOptions,
): readonly ParameterSpec[] {
  const step: ParameterSpec = {
    name: "inner_lr",
    shape: [],
    trainable: learnInnerLr,
    initializer: constant(innerLr),
  };
  // In the published state dicts the step size stands behind the tables of codes.
  const tables = autoencoder.parameters.findIndex(({ name }) => name.startsWith("patch_embed"));
  return [
    ...autoencoder.parameters.slice(0, tables),
    step,
    ...autoencoder.parameters.slice(tables),
    ...projectorSpecs(width),
  ];
}

function draw(
  { inputs, kept, drawMasks }: MaskedAutoencoder,
  key: StepKey,
  supportRatio: number,
): HostTree<MetamaeDraws> {
  const sets = (key: StepKey) => {
    const drawn = drawMasks(key);
    const chosen = inputs.map((input, k) => {
      const noise = uniformRows(key, `support/${k}`, patchCount(input));
      return supportFromNoise(drawn.masks[k]!.mask, noise, supportRatio, input);
    });
    return { drawn, chosen };
  };
  const { drawn, chosen } = sets(key);
  const support = tokenSet(chosen, inputs.map((x, k) => supportRows(kept[k]!, supportRatio, x)));
  const counts = tokenCounts(key, (key) => sets(key).chosen);
  const modalities = support.modalities.map((part, k) => ({ ...part, ...counts[k] }));
  return { ...drawn, support: { ...support, modalities }, ...dropoutDraw(key) };
}

/** Latents after the inner steps. */
export interface InnerSteps {
  /** (N, 1 + K, D), CLS included. */
  readonly zStar: Tensor;
  /** Inner loss at the start, scalar. */
  readonly loss: Tensor;
  /** Gradient of N times the inner loss with respect to the latents at the start. */
  readonly gradient: Tensor;
}

/**
 * z* = z - a d(N l)/dz, where l is the mean loss over the support of the whole batch; the factor N
 * undoes the batch mean. Only the latents move.
 */
export function innerSteps(
  autoencoder: MaskedAutoencoder,
  parameters: StateDict,
  z: Tensor,
  inputs: readonly Tensor[],
  { masks, support }: MetamaeDraws,
  options: MetamaeOptions,
): InnerSteps {
  const samples = z.shape[0]!;
  const scaledLoss = (latents: Tensor): Tensor => {
    const losses = autoencoder.lossesOf(support, parameters, latents, inputs, masks);
    return tf.mul(meanOver(losses, support.modalities), samples);
  };
  const valueAndGradient = tf.valueAndGrad(scaledLoss);
  const stepSize = parameter(parameters, "inner_lr");
  let zStar = z;
  let start: { loss: Tensor; gradient: Tensor } | undefined;
  for (let step = 0; step < Math.max(1, options.innerSteps); step++) {
    const { value, grad } = valueAndGradient(zStar);
    start ??= { loss: tf.div(value, samples), gradient: grad };
    if (step === options.innerSteps) break;
    zStar = tf.sub(zStar, tf.mul(options.firstOrder ? detach(grad) : grad, stepSize));
  }
  return { zStar, ...start! };
}

/**
 * The training objective from the latents on: reconstruction of all masked tokens from the adapted
 * latents, plus the weighted task contrast.
 *
 * @param z Latents of the visible tokens (N, 1 + K, D).
 */
export function metamaeObjective(
  autoencoder: MaskedAutoencoder,
  parameters: StateDict,
  z: Tensor,
  inputs: readonly Tensor[],
  draws: MetamaeDraws,
  gather: Gather,
  options: MetamaeOptions,
): Objective {
  const inner = innerSteps(autoencoder, parameters, z, inputs, draws, options);
  const { masks, masked } = draws;
  const losses = autoencoder.lossesOf(masked, parameters, inner.zStar, inputs, masks);
  const reconstruction = meanOver(losses, masked.modalities);
  // Statistics and negatives are those of the whole batch. The two views are normalised apart, and
  // each moves the running statistics.
  const before = projector(parameters, parameters, gather(poolTokens(z)));
  const after = projector(parameters, before.state, gather(poolTokens(inner.zStar)));
  const contrast = taskContrast(before.unit, after.unit, options.temperature);
  return {
    loss: tf.add(reconstruction, tf.mul(contrast, options.contrastWeight)),
    metrics: { reconstruction, contrast, inner: inner.loss },
    state: after.state,
  };
}
