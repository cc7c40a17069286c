/**
 * Calls that train, adapt, probe and report on tiny stores, on the portable backend.
 *
 * @module
 */

import { type Call, recordedDatasets } from "./net.ts";

const wasm = ["--backend", "wasm"];
const methods = ["metamae", "mae", "dabs-mae", "emix", "shed", "capri", "scratch"];

/** Stores of the grid by name: pictures, a table with prices, texts, and pictures with texts. */
export const gridStores: readonly Call[] = [
  ["image", "mnist", "--limit", "32"],
  ["table", "csv", "--raw", "raw/own/table.csv", "--columns", "a,b", "--label", "price"],
  ["tokens", "fasta", "--raw", "raw/own/genomes", "--window", "12", "--test-fraction", "0.3"],
  ["series", "pamap2", "--raw", "raw/pamap2", "--limit", "16"],
  ["labels", "chexpert", "--raw", "raw/chexpert"],
  ["pairs", "mismatched-caption", "--raw", "raw/mismatched-caption"],
].map(([name, ...args]) => ({
  name: `store ${name}`,
  args: ["tokenize", ...args, "--out", `${name}.data`],
  writes: [`${name}.data`],
}));

const full = ["image", "table", "tokens"];

/** A run of six steps, with its health measured in the middle and at the end. */
function run(
  name: string,
  store: string,
  method: string,
  more: Readonly<Record<string, string | true>> = {},
): Call {
  const options = {
    ...{ data: `${store}.data`, method, out: `runs/${name}`, preset: "tiny", steps: "6" },
    ...{ "batch-size": "8", "health-every": "3", backend: "wasm" },
    ...more,
  };
  const words = Object.entries<string | true>(options).flatMap(([option, value]) =>
    value === true ? [`--${option}`] : [`--${option}`, value]
  );
  return { name: `pretrain ${name}`, args: ["pretrain", ...words], writes: [options.out] };
}

/** All methods on three stores, some on the others, and the options of training once each. */
export const trainingCalls: readonly Call[] = [
  ...full.flatMap((store) => methods.map((method) => run(`${method}-${store}`, store, method))),
  ...["mae", "emix", "shed"].map((method) =>
    run(`${method}-pairs`, "pairs", method, { "batch-size": "4", steps: "3" })
  ),
  run("metamae-pairs", "pairs", "metamae", { "batch-size": "2", steps: "1", "health-every": "0" }),
  run("metamae-series", "series", "metamae"),
  run("metamae-labels", "labels", "metamae", { "batch-size": "4", steps: "3" }),
  run("cosine", "table", "metamae", { schedule: "cosine", warmup: "2", "final-lr": "0.1" }),
  run("first-order", "table", "metamae", { "first-order": true, dropout: "0" }),
  run("inner-steps", "table", "metamae", { "inner-steps": "2", "learn-inner-lr": true }),
  run("decoder", "table", "metamae", { "decoder-layers": "2", lr: "0.001", "log-every": "2" }),
  run("other-backbone", "tokens", "emix", { backbone: "metamae" }),
  run("paired-loss", "tokens", "emix", { "paired-loss": true, seed: "3" }),
  run("cosine-capri", "table", "capri", { normalize: true, "corruption-rate": "0.3" }),
  run("kept", "table", "mae", { "checkpoint-every": "2", "keep-last": "1", "keep-best": "loss" }),
  run("mask-ratio", "tokens", "mae", { "mask-ratio": "0.75", "weight-decay": "0.01" }),
  run("cpu", "table", "metamae", { backend: "cpu", steps: "2" }),
];

const features = (name: string, store: string, ...more: readonly string[]): Call => ({
  name: `adapt ${name}`,
  args: [
    ...["adapt", "--run", `runs/${name}`, "--data", `${store}.data`],
    ...["--out", `features/${name}`, ...wasm, ...more],
  ],
  writes: [`features/${name}`],
});

/** What is done with finished runs: features, going on, fine-tuning, the DABS protocol. */
export const adaptationCalls: readonly Call[] = [
  ...full.flatMap((store) => methods.map((method) => features(`${method}-${store}`, store))),
  features("metamae-series", "series", "--inner-steps", "3", "--inner-lr", "0.1"),
  features("metamae-labels", "labels", "--splits", "train,test", "--gallery", "2"),
  {
    name: "adapt continue",
    args: [
      ...["adapt", "--mode", "continue", "--run", "runs/metamae-table", "--data", "table.data"],
      ...["--out", "runs/continued", "--steps", "4", "--batch-size", "8", ...wasm],
    ],
    writes: ["runs/continued"],
  },
  ...full.map((store): Call => ({
    name: `adapt finetune ${store}`,
    args: [
      ...["adapt", "--mode", "finetune", "--run", `runs/metamae-${store}`],
      ...["--data", `${store}.data`, "--out", `runs/tuned-${store}`],
      ...["--epochs", "2", "--batch-size", "8", ...wasm],
    ],
    writes: [`runs/tuned-${store}`],
  })),
  ...full.map((store): Call => ({
    name: `probe dabs ${store}`,
    args: [
      ...["probe", "--protocol", "dabs", "--run", `runs/metamae-${store}`],
      ...["--data", `${store}.data`, "--out", `results/dabs-${store}.json`],
      ...["--epochs", "2", "--batch-size", "8", ...wasm],
    ],
    writes: [`results/dabs-${store}.json`],
  })),
  {
    name: "pretrain from",
    args: [
      ...["pretrain", "--from", "runs/metamae-table", "--data", "table.data"],
      ...["--method", "metamae", "--preset", "tiny", "--out", "runs/from", "--steps", "3"],
      ...["--batch-size", "8", ...wasm],
    ],
    writes: ["runs/from"],
  },
  {
    name: "pretrain resume",
    args: ["pretrain", "--resume", "--out", "runs/mae-image", "--steps", "9", ...wasm],
  },
  ...full.map((store): Call => ({
    name: `inspect ${store}`,
    args: ["inspect", `${store}.data`, "--verify", "--picture", `${store}.svg`],
    writes: [`${store}.svg`],
  })),
];

const probe = (name: string, kind: string, ...more: readonly string[]): Call => ({
  name: `probe ${kind} ${name}`,
  args: [
    ...["probe", "--features", `features/${name}`, "--probe", kind, "--epochs", "3"],
    ...["--out", `results/${kind}-${name}.json`, ...wasm, ...more],
  ],
  writes: [`results/${kind}-${name}.json`],
});

/** Probes on features: all of them for one method, single ones for the others. */
export const probeCalls: readonly Call[] = [
  ...full.map((store) => probe(`metamae-${store}`, "all")),
  probe("metamae-series", "all"),
  probe("metamae-labels", "all"),
  ...full.flatMap((store) =>
    methods.slice(1).map((method) => probe(`${method}-${store}`, "ridge"))
  ),
  probe("mae-image", "knn", "--latent", "z"),
  probe("mae-table", "linear", "--latent", "zstar", "--batch-size", "5", "--seed", "2"),
];

/** A report of everything, and one of a few results in some formats. */
export const reportCalls: readonly Call[] = [
  {
    name: "report",
    args: ["report", "results", "runs", "features", "--out", "report"],
    writes: ["report"],
  },
  {
    name: "report of some",
    args: [
      ...["report", "results/all-metamae-image.json", "results/ridge-mae-image.json"],
      ...["--format", "md,csv", "--require", "mnist/metamae>=1", "--out", "some"],
    ],
    writes: ["some"],
  },
  { name: "datasets", args: ["datasets"], only: recordedDatasets },
  { name: "methods", args: ["methods"], only: new Set(methods) },
];
