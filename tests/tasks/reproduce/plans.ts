/** Small recipes and plans for the tests of the grid. */

import { type GridOptions, planGrid } from "../../../tasks/reproduce/plan.ts";
import type { Recipe, Setting } from "../../../tasks/reproduce/recipe.ts";
import { createWorkspace } from "../../../tasks/reproduce/workspace.ts";
import type { Grid } from "../../../tasks/reproduce/resolve_stage.ts";
import type { Dataset } from "../../../lib/datasets/conversion/dataset.ts";
import { makeTempDir } from "../../temporary.ts";

const setting = (value: number): Setting => ({
  value,
  basis: "own choice",
  source: "a source",
});

/** A row on made-up data sets; with `beside` a clean variant stands beside the published one. */
export function recipe(parts: Partial<Recipe> = {}): Recipe {
  return {
    table: "in-domain",
    row: "Alpha",
    metric: "accuracy",
    pretrain: {
      dataset: "alpha",
      variant: "metamae",
      samples: 1000,
      steps: setting(100_000),
      batchSize: setting(256),
      learningRate: setting(1e-4),
      weightDecay: setting(1e-4),
    },
    evaluate: [{ dataset: "alpha", variant: "metamae", train: 90, test: 10 }],
    epochs: setting(100),
    columns: [
      { method: "scratch", backbone: "dabs", protocol: "dabs" },
      {
        method: "metamae",
        backbone: "metamae",
        protocol: "metamae",
        settings: { maskRatio: setting(0.85), decoderLayers: setting(4), dropout: setting(0.1) },
        isPictured: true,
      },
    ],
    ...parts,
  };
}

/** The row of another data set after pretraining on the first one. */
export function crossRecipe(): Recipe {
  return recipe({
    table: "cross-domain",
    row: "Beta",
    evaluate: [{ dataset: "beta", variant: "reference", train: 50, test: 5 }],
    beside: [{ variant: "clean", reason: "the published split leaks" }],
  });
}

/** A data set of little images, with or without raw files. */
export function dataset(id: string, files: Dataset["files"] = []): Dataset {
  return {
    id,
    title: id,
    domain: "made up",
    role: "both",
    summary: "Made up",
    licence: "none",
    homepage: "https://example.org",
    citation: "none",
    files,
    variants: ["metamae", "reference", "clean"].map((name) => ({
      name,
      difference: "none",
      shape: {
        inputs: [{ kind: "image", channels: 1, height: 8, width: 8, patch: 4 }],
        task: { kind: "single-label", classes: 3, metric: "accuracy" },
        defaults: { batchSize: 4 },
      },
    })),
    convert: () => Promise.reject(new Error("not in this test")),
  };
}

/** A grid over both rows in a new folder; nothing of it has been run. */
export async function smallGrid(
  options: Partial<GridOptions> = {},
  raw?: string,
): Promise<Grid> {
  const plan = planGrid([recipe(), crossRecipe()], { scale: "paper", seeds: 1, ...options });
  const files = raw === undefined ? [] : [{ path: "data.bin", how: "Ask its authors for it" }];
  return {
    plan,
    workspace: createWorkspace(await makeTempDir()),
    raw,
    backend: "wasm",
    code: { metamae: "1.0.0", wasm: "4.0.0" },
    datasets: new Map(["alpha", "beta"].map((id) => [id, dataset(id, files)])),
  };
}
