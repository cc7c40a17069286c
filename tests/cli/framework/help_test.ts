import { z } from "zod";
import { defineCommand, loadCommand } from "../../../cli/framework/command.ts";
import { renderCommandHelp, renderRootHelp } from "../../../cli/framework/help.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";

const definition = defineCommand({
  example: "metamae train --data a.store",
  details: ["One. ".repeat(40).trim()],
  argument: z.string().optional().meta({ metavar: "FILE", description: "What to read" }),
  options: z.strictObject({
    data: z.string().meta({ metavar: "STORE", path: "any", description: "Store to train on" }),
    preset: z.enum(["paper", "tiny"]).default("paper")
      .meta({ metavar: "SIZE", description: "Sizes" }),
    resume: z.boolean().default(false).describe("Go on"),
  }),
  run: () => Promise.resolve(),
});
const entry = {
  name: "train",
  summary: "Train a method",
  load: () => Promise.resolve(definition),
};
const command = await loadCommand(entry);

Deno.test("renderCommandHelp starts with an example and shows usage, choices and defaults", () => {
  const page = renderCommandHelp(command, { color: false, width: 100 });
  assert(page.startsWith("Example: metamae train --data a.store\n"));
  assertStringIncludes(page, "Usage: metamae train [FILE] --data STORE [options]");
  assertStringIncludes(page, "Store to train on (required)");
  assertStringIncludes(page, "Sizes (paper, tiny) [default: paper]");
  assertStringIncludes(page, "METAMAE_DATA is --data");
  assert(page.endsWith("\n") && !page.endsWith("\n\n"));
});

Deno.test("renderCommandHelp shows the options of methods in a section of their own", async () => {
  const options = z.strictObject({ maskRatio: z.number().int().optional().describe("Share") });
  const owners = () => Promise.resolve([{ id: "mae", options }]);
  const load = () => Promise.resolve({ ...definition, owners });
  const page = renderCommandHelp(await loadCommand({ ...entry, load }), {
    color: false,
    width: 100,
  });
  assertStringIncludes(page, "Method options:\n  --mask-ratio N");
});

Deno.test("renderCommandHelp keeps lines within the width and free of colour", () => {
  const page = renderCommandHelp(command, { color: false, width: 72 });
  assertEquals(page.split("\n").filter((line) => line.length > 72), []);
  assert(!/\p{Cc}/u.test(page.replaceAll("\n", "")));
});

Deno.test("renderRootHelp starts with an example and lists commands and exit codes", () => {
  const page = renderRootHelp([command], { color: false, width: 100 });
  assert(page.startsWith("Example: metamae tokenize"));
  assertStringIncludes(page, "train       Train a method");
  assertStringIncludes(page, "Exit codes: 0 success");
});
