import { type PretrainInvocation, runChoices } from "../../../cli/commands/pretrain.ts";
import { commands } from "../../../cli/commands.ts";
import { loadCommand } from "../../../cli/framework/command.ts";
import { parseCommand } from "../../../cli/framework/parse.ts";
import { resolveOptions } from "../../../cli/framework/resolve.ts";
import { UsageError } from "../../../lib/util/errors.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

const command = await loadCommand(commands.find(({ name }) => name === "pretrain")!);

function choices(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { flags } = parseCommand(command, args);
  const resolved = resolveOptions("pretrain", command.own, {
    flags,
    environment: (name) => environment[name],
  });
  return runChoices({
    options: resolved.values as PretrainInvocation["options"],
    origins: resolved.origins,
    commandLine: "metamae pretrain",
  });
}

/** The choices that were made, without those that were not. */
function made(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return JSON.parse(JSON.stringify(choices(args, environment)));
}

Deno.test("runChoices leaves out what was not given, so that a resumed run keeps its own", () => {
  assertEquals(made(["--out", "r"]), {
    out: "r",
    resume: false,
    command: "metamae pretrain",
    origins: { out: "flag" },
  });
});

Deno.test("runChoices carries values and their origins", () => {
  const { steps, lr, preset, seed, origins } = made(
    ["--out", "r", "--steps", "5", "--lr", "1e-3", "--preset", "tiny"],
    { METAMAE_SEED: "7" },
  );
  assertEquals([steps, lr, preset, seed], [5, 0.001, "tiny", 7]);
  assertEquals(origins, {
    out: "flag",
    steps: "flag",
    lr: "flag",
    preset: "flag",
    seed: "environment",
  });
});

Deno.test("runChoices builds the schedule from its three options", () => {
  assertEquals(choices(["--out", "r"]).schedule, undefined);
  assertEquals(choices(["--out", "r", "--schedule", "constant"]).schedule, { kind: "constant" });
  assertEquals(
    choices(["--out", "r", "--schedule", "cosine", "--warmup", "10"]).schedule,
    { kind: "cosine", warmup: 10, final: 0 },
  );
});

Deno.test("runChoices refuses options of a schedule that was not chosen", () => {
  const error = assertThrows(() => choices(["--out", "r", "--final-lr", "0.1"]), UsageError);
  assertStringIncludes(error.message, "--final-lr");
  assertEquals(error.hint, "Add --schedule cosine");
});

Deno.test("pretrain takes the options of all methods as flags", () => {
  const { flags } = parseCommand(command, [
    "--mask-ratio=0.85",
    "--inner-lr",
    "0.1",
    "--no-first-order",
  ]);
  assertEquals([flags.maskRatio, flags.innerLr, flags.firstOrder], [0.85, 0.1, false]);
});
