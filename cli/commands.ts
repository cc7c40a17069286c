/**
 * The subcommands in the order of the help.
 *
 * @module
 */

import type { CommandEntry } from "./framework/mod.ts";

/**
 * Every subcommand; an addition is one entry. Each is loaded when it is run, or its help is wanted.
 */
export const commands: readonly CommandEntry[] = [
  {
    name: "datasets",
    summary: "List the data sets, or show one: files, licence, variants, how to get it",
    load: async () => (await import("./commands/datasets.ts")).datasetsCommand,
  },
  {
    name: "methods",
    summary: "List the methods, or show one: paper, inputs, options with defaults",
    load: async () => (await import("./commands/methods.ts")).methodsCommand,
  },
  {
    name: "tokenize",
    summary: "Turn the raw files of a data set into a token store",
    load: async () => (await import("./commands/tokenize.ts")).tokenizeCommand,
  },
  {
    name: "inspect",
    summary: "Show what is in a token store: splits, classes, shapes, ranges, digest, one picture",
    load: async () => (await import("./commands/inspect.ts")).inspectCommand,
  },
  {
    name: "pretrain",
    summary: "Train a method on a token store, without labels",
    load: async () => (await import("./commands/pretrain.ts")).pretrainCommand,
  },
  {
    name: "adapt",
    summary:
      "Write the features of a data set, before and after adapting the latents to each sample",
    load: async () => (await import("./commands/adapt.ts")).adaptCommand,
  },
  {
    name: "probe",
    summary: "Measure how well labels can be read off features, and write a result record",
    load: async () => (await import("./commands/probe.ts")).probeCommand,
  },
  {
    name: "report",
    summary: "Turn results into tables beside the published numbers, a page and figures",
    load: async () => (await import("./commands/report.ts")).reportCommand,
  },
  {
    name: "engine install",
    summary: "Install libtensorflow by your own uv or pip, pinned by SHA-256",
    load: async () => (await import("./commands/engine.ts")).engineInstallCommand,
  },
  {
    name: "doctor",
    summary: "Show the engine, the backend and the machine as this program finds them",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  {
    name: "completions",
    summary: "Print a script that completes commands, options and names in your shell",
    load: async () => (await import("./commands/completions.ts")).completionsCommand,
  },
];
