/**
 * The page about a trained model that lies beside it.
 *
 * @module
 */

import { describeInput } from "../spec/mod.ts";
import { countParameters } from "./parameters.ts";
import type { PreparedRun } from "./prepare_run.ts";

/** How the run ended. */
export interface CardOutcome {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Text of `README.md` in a run folder: what was trained, on what, how, and how to use it. It holds
 * nothing that differs between two runs of one configuration.
 */
export function modelCard({ config, data, model }: PreparedRun, outcome: CardOutcome): string {
  const { training, architecture: a } = config;
  const { trainable } = countParameters(model.parameters);
  const options = Object.entries(config.methodOptions).map(([name, value]) => `${name} ${value}`);
  const metrics = Object.entries(outcome.metrics).map(([name, value]) =>
    `${name} ${value.toPrecision(5)}`
  );
  const rows: readonly (readonly [string, string])[] = [
    ["Method", [config.method, ...options].join(", ")],
    ["Data", `${data.dataset} (${data.variant}), split ${data.split}, ${data.samples} samples`],
    ...(config.task === undefined ? [] : [
      [
        "Labels",
        `${config.task.kind}, ${config.task.classes} classes: encoder and a head are fine-tuned`,
      ] as const,
    ]),
    ["Input", config.inputs.map(describeInput).join("; ")],
    ["Encoder", `${a.encoderLayers} layers of width ${a.encoderWidth}, ${a.encoderHeads} heads`],
    ["Decoder", `${a.decoderLayers} layers of width ${a.decoderWidth}, ${a.decoderHeads} heads`],
    ["Trained weights", trainable.toLocaleString("en-US")],
    ["Steps", `${outcome.step} of batch ${training.batchSize}, seed ${training.seed}`],
    [
      "Optimizer",
      `AdamW, learning rate ${training.learningRate} (${training.schedule.kind}), ` +
      `weight decay ${training.weightDecay}`,
    ],
    ["Last step", metrics.join(", ") || "not trained"],
  ];
  const notes = data.notes.map((note) => `- ${note}`);
  return [
    `# ${config.method} on ${data.dataset}`,
    "",
    "| | |",
    "|---|---|",
    ...rows.map(([name, value]) => `| ${name} | ${value.replaceAll("|", "\\|")} |`),
    "",
    ...(notes.length > 0 ? ["About the data:", "", ...notes, ""] : []),
    "The weights are `checkpoints/<step>/model.safetensors`, with the names and layouts of the published",
    "PyTorch checkpoints; `config.json` holds everything that the model is built from.",
    "",
    "```sh",
    "metamae adapt --run RUN --data STORE --out FEATURES",
    "```",
    "",
  ].join("\n");
}
