/**
 * What the stages of a plan cost, before anything runs: operations, memory, disk.
 *
 * Operations are counted as in `lib/train/estimate.ts`, matrix products only. Sizes of data sets
 * are those of the recipes; disk space is rounded up, since a store may keep values in fewer bytes.
 *
 * @module
 */

import { type Dataset, variantOf } from "../../lib/datasets/mod.ts";
import { findMethod, type Model } from "../../lib/methods/mod.ts";
import { type InputSpec, sampleShape } from "../../lib/spec/mod.ts";
import {
  architectureOf,
  countParameters,
  isTrainable,
  type StepCost,
  stepCost,
} from "../../lib/train/mod.ts";
import { elementCount } from "../../lib/util/mod.ts";
import type { GridPlan } from "./plan.ts";
import type { Recipe } from "./recipe.ts";
import type { PretrainSettings, Stage, TokenizeSettings } from "./stage.ts";

/** Estimated cost of one stage. */
export interface StageCost {
  readonly stage: Stage;
  /** Training steps. */
  readonly steps: number;
  /** Floating-point operations. */
  readonly flops: number;
  /** Cost of a training step of a batch; absent for stages that do not train. */
  readonly step?: (batchSize: number) => StepCost;
  /** Bytes on disk when it is done. */
  readonly disk: number;
}

/** Checkpoints of a run that the grid keeps. */
const keptCheckpoints = 2;

/** Bytes of a file system's block and of the small files that go with every output. */
const overhead = 64 * 1024;

/** Samples of the splits of a data set, as far as the recipes tell. */
interface SampleCounts {
  readonly pretrain: number;
  readonly train: number;
  readonly test: number;
}

/** A run of the plan as a model. */
interface PlannedModel {
  readonly settings: PretrainSettings;
  readonly model: Model;
}

/** The costs of all stages of a plan, in its order. */
export function planCosts(
  plan: GridPlan,
  recipes: readonly Recipe[],
  datasets: ReadonlyMap<string, Dataset>,
): readonly StageCost[] {
  const counts = sampleCounts(recipes);
  const models = new Map<string, PlannedModel>();
  const samplesOf = ({ dataset, limit = Infinity }: TokenizeSettings): SampleCounts => {
    const { pretrain, train, test } = counts.get(dataset) ?? { pretrain: 0, train: 0, test: 0 };
    const cut = (samples: number) => Math.min(samples, limit);
    return { pretrain: cut(pretrain), train: cut(train), test: cut(test) };
  };
  const storeOf = (id: string) => plan.stages.get(id)!.settings as TokenizeSettings;
  const modelOf = (id: string): PlannedModel => {
    const stage = plan.stages.get(id)!;
    const known = models.get(id);
    if (known !== undefined) return known;
    const settings = stage.settings as PretrainSettings;
    const { dataset, variant } = storeOf(stage.after[0]!);
    const { inputs } = variantOf(datasets.get(dataset)!, variant).shape!;
    const planned = plannedModel(settings, inputs);
    models.set(id, planned);
    return planned;
  };
  return [...plan.stages.values()].map((stage): StageCost => {
    const { settings, after } = stage;
    switch (settings.kind) {
      case "tokenize": {
        const { pretrain, train, test } = samplesOf(settings);
        const { inputs } = variantOf(datasets.get(settings.dataset)!, settings.variant).shape!;
        const bytes = inputs.reduce((sum, input) => sum + bytesOf(input), 0);
        return { ...free(stage), disk: overhead + (pretrain + train + test) * bytes };
      }
      case "pretrain":
        return pretrainCost(stage, modelOf(stage.id));
      case "adapt": {
        const planned = modelOf(after[0]!);
        const { train, test } = samplesOf(storeOf(after[1]!));
        const { encoderWidth } = planned.model.architecture;
        const latents = planned.model.adapt === undefined ? 1 : 2;
        return {
          ...free(stage),
          flops: (train + test) * encodeFlops(planned),
          disk: overhead + (train + test) * latents * 4 * encoderWidth,
        };
      }
      case "probe": {
        if (settings.protocol !== "dabs") return { ...free(stage), disk: overhead };
        const planned = modelOf(after[0]!);
        const { train, test } = samplesOf(storeOf(after[1]!));
        const flops = (settings.epochs * train + test) * encodeFlops(planned);
        return { ...free(stage), flops, disk: overhead };
      }
    }
  });
}

/** A run of a plan as a model, to measure a step of it. */
export function plannedModel(
  settings: PretrainSettings,
  inputs: readonly InputSpec[],
): PlannedModel {
  const { preset, backbone, decoderLayers, dropout, methodOptions } = settings;
  const method = findMethod(settings.method);
  const options = method.options.parse(methodOptions) as Record<string, unknown>;
  const architecture = architectureOf(preset, backbone, { decoderLayers, dropout });
  return { settings, model: method.build(inputs, architecture, options) };
}

/** Operations of a step of a planned run. */
export function plannedStep({ model }: PlannedModel, batchSize: number): StepCost {
  return stepCost(model, batchSize);
}

function pretrainCost(stage: Stage, planned: PlannedModel): StageCost {
  const { settings: { batchSize, steps }, model } = planned;
  const cost = plannedStep(planned, batchSize);
  const { trainable, fixed } = countParameters(model.parameters);
  const trained = isTrainable(model);
  const checkpoint = 4 * (fixed + trainable * (trained ? 3 : 1));
  return {
    stage,
    steps: trained ? steps : 0,
    flops: trained ? steps * cost.flops : 0,
    ...(trained ? { step: (size) => plannedStep(planned, size) } : {}),
    disk: overhead + checkpoint * (trained ? keptCheckpoints : 1),
  };
}

/**
 * Operations to encode one sample in full: a third of a step that sees all of it, without a
 * decoder.
 */
function encodeFlops({ model }: PlannedModel): number {
  const { profile: _masked, ...whole } = model;
  const encoder = { ...whole, architecture: { ...model.architecture, decoderLayers: 0 } };
  return stepCost(encoder, 1).flops / 3;
}

function free(stage: Stage): StageCost {
  return { stage, steps: 0, flops: 0, disk: 0 };
}

/** Bytes of a sample in a store: a byte a value for colours, four for measurements. */
function bytesOf(input: InputSpec): number {
  const values = elementCount(sampleShape(input));
  if (input.kind === "tokens") {
    return values * (input.vocabulary <= 256 ? 1 : input.vocabulary <= 65536 ? 2 : 4);
  }
  return values * (input.kind === "image" && input.channels === 3 ? 1 : 4);
}

function sampleCounts(recipes: readonly Recipe[]): ReadonlyMap<string, SampleCounts> {
  const counts = new Map<string, { pretrain: number; train: number; test: number }>();
  const of = (dataset: string) => {
    const known = counts.get(dataset) ?? { pretrain: 0, train: 0, test: 0 };
    counts.set(dataset, known);
    return known;
  };
  for (const { pretrain, evaluate } of recipes) {
    of(pretrain.dataset).pretrain = pretrain.samples ?? 0;
    for (const { dataset, train, test } of evaluate) Object.assign(of(dataset), { train, test });
  }
  return counts;
}
