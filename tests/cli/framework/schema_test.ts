import { z } from "zod";
import { joinedOptions, optionFacts, schemaOptions } from "../../../cli/framework/schema.ts";
import { assertEquals, assertFalse, assertStringIncludes, assertThrows } from "../../assert.ts";

const plain = {
  id: "plain",
  options: z.strictObject({
    maskRatio: z.number().min(0).max(0.9).default(0.5).describe("Share of masked tokens"),
    layers: z.number().int().nonnegative().default(4).describe("Layers"),
  }),
};
const fancy = {
  id: "fancy",
  options: z.strictObject({
    maskRatio: z.number().min(0.1).max(1).default(0.15).describe("Share of masked tokens"),
    innerLr: z.number().positive().default(0.5).describe("Step size"),
    firstOrder: z.boolean().default(false).describe("First order only"),
    norm: z.enum(["l1", "l2"]).default("l2").describe("Norm"),
  }),
};

Deno.test("optionFacts reads names, types, ranges and defaults from a schema", () => {
  const [ratio, lr, order, norm] = optionFacts(fancy.options);
  assertEquals(ratio, {
    name: "maskRatio",
    description: "Share of masked tokens",
    fallback: 0.15,
    type: "number",
    choices: undefined,
    minimum: { value: 0.1, open: false },
    maximum: { value: 1, open: false },
  });
  assertEquals(lr!.minimum, { value: 0, open: true });
  assertEquals(order!.type, "boolean");
  assertEquals(norm!.choices, ["l1", "l2"]);
  assertEquals(optionFacts(plain.options)[1]!.maximum, undefined);
});

Deno.test("joinedOptions joins the options of all methods and shows differing defaults", () => {
  const table = joinedOptions([plain, fancy]);
  assertEquals(Object.keys(table), ["maskRatio", "layers", "innerLr", "firstOrder", "norm"]);
  assertEquals(table.maskRatio!.shown, "0.5 plain; 0.15 fancy");
  assertEquals(table.layers!.shown, "4");
  assertEquals(table.firstOrder!.form, "toggle");
  assertEquals(table.layers!.description, "Layers (plain)");
});

Deno.test("joinedOptions sets no defaults, so that each method applies its own", () => {
  for (const spec of Object.values(joinedOptions([plain, fancy]))) {
    assertEquals([spec.presence, spec.fallback], ["optional", undefined]);
  }
});

Deno.test("joinedOptions takes the widest range of all methods", () => {
  const { parser } = joinedOptions([plain, fancy]).maskRatio!;
  assertEquals(parser.parse("0").success, true);
  assertEquals(parser.parse("1").success, true);
  assertFalse(parser.parse("1.1").success);
});

Deno.test("joinedOptions takes any text where a schema lists no choices", () => {
  const owner = { id: "own", options: z.strictObject({ pattern: z.string().optional() }) };
  const { parser, form } = joinedOptions([owner]).pattern!;
  assertEquals([parser.parse("^(\\d)_"), form], [{ success: true, value: "^(\\d)_" }, "value"]);
});

Deno.test("joinedOptions tells what each owner says, whichever comes first", () => {
  const columns = {
    id: "csv",
    options: z.strictObject({
      label: z.enum(["x", "y"]).optional().describe("Column of the labels"),
      size: z.number().int().optional().describe("Size"),
    }),
  };
  const arrays = {
    id: "npy",
    options: z.strictObject({
      label: z.enum(["y", "z"]).optional().describe("Array of the labels"),
      size: z.number().optional().describe("Size"),
    }),
  };
  for (const owners of [[columns, arrays], [arrays, columns]]) {
    const { label, size } = joinedOptions(owners);
    assertStringIncludes(label!.description, "Column of the labels (csv)");
    assertStringIncludes(label!.description, "Array of the labels (npy)");
    assertEquals(label!.parser.choices?.toSorted(), ["x", "y", "z"]);
    assertEquals(size!.parser.parse("0.5").success, true);
  }
});

Deno.test("joinedOptions refuses one name for two types", () => {
  const text = { id: "b", options: z.strictObject({ layers: z.string().optional() }) };
  assertThrows(() => joinedOptions([plain, text]), TypeError, '"layers"');
});

Deno.test("schemaOptions knows what is required, defaulted, optional, a switch and a list", () => {
  const table = schemaOptions(z.strictObject({
    data: z.string().meta({ metavar: "STORE", path: "any" }),
    seed: z.number().int().default(3),
    limit: z.number().int().optional().meta({ shown: "the store's" }),
    steps: z.number().int().optional().meta({ fallback: 10 }),
    force: z.boolean().default(false),
    format: z.array(z.enum(["md", "csv"])).default(["md", "csv"]),
  }));
  assertEquals(
    Object.values(table).map(({ presence, fallback, form, shown }) =>
      [presence, fallback, form, shown] as const
    ),
    [
      ["required", undefined, "value", ""],
      ["defaulted", 3, "value", "3"],
      ["optional", undefined, "value", "the store's"],
      ["optional", undefined, "value", "10"],
      ["defaulted", false, "toggle", ""],
      ["defaulted", ["md", "csv"], "list", "md,csv"],
    ],
  );
});
