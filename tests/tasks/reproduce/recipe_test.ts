import { datasets } from "../../../lib/datasets/registry.ts";
import { methods } from "../../../lib/methods/registry.ts";
import { publishedNumbers, publishedTables } from "../../../lib/report/published.ts";
import type { Recipe } from "../../../tasks/reproduce/recipe.ts";
import { recipes } from "../../../tasks/reproduce/recipes.ts";
import { assert, assertEquals } from "../../assert.ts";
import { recipe } from "./plans.ts";

const published = recipes.filter(({ table }) => table !== "packaged");

Deno.test("recipes make every published score that is not superseded, and no others", () => {
  const made = published.flatMap(({ table, row, columns }) =>
    columns.map(({ method, settings }) => {
      const depth = table === "decoder-ablation" ? settings?.decoderLayers?.value ?? 0 : undefined;
      return [table, row, method, depth];
    })
  );
  const numbers = publishedNumbers
    .filter(({ superseded, method }) => !superseded && method !== "previous-best")
    .map(({ table, row, method, decoderLayers }) => [table, row, method, decoderLayers]);
  const sorted = (rows: readonly (readonly unknown[])[]) =>
    rows.map((row) => JSON.stringify(row)).sort();
  assertEquals(sorted(made), sorted(numbers));
});

Deno.test("recipes name data sets, variants, methods and backbones that are registered", () => {
  assertEquals(unregistered(recipes), []);
});

Deno.test("recipes evaluate what the tables of the report expect", () => {
  for (const { id, rows, protocols } of publishedTables) {
    for (const [i, [first]] of rows.entries()) {
      if (first!.superseded) continue;
      const { pretrain, eval: evaluated, row } = first!;
      const own = published.find((other) => other.table === id && other.row === row)!;
      const { variant, members, beside } = protocols[i]!;
      assertEquals(own.pretrain.dataset, pretrain);
      assertEquals(
        own.evaluate.map(({ dataset }) => dataset),
        members.length > 0 ? members : [evaluated],
      );
      assert(own.evaluate.every((data) => data.variant === variant), `${id} ${row}`);
      const named = (other: object) => "variant" in other ? other.variant : undefined;
      assertEquals((own.beside ?? []).map(named), beside.map(named), `${id} ${row}`);
    }
  }
});

Deno.test("recipes say of every setting where it is stated; only PAMAP2's are published", () => {
  for (const { table, pretrain, columns, likeForLike = [] } of recipes) {
    for (const { method, settings = {} } of [...columns, ...likeForLike]) {
      for (const [name, { basis, source }] of Object.entries(settings)) {
        assert(source.length > 5, name);
        if (method !== "metamae" || table === "packaged") continue;
        const isStated = pretrain.dataset === "pamap2" && name !== "supportRatio";
        assertEquals(!source.startsWith("not published"), isStated, `${pretrain.dataset} ${name}`);
        assertEquals(basis === "published code", isStated, `${pretrain.dataset} ${name}`);
      }
      const own = method === "metamae" ? settings : {};
      if (method !== "metamae") continue;
      const isPamap2 = pretrain.dataset === "pamap2";
      assertEquals(own["maskRatio"]!.value, isPamap2 ? 0.85 : 0.5);
      assertEquals(own["contrastWeight"]!.value, isPamap2 ? 1 : 0.1);
    }
  }
});

Deno.test("recipes take DABS's MAE for MAE and an untrained encoder of DABS for the baseline", () => {
  for (const { table, columns, likeForLike } of published) {
    if (table === "decoder-ablation") continue;
    const backbones = new Map(columns.map(({ method, backbone }) => [method, backbone]));
    assertEquals(backbones.get("scratch"), "dabs");
    if (table === "dabs") continue;
    assertEquals(backbones.get("dabs-mae"), "dabs");
    assertEquals(backbones.get("metamae"), "metamae");
    assertEquals(
      likeForLike!.map(({ method }) => method),
      ["scratch", "emix", "shed", "capri", "dabs-mae", "mae"],
    );
  }
});

Deno.test("names that are not registered are found", () => {
  const odd = recipe({
    pretrain: { ...recipe().pretrain, dataset: "pamap2", variant: "sideways" },
    evaluate: [{ dataset: "nowhere", variant: "metamae", train: 1, test: 1 }],
    columns: [
      { method: "telepathy", backbone: "dabs", protocol: "dabs" },
      { method: "metamae", backbone: "dabs", protocol: "dabs" },
    ],
  });
  assertEquals(unregistered([odd]), [
    'variant "sideways" of "pamap2"',
    'data set "nowhere"',
    'method "telepathy"',
    '"metamae" on "dabs"',
  ]);
});

/** Names of data sets, variants, methods and backbones in recipes that nothing is registered under. */
function unregistered(recipes: readonly Recipe[]): readonly string[] {
  const wrong = new Set<string>();
  for (const { pretrain, evaluate, beside = [], columns, likeForLike = [] } of recipes) {
    const variants = beside.flatMap((other) => "variant" in other ? [other.variant] : []);
    const stores = [
      pretrain,
      ...evaluate,
      ...evaluate.flatMap(({ dataset }) => variants.map((variant) => ({ dataset, variant }))),
    ];
    for (const { dataset, variant } of stores) {
      const found = datasets.get(dataset);
      if (found === undefined) wrong.add(`data set "${dataset}"`);
      else if (!found.variants.some(({ name }) => name === variant)) {
        wrong.add(`variant "${variant}" of "${dataset}"`);
      }
    }
    const alike = likeForLike.map(({ method }) => ({ method, backbone: "metamae" as const }));
    for (const { method, backbone } of [...columns, ...alike]) {
      const found = methods.get(method);
      if (found === undefined) wrong.add(`method "${method}"`);
      else if (!found.backbones.includes(backbone)) wrong.add(`"${method}" on "${backbone}"`);
    }
  }
  return [...wrong];
}
