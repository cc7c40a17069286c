import { planGrid } from "../../../tasks/reproduce/plan.ts";
import { recipes } from "../../../tasks/reproduce/recipes.ts";
import {
  formatIndices,
  planArrays,
  type Submittable,
} from "../../../tasks/reproduce/slurm_arrays.ts";
import { assert, assertEquals } from "../../assert.ts";
import { crossRecipe, recipe } from "./plans.ts";

const plan = planGrid([recipe(), crossRecipe()], { scale: "paper", seeds: 2 });
const stages = [...plan.stages.values()];
const ofKind = (kind: string) => stages.filter(({ settings }) => settings.kind === kind);
const states = (done: ReadonlySet<string>) => (id: string): Submittable =>
  done.has(id) ? "done" : "open";

Deno.test("planArrays() puts every stage that is left into one element, in order", () => {
  const whole = planGrid(recipes, { scale: "smoke" });
  for (const done of [new Set<string>(), new Set([...whole.stages.keys()].slice(0, 700))]) {
    const arrays = planArrays(whole, states(done));
    const placed = arrays.flatMap(({ elements }) => elements.flatMap(({ stages }) => stages));
    assertEquals(placed.length, new Set(placed).size);
    assertEquals(placed.length + done.size, whole.stages.size);
    // What a stage builds on is done, stands before it in its element, or is waited for.
    for (const { elements, after } of arrays) {
      assertEquals(new Set(elements.map(({ index }) => index)).size, elements.length);
      for (const { index, stages } of elements) {
        const awaited = after.flatMap(({ array, index: fixed }) =>
          arrays[array]!.elements.filter((other) => other.index === (fixed ?? index))
            .flatMap(({ stages }) => stages)
        );
        for (const [i, id] of stages.entries()) {
          for (const other of whole.stages.get(id)!.after) {
            const before = stages.slice(0, i);
            assert([...done, ...before, ...awaited].includes(other), `${id} needs ${other}`);
          }
        }
      }
    }
  }
});

Deno.test("planArrays() lets an evaluation wait for its own run and its own store only", () => {
  const arrays = planArrays(plan, states(new Set()));
  assertEquals(arrays.map(({ kind, elements }) => [kind, elements.length]), [
    ["tokenize", 3],
    ["pretrain", 4],
    ["evaluate", 4],
    ["evaluate", 4],
    ["evaluate", 4],
  ]);
  assertEquals(arrays[1]!.after, [{ array: 0, index: 0 }]);
  assertEquals(arrays.slice(2).map(({ after }) => after), [
    [{ array: 1, index: undefined }, { array: 0, index: 0 }],
    [{ array: 1, index: undefined }, { array: 0, index: 1 }],
    [{ array: 1, index: undefined }, { array: 0, index: 2 }],
  ]);
});

Deno.test("planArrays() submits what is left, and waits for nothing that is done", () => {
  const [firstRun, ...otherRuns] = ofKind("pretrain");
  const done = new Set([...ofKind("tokenize"), firstRun!].map(({ id }) => id));
  const arrays = planArrays(plan, states(done));
  assertEquals(arrays[0]!.elements.map(({ index }) => index), otherRuns.map((_, i) => i + 1));
  assertEquals(arrays[0]!.after, []);
  const free = arrays.filter(({ kind, after }) => kind === "evaluate" && after.length === 0);
  assertEquals(free.map(({ elements }) => elements.map(({ index }) => index)), [[0], [0], [0]]);
  assertEquals(planArrays(plan, states(new Set(plan.stages.keys()))), []);
});

Deno.test("planArrays() leaves out what lacks raw files", () => {
  const [, beta] = ofKind("tokenize");
  const lacks = (id: string): boolean =>
    id === beta!.id || plan.stages.get(id)!.after.some((other) => lacks(other));
  const arrays = planArrays(plan, (id) => lacks(id) ? "impossible" : "open");
  const placed = arrays.flatMap(({ elements }) => elements.flatMap(({ stages }) => stages));
  assert(placed.every((id) => !lacks(id)));
  assertEquals(placed.length, stages.filter(({ id }) => !lacks(id)).length);
});

Deno.test("formatIndices() writes ranges", () => {
  assertEquals(formatIndices([0]), "0");
  assertEquals(formatIndices([5, 0, 1, 2, 7, 8]), "0-2,5,7-8");
});
