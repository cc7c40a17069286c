/**
 * `metamae pretrain`: trains a method on a token store.
 *
 * @module
 */

import type { Schedule } from "../../lib/spec/mod.ts";
import {
  type Command,
  defineCommand,
  flagName,
  type Invocation,
  type OptionTable,
} from "../framework/mod.ts";
import type { PretrainOptions } from "../../lib/train/mod.ts";
import { UsageError } from "../../lib/util/mod.ts";
import { pretrainOptions } from "./pretrain_options.ts";
import { trainAndReport } from "./train_and_report.ts";

type PretrainInvocation = Invocation<typeof pretrainOptions>;

/** `metamae pretrain`. */
export const pretrainCommand: Command = defineCommand({
  name: "pretrain",
  summary: "Train a method on a token store, without labels",
  example: "metamae pretrain --data mnist.store --method metamae --preset small --out mnist.run",
  details: [
    "The run folder holds checkpoints, metrics and the resolved configuration. A run that was " +
    "stopped goes on with --resume and ends with the same numbers as one that was not; it knows " +
    "its store, its method and its options.",
    "Started several times with the variable TF_CONFIG, or by srun, the processes share every batch " +
    "and take the same steps as one process would; the first of them writes the run folder.",
  ],
  usage: " --data STORE --method METHOD --out RUN",
  options: pretrainOptions,
  async moreOptions(): Promise<OptionTable> {
    const { methods } = await import("../../lib/methods/mod.ts");
    const { methodOptionTable } = await import("./method_options.ts");
    return methodOptionTable(methods.values());
  },
  async run(invocation) {
    const { options, output } = invocation;
    const choices = { ...runChoices(invocation), methodOptions: await ownOptions(invocation) };
    if (options.dryRun) {
      const { planPretrain } = await import("../../lib/train/mod.ts");
      const { planText } = await import("./pretrain_plan.ts");
      const plan = await planPretrain(choices);
      output.result(
        { schema: "metamae/pretrain-plan", version: 1, ...plan },
        () => planText(plan, output.style),
      );
      return;
    }
    await trainAndReport(choices, output, { port: options.port });
  },
});

/** What the library is asked for; options that were not given are left out. */
export function runChoices(
  { options, origins, commandLine }: Pick<
    PretrainInvocation,
    "options" | "origins" | "commandLine"
  >,
): PretrainOptions {
  const {
    config: _config,
    dryRun: _dryRun,
    port: _port,
    schedule: _schedule,
    warmup: _warmup,
    finalLr: _finalLr,
    ...rest
  } = options;
  return {
    ...rest,
    schedule: scheduleOf(options),
    command: commandLine,
    origins: Object.fromEntries(
      Object.entries(origins).filter(([, origin]) => origin !== "default"),
    ),
  };
}

function scheduleOf(
  { schedule, warmup, finalLr }: PretrainInvocation["options"],
): Schedule | undefined {
  if (schedule === "cosine") return { kind: "cosine", warmup: warmup ?? 0, final: finalLr ?? 0 };
  for (const [flag, value] of [["--warmup", warmup], ["--final-lr", finalLr]] as const) {
    if (value === undefined) continue;
    throw new UsageError(`Cannot use ${flag}: the learning rate is constant`, {
      hint: "Add --schedule cosine",
    });
  }
  return schedule === undefined ? undefined : { kind: "constant" };
}

/**
 * The given options of the method; those of other methods are refused, unless they come from the
 * environment, which all runs share.
 */
async function ownOptions(
  { options, moreOptions, origins }: PretrainInvocation,
): Promise<Record<string, unknown>> {
  if (options.method === undefined) return { ...moreOptions };
  const { findMethod } = await import("../../lib/methods/mod.ts");
  const { methodOptions } = await import("./method_options.ts");
  const method = findMethod(options.method);
  const own = methodOptions(method).map(({ name }) => name);
  const foreign = Object.keys(moreOptions).filter((name) => !own.includes(name));
  const refused = foreign.find((name) => origins[name] !== "environment");
  if (refused !== undefined) {
    const valid = own.length === 0
      ? "it has none"
      : `its options are ${own.map(flagName).join(", ")}`;
    throw new UsageError(`Cannot use ${flagName(refused)} with method "${method.id}": ${valid}`);
  }
  return Object.fromEntries(Object.entries(moreOptions).filter(([name]) => own.includes(name)));
}
