import { defineCommand } from "../../../cli/framework/command.ts";
import { renderCommandHelp, renderRootHelp } from "../../../cli/framework/help.ts";
import {
  defaulted,
  oneOf,
  optional,
  path,
  required,
  toggle,
  wholeNumber,
} from "../../../cli/framework/options.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";

const command = defineCommand({
  name: "train",
  summary: "Train a method",
  example: "metamae train --data a.store",
  details: ["One. ".repeat(40).trim()],
  argument: { parser: path("FILE"), description: "What to read", count: "optional" },
  options: {
    data: required(path("STORE"), "Store to train on"),
    preset: defaulted(oneOf(["paper", "tiny"], "SIZE"), "paper", "Sizes"),
    resume: toggle("Go on"),
  },
  run: () => Promise.resolve(),
});

Deno.test("renderCommandHelp starts with an example and shows usage, choices and defaults", () => {
  const page = renderCommandHelp(command, {}, { color: false, width: 100 });
  assert(page.startsWith("Example: metamae train --data a.store\n"));
  assertStringIncludes(page, "Usage: metamae train [FILE] --data STORE [options]");
  assertStringIncludes(page, "Store to train on (required)");
  assertStringIncludes(page, "Sizes (paper, tiny) [default: paper]");
  assertStringIncludes(page, "METAMAE_DATA is --data");
  assert(page.endsWith("\n") && !page.endsWith("\n\n"));
});

Deno.test("renderCommandHelp shows the options of methods in a section of their own", () => {
  const more = { maskRatio: optional(wholeNumber(), "Share") };
  const page = renderCommandHelp(command, more, { color: false, width: 100 });
  assertStringIncludes(page, "Method options:\n  --mask-ratio N");
});

Deno.test("renderCommandHelp keeps lines within the width and free of colour", () => {
  const page = renderCommandHelp(command, {}, { color: false, width: 72 });
  assertEquals(page.split("\n").filter((line) => line.length > 72), []);
  assert(!/\p{Cc}/u.test(page.replaceAll("\n", "")));
});

Deno.test("renderRootHelp starts with an example and lists commands and exit codes", () => {
  const page = renderRootHelp([command], { color: false, width: 100 });
  assert(page.startsWith("Example: metamae tokenize"));
  assertStringIncludes(page, "train       Train a method");
  assertStringIncludes(page, "Exit codes: 0 success");
});
