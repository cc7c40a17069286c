/**
 * `metamae pretrain`: trains a method on a token store.
 *
 * @module
 */

import { z } from "zod";
import { runOptions } from "../../lib/documents/mod.ts";
import type { Schedule } from "../../lib/spec/mod.ts";
import { formatBytes, formatCount, formatFacts, type Style } from "../../lib/terminal/mod.ts";
import type { PretrainOptions, PretrainPlan } from "../../lib/train/mod.ts";
import { flagName, UsageError } from "../../lib/util/mod.ts";
import {
  defineCommand,
  type Invocation,
  optionFacts,
  type OptionsOwner,
} from "../framework/mod.ts";
import { methodName } from "./shared_options.ts";
import { trainAndReport } from "./train_and_report.ts";

const { preset, ...otherOptions } = runOptions;

// None but the paths has a default here: what is left out comes from the run that is resumed, else
// from the method, the store or the published settings. The help shows the latter.
const options = z.strictObject({
  data: z.string().optional().meta({
    metavar: "STORE",
    path: "directory",
    description: "Token store to train on; a resumed run knows its own",
  }),
  method: methodName.optional().describe("Method to train; a resumed run knows its own"),
  out: z.string().meta({
    metavar: "RUN",
    path: "directory",
    description: "Run folder to write: checkpoints, metrics, configuration",
  }),
  preset,
  config: z.string().optional().meta({
    metavar: "FILE",
    path: "file",
    description: "JSON file with options by camelCase name",
  }),
  ...otherOptions,
  port: z.number().int().min(1024).max(65535).optional().meta({
    shown: "by the job's number",
    description: "First port of the workers of a Slurm step; TF_CONFIG names its own",
  }),
  dryRun: z.boolean().default(false)
    .describe("Print the resolved configuration and the cost, train nothing"),
});

/** What `metamae pretrain` is run with. */
export type PretrainInvocation = Invocation<typeof options>;

/** `metamae pretrain`. */
export const pretrainCommand = defineCommand({
  example: "metamae pretrain --data mnist.store --method metamae --preset small --out mnist.run",
  details: [
    "The run folder holds checkpoints, metrics and the resolved configuration. A run that was " +
    "stopped goes on with --resume and ends with the same numbers as one that was not; it knows " +
    "its store, its method and its options.",
    "Started several times with the variable TF_CONFIG, or by srun, the processes share every " +
    "batch and take the same steps as one process would; the first of them writes the run " +
    "folder.",
  ],
  usage: " --data STORE --method METHOD --out RUN",
  options,
  async owners(): Promise<readonly OptionsOwner[]> {
    const { methods } = await import("../../lib/methods/mod.ts");
    return [...methods.values()];
  },
  async run(invocation) {
    const { options, output } = invocation;
    const choices = { ...runChoices(invocation), methodOptions: await ownOptions(invocation) };
    if (options.dryRun) {
      const { planPretrain } = await import("../../lib/train/mod.ts");
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
  const method = findMethod(options.method);
  const own = optionFacts(method.options).map(({ name }) => name);
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

/** The plan as text. */
function planText(plan: PretrainPlan, style: Style): string {
  const { config, parameters, flopsPerStep, flops } = plan;
  const { training, architecture, data } = config;
  const methodOptions = Object.entries(config.methodOptions)
    .map(([name, value]) => `${name} ${value}`).join(", ");
  return formatFacts([
    ["method", config.method + (methodOptions === "" ? "" : ` (${methodOptions})`)],
    ["data", `${data.dataset}, ${data.split}: ${formatCount(data.samples)} samples`],
    [
      "encoder",
      `width ${architecture.encoderWidth}, ${architecture.encoderLayers} layers, ` +
      `${architecture.encoderHeads} heads`,
    ],
    [
      "decoder",
      `width ${architecture.decoderWidth}, ${architecture.decoderLayers} layers, ` +
      `${architecture.decoderHeads} heads`,
    ],
    [
      "weights",
      `${formatCount(parameters.trainable)} trained, ${formatCount(parameters.fixed)} fixed`,
    ],
    [
      "training",
      `${formatCount(plan.steps)} steps of ${formatCount(training.batchSize)} samples ` +
      `(${formatCount(plan.epochs)} epochs), learning rate ${training.learningRate} ` +
      `(${training.schedule.kind}), weight decay ${training.weightDecay}, seed ${training.seed}`,
    ],
    [
      "a step",
      `about ${formatAmount(flopsPerStep / 1e9)} GFLOP, ${formatBytes(plan.memoryBytes)} of memory`,
    ],
    ["the run", `about ${formatAmount(flops / 1e12)} TFLOP`],
    ["a checkpoint", formatBytes(plan.checkpointBytes)],
  ], style.dim);
}

/** Three significant digits without an exponent. */
function formatAmount(value: number): string {
  return value >= 100 ? formatCount(Math.round(value)) : String(Number(value.toPrecision(3)));
}
