/**
 * State dicts at the published sizes against a table of the published implementation's.
 *
 * @module
 */

import type { ParameterSpec } from "../../lib/methods/method.ts";
import { metamae, metamaeOptions } from "../../lib/methods/metamae.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import { countParameters } from "../../lib/train/parameters.ts";
import { architectureOf } from "../../lib/train/presets.ts";
import { elementCount } from "../../lib/util/ndarray.ts";
import { inputOfShape } from "./autoencoder_case.ts";
import type { CaseResult, FixtureCase } from "./fixture_case.ts";
import { createTally, type Tally } from "./tolerance.ts";

/** One entry of a recorded state dict with the range and spread of its initial values. */
interface RecordedEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly trainable: boolean | null;
  readonly min: number;
  readonly max: number;
  /** Absent for scalars. */
  readonly std: number | null;
}

/** A recorded state dict; the layers behind the first of encoder and decoder are left out. */
interface RecordedModel {
  readonly "input_shape": readonly (number | readonly number[])[];
  readonly "patch_size": readonly number[];
  readonly "trainable_total": number;
  readonly "fixed_total": number;
  readonly parameters: readonly RecordedEntry[];
}

/** Runs the case `parameter_table`. */
export function run(fixture: FixtureCase): Promise<CaseResult> {
  const tally = createTally(fixture);
  const models = fixture.document.datasets as Readonly<Record<string, RecordedModel>>;
  for (const [dataset, model] of Object.entries(models)) {
    const input = inputOfShape(model.input_shape, model.patch_size[0]!);
    compareModel(tally, dataset, input, model);
  }
  return Promise.resolve(tally.result());
}

function compareModel(tally: Tally, dataset: string, input: InputSpec, model: RecordedModel): void {
  const options = metamaeOptions.parse({});
  const { parameters } = metamae.build([input], architectureOf("paper", "metamae"), options);
  const { trainable } = countParameters(parameters);
  tally.compare(`${dataset}/trainable_total`, [trainable], [model.trainable_total], "exact");
  // The table counts neither the inner step size nor the projector's buffers as fixed.
  const tables = countParameters(parameters.filter(({ name }) => name.endsWith("pos_embed")));
  tally.compare(`${dataset}/fixed_total`, [tables.fixed + 1], [model.fixed_total], "exact");
  const shown = parameters.filter(({ name }) => !/^(en|de)coder\.[1-9]/.test(name));
  tally.compare(`${dataset}/entries`, [shown.length], [model.parameters.length], "exact");
  model.parameters.forEach((recorded, i) => {
    const spec = shown[i];
    const agrees = spec !== undefined && spec.name === recorded.name &&
      String(spec.shape) === String(recorded.shape) &&
      spec.trainable === (recorded.trainable === true) && startsAlike(spec, recorded);
    tally.compare(`${dataset}/${recorded.name}`, [Number(agrees)], [1], "exact");
  });
}

/**
 * Whether recorded initial values look like draws of an initializer; they are rounded to 5 digits.
 */
function startsAlike({ initializer, shape }: ParameterSpec, recorded: RecordedEntry): boolean {
  const { min, max, std } = recorded;
  const near = (value: number, wanted: number, tolerance = 1e-4) =>
    Math.abs(value - wanted) <= tolerance * Math.abs(wanted);
  const count = elementCount(shape);
  // Four standard errors of the deviation of a sample; it is largest for the normal distribution.
  const spread = 4 / Math.sqrt(2 * count) + 1e-4;
  switch (initializer.kind) {
    case "constant":
      return min === initializer.value && max === initializer.value;
    case "normal":
      return min < 0 && max > 0 && near(std!, initializer.deviation, spread);
    case "uniform": {
      const inside = Math.max(-min, max) <= initializer.bound * (1 + 1e-4);
      return inside && near(std!, initializer.bound / Math.sqrt(3), spread);
    }
    case "fixed": {
      const values = Array.from(initializer.values);
      const mean = values.reduce((sum, x) => sum + x) / count;
      const square = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
      return near(min, values.reduce((a, b) => Math.min(a, b))) &&
        near(max, values.reduce((a, b) => Math.max(a, b))) &&
        near(std!, Math.sqrt(square / count));
    }
  }
}
