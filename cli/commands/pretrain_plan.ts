/**
 * What `metamae pretrain --dry-run` tells: the resolved configuration and what it costs.
 *
 * @module
 */

import { formatBytes, formatCount, formatFacts, type Style } from "../../lib/terminal/mod.ts";
import type { PretrainPlan } from "../../lib/train/mod.ts";

/** The plan as text. */
export function planText(plan: PretrainPlan, style: Style): string {
  const { config, parameters, flopsPerStep, flops } = plan;
  const { training, architecture, data } = config;
  const methodOptions = Object.entries(config.methodOptions)
    .map(([name, value]) => `${name} ${value}`).join(", ");
  return formatFacts([
    ["method", config.method + (methodOptions === "" ? "" : ` (${methodOptions})`)],
    ["data", `${data.dataset}, ${data.split}: ${formatCount(data.samples)} samples`],
    [
      "encoder",
      `width ${architecture.encoderWidth}, ${architecture.encoderLayers} layers, ` +
      `${architecture.encoderHeads} heads`,
    ],
    [
      "decoder",
      `width ${architecture.decoderWidth}, ${architecture.decoderLayers} layers, ` +
      `${architecture.decoderHeads} heads`,
    ],
    [
      "weights",
      `${formatCount(parameters.trainable)} trained, ${formatCount(parameters.fixed)} fixed`,
    ],
    [
      "training",
      `${formatCount(plan.steps)} steps of ${formatCount(training.batchSize)} samples ` +
      `(${formatCount(plan.epochs)} epochs), learning rate ${training.learningRate} ` +
      `(${training.schedule.kind}), weight decay ${training.weightDecay}, seed ${training.seed}`,
    ],
    [
      "a step",
      `about ${formatAmount(flopsPerStep / 1e9)} GFLOP, ${formatBytes(plan.memoryBytes)} of memory`,
    ],
    ["the run", `about ${formatAmount(flops / 1e12)} TFLOP`],
    ["a checkpoint", formatBytes(plan.checkpointBytes)],
  ], style.dim);
}

/** Three significant digits without an exponent. */
function formatAmount(value: number): string {
  return value >= 100 ? formatCount(Math.round(value)) : String(Number(value.toPrecision(3)));
}
