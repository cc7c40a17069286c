/**
 * Cutting a plan into job arrays of Slurm.
 *
 * One array makes the stores, one a store holds the runs on it, and one a pair of store and
 * evaluated store holds the evaluations: features and all probes of a run in one element. An
 * element of the last kind waits for the element of the same number among the runs (`aftercorr`,
 * which is `afterok` element by element), so that a run that fails keeps up its own evaluations
 * only.
 *
 * @module
 */

import type { GridPlan } from "./plan.ts";
import type { Stage } from "./stage.ts";

/** One element of an array. */
export interface ArrayElement {
  readonly index: number;
  /** Name of its log. */
  readonly name: string;
  /** Ids of its stages, in order. */
  readonly stages: readonly string[];
}

/**
 * What an array waits for: an element of an array before it, or the element of the same number in
 * it.
 */
export interface ArrayDependency {
  /** Position of the other array. */
  readonly array: number;
  /** Number of the element; undefined for the element of the same number. */
  readonly index: number | undefined;
}

/** A job array. */
export interface JobArray {
  readonly kind: "tokenize" | "pretrain" | "evaluate";
  readonly elements: readonly ArrayElement[];
  readonly after: readonly ArrayDependency[];
}

/**
 * What is to be submitted of a stage: nothing if it is done, or if raw files that it needs are
 * missing.
 */
export type Submittable = "done" | "impossible" | "open";

/**
 * The job arrays that do what is left of a plan; each stands behind those that it waits for.
 *
 * @param stateOf How it stands with a stage; what builds on an impossible one is impossible too.
 */
export function planArrays(
  plan: GridPlan,
  stateOf: (id: string) => Submittable,
): readonly JobArray[] {
  const arrays: JobArray[] = [];
  const isDone = (id: string) => stateOf(id) === "done";
  const open = [...plan.stages.values()].filter(({ id }) => stateOf(id) === "open");
  const element = (index: number, stages: readonly Stage[]): ArrayElement => ({
    index,
    name: stages[0]!.id,
    stages: stages.map(({ id }) => id),
  });

  const stores = open.filter(({ settings }) => settings.kind === "tokenize");
  const storeElements = stores.map((stage, i) => element(i, [stage]));
  if (stores.length > 0) arrays.push({ kind: "tokenize", elements: storeElements, after: [] });
  /** A store that is made in this submission. */
  const afterStore = (id: string): readonly ArrayDependency[] => {
    const index = stores.findIndex((stage) => stage.id === id);
    return index < 0 ? [] : [{ array: 0, index }];
  };

  const runArrays = new Map<string, number>();
  const runNumbers = numberRuns(plan);
  const openRuns = open.filter(({ settings }) => settings.kind === "pretrain");
  for (const [store, runs] of Map.groupBy(openRuns, ({ after }) => after[0]!)) {
    runArrays.set(store, arrays.length);
    const elements = runs.map((run) => element(runNumbers.get(run.id)!, [run]));
    arrays.push({ kind: "pretrain", elements, after: afterStore(store) });
  }

  const evaluations = open.filter(({ settings }) =>
    settings.kind === "adapt" || settings.kind === "probe"
  );
  const byPair = Map.groupBy(evaluations, (stage) => pairOf(plan, stage).join("\n"));
  const byArray = Map.groupBy(byPair.values(), ([first]) => {
    const [run, data] = pairOf(plan, first!);
    return [plan.stages.get(run)!.after[0], data, isDone(run)].join("\n");
  });
  for (const pairs of byArray.values()) {
    const [run, data] = pairOf(plan, pairs[0]![0]!);
    const runs = isDone(run) ? undefined : runArrays.get(plan.stages.get(run)!.after[0]!)!;
    arrays.push({
      kind: "evaluate",
      elements: pairs.map((stages) =>
        element(runNumbers.get(pairOf(plan, stages[0]!)[0])!, stages)
      ),
      after: [
        ...(runs === undefined ? [] : [{ array: runs, index: undefined }]),
        ...afterStore(data),
      ],
    });
  }
  return arrays;
}

/** Numbers of a list as Slurm writes them: `0-2,5`. */
export function formatIndices(indices: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const index of indices.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && index === last[1] + 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => first === last ? `${first}` : `${first}-${last}`).join(",");
}

/** Numbers of the runs among those on the same store, whether they are done or not. */
function numberRuns({ stages }: GridPlan): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const numbers = new Map<string, number>();
  for (const { id, settings, after } of stages.values()) {
    if (settings.kind !== "pretrain") continue;
    const count = counts.get(after[0]!) ?? 0;
    numbers.set(id, count);
    counts.set(after[0]!, count + 1);
  }
  return numbers;
}

/** The run and the store that an evaluation is about. */
function pairOf({ stages }: GridPlan, { settings, after }: Stage): readonly [string, string] {
  const isOnFeatures = settings.kind === "probe" && settings.protocol !== "dabs";
  const [run, data] = isOnFeatures ? stages.get(after[0]!)!.after : after;
  return [run!, data!];
}
