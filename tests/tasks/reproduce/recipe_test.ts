import { datasets } from "../../../lib/datasets/registry.ts";
import { methods } from "../../../lib/methods/registry.ts";
import { publishedNumbers, publishedTables } from "../../../lib/report/published.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { checkRegistry } from "../../../tasks/reproduce/check_registry.ts";
import { loadRecipes, tableNames } from "../../../tasks/reproduce/recipe.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";
import { recipe } from "./plans.ts";

const recipes = await loadRecipes();
const published = recipes.filter(({ table }) => table !== "packaged");

Deno.test("recipes hold every published score that is not superseded, with its source", () => {
  const expected = published.flatMap(({ table, row, columns }) =>
    columns.map(({ method, settings, expected }) => {
      const depth = table === "decoder-ablation" ? settings?.decoderLayers?.value ?? 0 : undefined;
      const { score, printed, source } = expected!;
      return [table, row, method, depth, score, printed, source.split(" (")[0]];
    })
  );
  const numbers = publishedNumbers.filter(({ superseded, method }) =>
    !superseded && method !== "previous-best"
  ).map((
    { table, row, method, decoderLayers, value, printed, source },
  ) => [table, row, method, decoderLayers, value, printed, source.split(" (")[0]]);
  const sorted = (rows: readonly (readonly unknown[])[]) =>
    rows.map((row) => JSON.stringify(row)).sort();
  assertEquals(sorted(expected), sorted(numbers));
});

Deno.test("recipes name data sets, variants, methods and backbones that are registered", () => {
  checkRegistry(recipes, { datasets, methods });
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
      for (const [name, { source }] of Object.entries(settings)) {
        assert(source.length > 5, name);
        if (method !== "metamae" || table === "packaged") continue;
        const isStated = pretrain.dataset === "pamap2" && name !== "supportRatio";
        assertEquals(!source.startsWith("not published"), isStated, `${pretrain.dataset} ${name}`);
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

Deno.test("recipes know the hours of every published run", () => {
  for (const { columns, likeForLike = [] } of published) {
    for (const { method, hours } of [...columns, ...likeForLike]) {
      assertEquals(hours === 0, method === "scratch");
      assert(hours !== undefined && hours < 1000);
    }
  }
});

Deno.test("loadRecipes() refuses a recipe with an unknown field, and names the file", async () => {
  const folder = await makeTempDir();
  for (const table of tableNames) await Deno.mkdir(`${folder}/${table}`);
  const odd = { ...recipe(), colour: "red" };
  await Deno.writeTextFile(`${folder}/in-domain/alpha.json`, JSON.stringify(odd));
  await assertRejects(() => loadRecipes(folder), DataError, "in-domain/alpha.json");
});

Deno.test("checkRegistry() lists every name that is not registered", () => {
  const odd = recipe({
    pretrain: { ...recipe().pretrain, dataset: "pamap2", variant: "sideways" },
    evaluate: [{ dataset: "nowhere", variant: "metamae", train: 1, test: 1 }],
    columns: [
      { method: "telepathy", backbone: "dabs", protocol: "dabs" },
      { method: "metamae", backbone: "dabs", protocol: "dabs" },
    ],
  });
  assertThrows(
    () => checkRegistry([odd], { datasets, methods }),
    Error,
    'variant "sideways" of "pamap2", data set "nowhere", method "telepathy", "metamae" on "dabs"',
  );
});
