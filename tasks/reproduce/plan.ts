/**
 * From recipes to the graph of stages that makes their tables: a pure function.
 *
 * Stages that several cells share are in the graph once. Seeds are the outermost loop, so that all
 * tables fill up evenly.
 *
 * @module
 */

import type { CompileMode } from "../../lib/engine/mod.ts";
import { type BackboneName, methods } from "../../lib/methods/mod.ts";
import { lookUp } from "../../lib/util/mod.ts";
import { type Protocol, type Recipe, type RecipeColumn, tableNames } from "./recipe.ts";
import { type Scale, type ScaleName, scales } from "./scale.ts";
import { defineStage, type PretrainSettings, type ProbeSettings, type Stage } from "./stage.ts";

/** What to plan; everything may be left out. */
export interface GridOptions {
  /** Tables by name, or `all`. */
  readonly table?: string | undefined;
  /** Evaluated data sets; all if it is empty. */
  readonly datasets?: readonly string[] | undefined;
  /** Methods; all if it is empty. */
  readonly methods?: readonly string[] | undefined;
  readonly seeds?: number | undefined;
  readonly scale: ScaleName;
  /** Replaces what the scale says. */
  readonly compile?: CompileMode | undefined;
}

/** One score: a method on a data set, for one seed. */
export interface GridCell {
  readonly table: string;
  readonly row: string;
  /** What was pretrained on. */
  readonly pretrain: string;
  readonly dataset: string;
  readonly variant: string;
  readonly method: string;
  readonly backbone: BackboneName;
  readonly decoderLayers?: number;
  readonly seed: number;
  /** Whether all methods run on one backbone here, instead of those of the published table. */
  readonly likeForLike: boolean;
  /** Stages whose records hold the scores; the last one that of the published protocol. */
  readonly stages: readonly string[];
}

/** The graph. */
export interface GridPlan {
  readonly scale: ScaleName;
  /** Stages by id; each stands behind those it builds on. */
  readonly stages: ReadonlyMap<string, Stage>;
  readonly cells: readonly GridCell[];
}

/** Samples whose reconstructions a report shows. */
const gallerySamples = 3;

/** Tables that are worth their time at a scale only if they are asked for by name. */
const onlyOnRequest: Readonly<Record<ScaleName, readonly string[]>> = {
  paper: ["packaged"],
  small: [],
  smoke: [],
};

/**
 * Plans the grid.
 *
 * @throws {UsageError} If a table, data set or method is named that no recipe has.
 */
export function planGrid(recipes: readonly Recipe[], options: GridOptions): GridPlan {
  const { scale: name } = options;
  const scale = { ...scales[name], ...(options.compile ? { compile: options.compile } : {}) };
  const chosen = chooseRecipes(recipes, options);
  const stages = new Map<string, Stage>();
  const add: AddStage = (stage) => {
    stages.set(stage.id, stages.get(stage.id) ?? stage);
    return stage;
  };
  const cells: GridCell[] = [];
  const pictured = new Set<string>();
  for (let seed = 0; seed < (options.seeds ?? scale.seeds); seed++) {
    for (const recipe of chosen) {
      for (const entry of entriesOf(recipe, options.methods ?? [])) {
        // Pictures of one run on each data set are enough, on the first row of it.
        const { dataset } = recipe.pretrain;
        const isPictured = seed === 0 && entry.column.isPictured === true &&
          !pictured.has(dataset);
        if (isPictured) pictured.add(dataset);
        cells.push(...cellsOf(recipe, entry, { seed, isPictured }, scale, add));
      }
    }
  }
  return { scale: name, stages, cells };
}

/** The recipes that the options name. */
function chooseRecipes(recipes: readonly Recipe[], options: GridOptions): readonly Recipe[] {
  const { table = "all", datasets = [], methods = [] } = options;
  lookUp("table", table, new Map([...tableNames, "all"].map((name) => [name, name])));
  const known = new Map(recipes.flatMap((recipe) => datasetNames(recipe).map((id) => [id, id])));
  for (const id of datasets) lookUp("evaluated data set", id, known);
  const columns = recipes.flatMap((recipe) => entriesOf(recipe, []));
  const knownMethods = new Map(columns.map(({ column: { method } }) => [method, method]));
  for (const id of methods) lookUp("method of the tables", id, knownMethods);
  return recipes.filter((recipe) =>
    (table === "all"
      ? !onlyOnRequest[options.scale].includes(recipe.table)
      : table === recipe.table) &&
    (datasets.length === 0 || datasetNames(recipe).some((id) => datasets.includes(id)))
  );
}

function datasetNames({ evaluate }: Recipe): readonly string[] {
  return evaluate.map(({ dataset }) => dataset);
}

/** A column of a recipe together with the table that it is for. */
interface Entry {
  readonly column: Omit<RecipeColumn, "backbone" | "protocol">;
  readonly backbone: BackboneName;
  readonly protocol: Protocol;
  readonly likeForLike: boolean;
}

function entriesOf({ columns, likeForLike = [] }: Recipe, methods: readonly string[]): Entry[] {
  const own = columns.map((column): Entry => {
    const { backbone, protocol } = column;
    return { column, backbone, protocol, likeForLike: false };
  });
  const compared = likeForLike.map((column): Entry => ({
    column,
    backbone: "metamae",
    protocol: "metamae",
    likeForLike: true,
  }));
  return [...own, ...compared].filter(({ column }) =>
    methods.length === 0 || methods.includes(column.method)
  );
}

type AddStage = (stage: Stage) => Stage;

function cellsOf(
  recipe: Recipe,
  entry: Entry,
  { seed, isPictured }: { readonly seed: number; readonly isPictured: boolean },
  scale: Scale,
  add: AddStage,
): GridCell[] {
  const { pretrain, evaluate, beside = [] } = recipe;
  const { column, backbone, protocol, likeForLike } = entry;
  const settings = pretrainSettings(recipe, entry, seed, scale);
  const { decoderLayers, compile } = settings;
  const store = add(storeStage(pretrain.dataset, pretrain.variant, scale));
  const depth = decoderLayers === undefined ? "" : `-decoder-${decoderLayers}`;
  const place = `${pretrain.dataset}-${pretrain.variant}`;
  const who = `${column.method}-on-${backbone}${depth}-seed-${seed}`;
  const run = add(defineStage(`runs/${place}/${who}`, settings, [store]));
  const variants = beside.flatMap((other) => "variant" in other ? [other.variant] : []);
  const targets = evaluate.flatMap(({ dataset, variant }) =>
    [variant, ...variants].map((variant) => ({ dataset, variant }))
  );
  return targets.map(({ dataset, variant }): GridCell => {
    const data = add(storeStage(dataset, variant, scale));
    const what = `${place}/${dataset}-${variant}/${who}`;
    const gallery = isPictured && variant === evaluate[0]!.variant ? gallerySamples : 0;
    const features = add(
      defineStage(`features/${what}`, { kind: "adapt", gallery, compile }, [run, data]),
    );
    const { epochs = { metamae: recipe.epochs.value, dabs: recipe.epochs.value } } = scale;
    const probe = (protocol: Protocol): ProbeSettings => ({
      kind: "probe",
      protocol,
      probes: protocol === "dabs" ? "linear" : scale.probes,
      epochs: epochs[protocol],
      seed,
      compile,
    });
    const linear = add(defineStage(`results/${what}-linear`, probe("metamae"), [features]));
    const own = protocol === "metamae"
      ? []
      : [add(defineStage(`results/${what}-dabs`, probe("dabs"), [run, data]))];
    return {
      table: recipe.table,
      row: recipe.row,
      pretrain: pretrain.dataset,
      dataset,
      variant,
      method: column.method,
      backbone,
      ...(decoderLayers === undefined ? {} : { decoderLayers }),
      seed,
      likeForLike,
      stages: [linear, ...own].map(({ id }) => id),
    };
  });
}

function storeStage(dataset: string, variant: string, { limit }: Scale): Stage {
  return defineStage(`stores/${dataset}-${variant}`, {
    ...{ kind: "tokenize", dataset, variant },
    ...(limit === undefined ? {} : { limit }),
  }, []);
}

function pretrainSettings(
  { table, pretrain }: Recipe,
  { column, backbone }: Entry,
  seed: number,
  scale: Scale,
): PretrainSettings {
  const { decoderLayers, dropout, ...own } = column.settings ?? {};
  // The smaller presets have decoders of their own; only the table that varies the depth overrides
  // them.
  const keepsDepth = scale.preset === "paper" || table === "decoder-ablation";
  const chosenDropout = scale.dropout ?? dropout?.value;
  const isTrained = methods.get(column.method)?.trainable ?? true;
  return {
    kind: "pretrain",
    method: column.method,
    backbone,
    preset: scale.preset,
    ...(decoderLayers === undefined || !keepsDepth ? {} : { decoderLayers: decoderLayers.value }),
    ...(chosenDropout === undefined ? {} : { dropout: chosenDropout }),
    methodOptions: Object.fromEntries(
      Object.entries(own).map(([name, { value }]) => [name, value]),
    ),
    // An untrained encoder takes no steps, whatever the others take.
    steps: isTrained ? scale.steps ?? pretrain.steps.value : 0,
    batchSize: Math.min(pretrain.batchSize.value, scale.batchSize ?? Infinity),
    smallBatches: scale.smallBatches,
    learningRate: scale.learningRate ?? pretrain.learningRate.value,
    weightDecay: pretrain.weightDecay.value,
    seed,
    compile: scale.compile,
  };
}
