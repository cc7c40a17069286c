/**
 * What one process measures: a model of the library at a setting.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/mod.ts";
import { findMethod, metamaeOptions } from "../../lib/methods/mod.ts";
import { type BackendName, patchCount, type PresetName } from "../../lib/spec/mod.ts";
import { architectureOf, stepCost, type TrainableModel } from "../../lib/train/mod.ts";
import { type BenchSetting, measuredMethod } from "./settings.ts";

/** A step, whoever computes it. */
export interface Work {
  readonly setting: BenchSetting;
  /** Name of the measured step. */
  readonly method: string;
  readonly preset: PresetName;
  readonly batchSize: number;
  /** Steps that are timed, after the warm-up. */
  readonly steps: number;
  readonly warmup: number;
  readonly threads: number;
}

/** A step of ours, and how it is run. */
export interface Configuration extends Work {
  readonly backend: BackendName;
  readonly compile: CompileMode;
  /** Folder of the token store that batches are loaded from; one resident batch without it. */
  readonly store?: string;
}

/** Options of the measured method. */
export function optionsOf(
  { setting, method: name }: Pick<Work, "setting" | "method">,
): Readonly<Record<string, unknown>> {
  const { method, options } = measuredMethod(name);
  return findMethod(method).options.parse(options(setting));
}

/** Builds the measured model; no engine is needed. */
export function measuredModel(work: Work): TrainableModel {
  const method = findMethod(measuredMethod(work.method).method);
  const options = optionsOf(work);
  const architecture = architectureOf(work.preset, "metamae");
  return method.build([work.setting.input], architecture, options) as TrainableModel;
}

/**
 * Operations of the published step by the analytic count of its matrix products: both sides are
 * measured by it, though ours computes fewer (the decoder projects masked tokens once, and ends
 * with those wanted).
 */
export function stepFlops(work: Work): number {
  return stepCost(measuredModel(work), work.batchSize).flops;
}

/** Shape of a matrix product: rows, inner size, columns. */
export type ProductShape = readonly [m: number, k: number, n: number];

/**
 * The matrix products that tell what a machine can do in these steps: the widest of encoder and
 * decoder, and a large square one as the machine's practical peak.
 */
export function productShapes(work: Work): readonly ProductShape[] {
  const { encoderWidth, decoderWidth } = architectureOf(work.preset, "metamae");
  const patches = patchCount(work.setting.input);
  const kept = Math.trunc(patches * (1 - work.setting.maskRatio));
  return [
    [work.batchSize * (1 + kept), encoderWidth, 2 * encoderWidth],
    [work.batchSize * (1 + patches), decoderWidth, 2 * decoderWidth],
    [1024, 1024, 1024],
  ];
}

/** The document that the PyTorch side takes for the same work. */
export function pytorchWork(work: Work): Readonly<Record<string, unknown>> {
  const { setting, method: name, ...rest } = work;
  const { method } = measuredMethod(name);
  const options = { ...metamaeOptions.parse({}), ...optionsOf(work), method };
  return { ...rest, setting: { ...setting.input, ...options } };
}
