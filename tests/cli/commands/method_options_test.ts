import { z } from "zod";
import { methodOptions, methodOptionTable } from "../../../cli/commands/method_options.ts";
import { assertEquals, assertFalse } from "../../assert.ts";

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

Deno.test("methodOptions reads names, types, ranges and defaults from a schema", () => {
  const [ratio, lr, order, norm] = methodOptions(fancy);
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
  assertEquals(methodOptions(plain)[1]!.maximum, undefined);
});

Deno.test("methodOptionTable joins the options of all methods and shows differing defaults", () => {
  const table = methodOptionTable([plain, fancy]);
  assertEquals(Object.keys(table), ["maskRatio", "layers", "innerLr", "firstOrder", "norm"]);
  assertEquals(table.maskRatio!.shownDefault, "0.5 plain; 0.15 fancy");
  assertEquals(table.layers!.shownDefault, "4");
  assertEquals(table.firstOrder!.form, "toggle");
  assertEquals(table.layers!.description, "Layers (plain)");
});

Deno.test("methodOptionTable sets no defaults, so that each method applies its own", () => {
  for (const spec of Object.values(methodOptionTable([plain, fancy]))) {
    assertEquals([spec.presence, spec.fallback], ["optional", undefined]);
  }
});

Deno.test("methodOptionTable takes the widest range of all methods", () => {
  const { parser } = methodOptionTable([plain, fancy]).maskRatio!;
  assertEquals(parser.parse("0").success, true);
  assertEquals(parser.parse("1").success, true);
  assertFalse(parser.parse("1.1").success);
});

Deno.test("methodOptionTable takes any text where a schema lists no choices", () => {
  const owner = { id: "own", options: z.strictObject({ pattern: z.string().optional() }) };
  const { parser, form } = methodOptionTable([owner]).pattern!;
  assertEquals([parser.parse("^(\\d)_"), form], [{ success: true, value: "^(\\d)_" }, "value"]);
});
