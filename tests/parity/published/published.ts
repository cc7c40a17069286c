/**
 * The published classes beside ours: `deno task parity --published FOLDER`.
 *
 * FOLDER is the user's own checkout of the MetaMAE repository. Its `models.py` is imported by a
 * Python process that is started for this alone; nothing of it is in this project, and Deno runs none
 * of it.
 *
 * @module
 */

import { z } from "zod";
import { type CompileMode, startEngine } from "../../../lib/engine/mod.ts";
import { type BackendName, presetNames } from "../../../lib/spec/choices.ts";
import { flagName, MissingError, UsageError } from "../../../lib/util/mod.ts";
import { fromFileUrl, join, resolve } from "../../../lib/util/path.ts";
import type { Answer } from "../../../tasks/bench/processes.ts";
import { findPytorch, type PythonPackages } from "../../../tasks/bench/pytorch_environment.ts";
import { count, nameOf } from "../../../tasks/framework/arguments.ts";
import { suggested } from "../tolerance.ts";
import {
  comparedInputs,
  comparedMethods,
  compareRun,
  type PublishedRun,
  publishedVersions,
  type StepComparison,
} from "./run.ts";

const inputNames = Object.keys(comparedInputs) as (keyof typeof comparedInputs)[];
const methodNames = Object.keys(comparedMethods) as (keyof typeof comparedMethods)[];

/** Options of the task that belong to the published classes. */
export const publishedOptions = {
  published: z.string().optional().describe(
    "your checkout of the MetaMAE repository: its models.py is imported in a Python process of " +
      "its own, with the classes unchanged, and trained beside ours",
  ),
  inputs: z.array(nameOf("input", inputNames)).optional()
    .describe("with --published: inputs; by default all"),
  methods: z.array(nameOf("method", methodNames)).optional()
    .describe("with --published: methods; by default metamae"),
  steps: count.optional().describe("with --published: training steps (default 10)"),
  batchSize: count.optional().describe("with --published: samples of a batch (default 8)"),
  preset: nameOf("preset", presetNames).optional()
    .describe("with --published: sizes of the model (default small)"),
  precision: nameOf("precision", ["float32", "float64"]).optional()
    .describe("with --published: arithmetic of the published classes (default float32)"),
  python: z.string().optional().describe(
    "with --published: a Python with PyTorch and timm 0.6.12 or 0.6.13 (default: the one of the " +
      "PATH, else an environment of its own in the cache folder, which is made with pip or uv)",
  ),
};

type PublishedOptions = z.output<z.ZodObject<typeof publishedOptions>>;

/** Steps whose losses are held to the bound. */
const boundSteps = 10;
/** Rates of dropout: off, and that of the published command line. */
const dropouts = [0, 0.1] as const;

/** The published version of timm, and the one that differs from it only by running in Python 3.11. */
const timm: readonly string[] = ["0.6.12", "0.6.13"];

const published: PythonPackages = {
  name: "PyTorch with timm 0.6.13",
  purpose: "run the published classes",
  beside: ["torchvision==0.29.2", "numpy==2.4.6", "pillow==13.0.0"],
  hashed: fromFileUrl(new URL("requirements.txt", import.meta.url)),
  async check(python): Promise<Answer<string>> {
    const { value, problem } = await publishedVersions(python);
    if (value === undefined) return { problem };
    return timm.includes(value.timm)
      ? { value: value.torch }
      : { problem: `it has timm ${value.timm}` };
  },
};

/**
 * Refuses what cannot go together, before anything runs.
 *
 * @throws {UsageError} If options of one way of comparing are given to the other.
 */
export function checkOptions(
  options: PublishedOptions,
  recorded: Readonly<Record<string, string | undefined>>,
): void {
  const { published, ...rest } = options;
  if (published === undefined) {
    for (const [key, value] of Object.entries(rest)) {
      if (value === undefined) continue;
      throw new UsageError(`Cannot use ${flagName(key)}: it belongs to --published`);
    }
    return;
  }
  for (const [name, value] of Object.entries(recorded)) {
    if (value === undefined) continue;
    throw new UsageError(`Cannot use ${name} with --published: it belongs to recorded cases`);
  }
  if (options.batchSize === 1) {
    throw new UsageError("Cannot use --batch-size 1: the contrast compares samples, 2 are wanted");
  }
}

/** How our side runs. */
export interface OurSide {
  readonly backend: BackendName;
  /** How steps are compiled. */
  readonly mode: CompileMode;
}

/**
 * Trains the published classes and ours side by side, prints a table, and gives the exit code: 0 if
 * all is within the bounds, else 1.
 *
 * @throws {MissingError} If the checkout, Python or one of its packages is missing.
 */
export async function comparePublished(
  options: PublishedOptions & { readonly published: string },
  { backend, mode }: OurSide,
): Promise<number> {
  const checkout = resolve(options.published);
  await checkCheckout(checkout);
  const { path: python, version } = await findPytorch({
    python: options.python,
    packages: published,
    onProgress: (line) => console.error(line),
  });
  const engine = await startEngine({ backend });
  const runs = runsOf(options);
  const [{ preset, batchSize, precision }] = runs as readonly [PublishedRun];
  console.log(
    `Published: models.py of "${checkout}", PyTorch ${version}, ${precision}\n` +
      `Ours: backend ${engine.backend} (${engine.version})\n` +
      `Both: preset ${preset}, batches of ${batchSize}, AdamW at learning rate 1e-4\n`,
  );
  console.log(tableHead());
  const summaries: string[] = [];
  let failed = 0;
  for (const run of runs) {
    const folder = await Deno.makeTempDir({ prefix: "metamae-published-" });
    try {
      const { value, problem } = await compareRun(run, { checkout, python, mode, folder });
      for (const step of value ?? []) console.log(tableRow(run, step));
      const verdict = value === undefined ? { pass: false, text: problem } : judge(run, value);
      summaries.push(`${runName(run)}: ${verdict.pass ? "ok" : "FAIL"}, ${verdict.text}`);
      if (!verdict.pass) failed++;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  console.log(`\n${summaries.join("\n")}`);
  console.log(`\n${runs.length - failed} of ${runs.length} comparisons pass`);
  return failed === 0 ? 0 : 1;
}

/** @throws {MissingError} If the folder has no `models.py`. */
async function checkCheckout(checkout: string): Promise<void> {
  const path = join(checkout, "models.py");
  const info = await Deno.stat(path).catch(() => undefined);
  if (info?.isFile === true) return;
  throw new MissingError(
    `Cannot run the published classes: "${checkout}" has no "models.py"`,
    { hint: "Pass a checkout of the MetaMAE repository" },
  );
}

function runsOf(options: PublishedOptions): readonly PublishedRun[] {
  const methods = options.methods ?? ["metamae"];
  return methods.flatMap((method) =>
    (options.inputs ?? inputNames).flatMap((input) =>
      dropouts.map((dropout): PublishedRun => ({
        ...{ input, method, dropout },
        preset: options.preset ?? "small",
        batchSize: options.batchSize ?? 8,
        steps: options.steps ?? 10,
        precision: options.precision ?? "float32",
      }))
    )
  );
}

function runName({ method, input, dropout }: PublishedRun): string {
  return `${method}, ${input}, ${dropout === 0 ? "no dropout" : `dropout ${dropout}`}`;
}

/**
 * Whether the losses of the first ten steps are within the bound, and the gradients of one of them.
 *
 * A unit of the projector within rounding of zero may pass its gradient on one side and not on the
 * other, as ReLU has it; that shows at single steps, a wrong gradient at all.
 */
export function judge(
  run: PublishedRun,
  steps: readonly StepComparison[],
): { readonly pass: boolean; readonly text: string } {
  const { bound } = comparedInputs[run.input];
  const held = steps.slice(0, boundSteps);
  const loss = Math.max(...held.map(({ lossError }) => lossError));
  const nearest = held.reduce((best, one) => one.gradientError < best.gradientError ? one : best);
  const { step, gradientError, worst: { name, error } } = nearest;
  const whole = suggested.wholeGradient;
  const tensor = run.method === "mae" ? suggested.maeGradient : suggested.metamaeGradient;
  return {
    pass: loss <= bound && gradientError <= whole && error <= tensor,
    text: `losses of ${held.length} steps within ${short(loss)} (${short(bound)} is allowed), ` +
      `gradients of step ${step} within ${short(gradientError)} (${short(whole)}), ` +
      `of one tensor within ${short(error)} (${short(tensor)}, ${name})`,
  };
}

const columns = [
  ["method", -19],
  ["input", -7],
  ["dropout", 7],
  ["step", 4],
  ["published loss", 14],
  ["our loss", 14],
  ["relative", 8],
  ["|gradient|", 10],
  ["ours", 10],
  ["relative", 8],
  ["one tensor", 10],
] as const;

/** First lines of the table. */
export function tableHead(): string {
  return line(columns.map(([name]) => name));
}

/** One line of the table: losses and gradients of a step. */
export function tableRow({ method, input, dropout }: PublishedRun, step: StepComparison): string {
  return line([
    ...[method, input, `${dropout}`, `${step.step}`],
    ...[step.loss.published, step.loss.ours].map((x) => x.toPrecision(10)),
    short(step.lossError),
    ...[step.gradientNorm.published, step.gradientNorm.ours].map((x) => x.toPrecision(7)),
    ...[step.gradientError, step.worst.error].map(short),
  ]);
}

function line(cells: readonly string[]): string {
  return cells.map((cell, i) => {
    const width = columns[i]![1];
    return width < 0 ? cell.padEnd(-width) : cell.padStart(width);
  }).join("  ").trimEnd();
}

function short(x: number): string {
  return x === 0 ? "0" : x.toExponential(1);
}
