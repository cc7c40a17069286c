import { UsageError } from "../../../lib/util/errors.ts";
import { planGrid } from "../../../tasks/reproduce/plan.ts";
import { recipes as all } from "../../../tasks/reproduce/recipes.ts";
import type { PretrainSettings } from "../../../tasks/reproduce/stage.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { crossRecipe, recipe } from "./plans.ts";

const kinds = (plan: ReturnType<typeof planGrid>) => {
  const counts: Record<string, number> = {};
  for (const { settings: { kind } } of plan.stages.values()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};
const runOf = (plan: ReturnType<typeof planGrid>, method: string) =>
  [...plan.stages.values()].map(({ settings }) => settings).find((settings) =>
    settings.kind === "pretrain" && settings.method === method
  ) as PretrainSettings;

Deno.test("planGrid() puts shared stages in once", () => {
  const plan = planGrid([recipe(), crossRecipe()], { scale: "paper", seeds: 2 });
  // Three stores: alpha, and beta as published and clean. Two runs a seed, evaluated on all three.
  assertEquals(kinds(plan), { tokenize: 3, pretrain: 4, adapt: 12, probe: 18 });
  assertEquals(plan.cells.length, 12);
});

Deno.test("planGrid() lets every stage stand behind those that it builds on", () => {
  for (const scale of ["paper", "smoke"] as const) {
    const { stages, cells } = planGrid(all, { scale });
    const seen = new Set<string>();
    for (const { id, after } of stages.values()) {
      for (const other of after) assert(seen.has(other), `${id} before ${other}`);
      seen.add(id);
    }
    for (const cell of cells) for (const id of cell.stages) assert(seen.has(id), id);
  }
});

Deno.test("planGrid() gives the same plan again, and another for other options", () => {
  const ids = (seeds: number) => [...planGrid(all, { scale: "smoke", seeds }).stages.keys()];
  const two = ids(2);
  assertEquals(ids(2), two);
  const known = new Set(two);
  assert(ids(1).every((id) => known.has(id)), "a further seed keeps the stages of the first");
});

Deno.test("planGrid() trains as the recipe says at the scale of the paper", () => {
  const plan = planGrid([recipe()], { scale: "paper", seeds: 1 });
  const { preset, steps, batchSize, learningRate, methodOptions, decoderLayers, dropout, compile } =
    runOf(plan, "metamae");
  assertEquals([preset, steps, batchSize, learningRate], ["paper", 100_000, 256, 1e-4]);
  assertEquals(methodOptions, { maskRatio: 0.85 });
  assertEquals([decoderLayers, dropout, compile], [4, 0.1, "auto"]);
  assertEquals(runOf(plan, "scratch").steps, 0, "an untrained encoder takes no steps");
});

Deno.test("planGrid() shrinks runs at the smaller scales, whose presets have own decoders", () => {
  const smoke = runOf(planGrid([recipe()], { scale: "smoke" }), "metamae");
  assertEquals([smoke.preset, smoke.steps, smoke.decoderLayers], ["tiny", 2, undefined]);
  assertEquals(smoke.compile, "off");
  const small = runOf(planGrid([recipe()], { scale: "small" }), "metamae");
  assertEquals([small.preset, small.steps, small.batchSize], ["small", 1000, 64]);
  const ablation = planGrid(all, { scale: "smoke", table: "decoder-ablation", seeds: 1 });
  const depths = [...ablation.stages.values()].flatMap(({ settings }) =>
    settings.kind === "pretrain" && settings.method === "mae" ? [settings.decoderLayers] : []
  );
  assertEquals([...new Set(depths)], [2, 4, 6], "the table that varies the depth keeps it");
});

Deno.test("planGrid() measures by DABS's protocol beside the linear probe on DABS's backbone", () => {
  const { cells } = planGrid([recipe()], { scale: "smoke", seeds: 1 });
  const names = (method: string) =>
    cells.find((cell) => cell.method === method)!.stages.map((id) =>
      /-(linear|dabs)-[0-9a-f]+$/.exec(id)![1]
    );
  assertEquals(names("scratch"), ["linear", "dabs"]);
  assertEquals(names("metamae"), ["linear"]);
});

Deno.test("planGrid() keeps pictures of one run of MetaMAE on each data set", () => {
  const { stages } = planGrid(all, { scale: "smoke" });
  const pictured = [...stages.values()].filter(({ settings }) =>
    settings.kind === "adapt" && settings.gallery > 0
  ).map(({ name }) => name.split("/")[1]);
  assertEquals(pictured.length, new Set(pictured).size);
  assert(pictured.length >= 9, "every modality");
});

Deno.test("planGrid() takes the tables, data sets and methods that are asked for", () => {
  const cells = (options: object) => planGrid(all, { scale: "paper", seeds: 1, ...options }).cells;
  assertEquals(new Set(cells({ table: "dabs" }).map(({ table }) => table)), new Set(["dabs"]));
  const higgs = cells({ datasets: ["higgs"], methods: ["metamae", "mae"] });
  assertEquals(higgs.map(({ method, likeForLike }) => [method, likeForLike]), [
    ["metamae", false],
    ["mae", true],
  ]);
  const glue = cells({ datasets: ["glue-cola"], methods: ["scratch"] });
  assertEquals(glue.length, 10, "a row that is a mean comes whole");
  assertEquals(cells({ table: "packaged" }).length > 0, true);
  assertEquals(cells({}).some(({ table }) => table === "packaged"), false);
});

Deno.test("planGrid() covers every published row and method at every scale", () => {
  for (const scale of ["paper", "small", "smoke"] as const) {
    const { cells } = planGrid(all, { scale, seeds: 1 });
    const covered = new Set(cells.map(({ table, row, method }) => [table, row, method].join()));
    for (const { table, row, columns } of all) {
      if (table === "packaged" && scale === "paper") continue;
      for (const { method } of columns) assert(covered.has([table, row, method].join()));
    }
  }
});

Deno.test("planGrid() refuses unknown names and lists the valid ones", () => {
  const plan = (options: object) => () => planGrid(all, { scale: "paper", ...options });
  assertThrows(plan({ table: "in-domian" }), UsageError, "the valid names are in-domain");
  assertThrows(plan({ datasets: ["pamap"] }), UsageError, 'Unknown evaluated data set "pamap"');
  assertThrows(plan({ methods: ["emixx"] }), UsageError, "emix");
});
