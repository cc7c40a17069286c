import { z } from "zod";
import { schemaOptions } from "../../../cli/framework/schema.ts";
import { readConfigFile, resolveOptions, type Sources } from "../../../cli/framework/resolve.ts";
import { UsageError } from "../../../lib/util/errors.ts";
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "../../assert.ts";

const table = schemaOptions(z.strictObject({
  data: z.string().meta({ metavar: "STORE", path: "any", description: "data" }),
  seed: z.number().int().min(0).default(7).describe("seed"),
  maskRatio: z.number().min(0).max(1).optional().describe("mask ratio"),
  resume: z.boolean().default(false).describe("resume"),
  format: z.array(z.enum(["md", "csv"])).default(["md"]).describe("formats"),
}));

function sources(
  flags: Record<string, unknown>,
  environment: Record<string, string> = {},
  file?: Record<string, unknown>,
): Sources {
  return {
    flags,
    environment: (name) => environment[name],
    file: file === undefined ? undefined : { path: "c.json", values: file },
  };
}

Deno.test("resolveOptions takes flags before environment before file before defaults", () => {
  const environment = { METAMAE_SEED: "2" };
  const file = { seed: 3, data: "from-file" };
  const seed = (given: Sources) => {
    const { values, origins } = resolveOptions("pretrain", table, given);
    return [values.seed, origins.seed];
  };
  assertEquals(seed(sources({ seed: 1, data: "d" }, environment, file)), [1, "flag"]);
  assertEquals(seed(sources({ data: "d" }, environment, file)), [2, "environment"]);
  assertEquals(seed(sources({ data: "d" }, {}, file)), [3, "file"]);
  assertEquals(seed(sources({ data: "d" })), [7, "default"]);
});

Deno.test("resolveOptions tells the origin of every value and leaves absent options out", () => {
  const { values, origins } = resolveOptions(
    "pretrain",
    table,
    sources({ resume: false }, { METAMAE_FORMAT: "csv,md" }, { data: "s" }),
  );
  assertEquals<object>(values, { data: "s", seed: 7, resume: false, format: ["csv", "md"] });
  assertEquals(origins, {
    data: "file",
    seed: "default",
    resume: "flag",
    format: "environment",
  });
});

Deno.test("resolveOptions names every required option that is missing", () => {
  const error = assertThrows(() => resolveOptions("pretrain", table, sources({})), UsageError);
  assertStringIncludes(error.message, "--data must be given");
  assertEquals(error.exitCode, 2);
});

Deno.test("resolveOptions treats an empty environment variable as absent", () => {
  const { origins } = resolveOptions("x", table, sources({ data: "d" }, { METAMAE_SEED: "" }));
  assertEquals(origins.seed, "default");
});

Deno.test("resolveOptions names the environment variable that holds a bad value", () => {
  const error = assertThrows(
    () => resolveOptions("x", table, sources({ data: "d" }, { METAMAE_MASK_RATIO: "2" })),
    UsageError,
  );
  assertStringIncludes(error.message, "METAMAE_MASK_RATIO");
  assertStringIncludes(error.message, '"2"');
});

Deno.test("resolveOptions lists the valid keys when the file has an unknown one", () => {
  const error = assertThrows(
    () => resolveOptions("x", table, sources({ data: "d" }, {}, { maskRaito: 0.5 })),
    UsageError,
  );
  assertStringIncludes(error.message, 'Unknown key "maskRaito" in "c.json"');
  assertStringIncludes(error.message, "data, seed, maskRatio");
  assertEquals(error.hint, 'Did you mean "maskRatio"?');
});

Deno.test("resolveOptions wants the JSON type of the option in the file", () => {
  const fails = (file: Record<string, unknown>) =>
    assertThrows(() => resolveOptions("x", table, sources({ data: "d" }, {}, file)), UsageError)
      .message;
  assertStringIncludes(fails({ seed: "3" }), "it is a JSON string, a number is wanted");
  assertStringIncludes(fails({ resume: 1 }), "it is a JSON number, a boolean is wanted");
  assertStringIncludes(fails({ format: "md" }), "it is a JSON string, an array is wanted");
  assertStringIncludes(fails({ seed: -1 }), 'key "seed" of "c.json"');
  assertStringIncludes(fails({ seed: { a: 1 } }), 'key "seed"');
});

Deno.test("readConfigFile takes one strict JSON object and ignores its schema reference", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/c.json`;
    await Deno.writeTextFile(file, '{"$schema": "x", "seed": 1}');
    assertEquals(await readConfigFile(file), { path: file, values: { seed: 1 } });
    for (const [text, part] of [["{seed: 1}", "not valid JSON"], ["[1]", "one JSON object"]]) {
      await Deno.writeTextFile(file, text!);
      const error = await assertRejects(() => readConfigFile(file), UsageError);
      assertStringIncludes(error.message, part!);
    }
    const missing = await assertRejects(() => readConfigFile(`${folder}/none.json`), UsageError);
    assertStringIncludes(missing.message, "there is no such file");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
