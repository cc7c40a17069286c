/**
 * `metamae doctor`: what was found on this machine, and what to do about what is missing.
 *
 * @module
 */

import { z } from "zod";
import { defineCommand } from "../framework/mod.ts";
import type { DoctorReport } from "../../lib/engine/install/mod.ts";
import { formatBytes, formatFacts, type Style } from "../../lib/terminal/mod.ts";

/** `metamae doctor`. */
export const doctorCommand = defineCommand({
  example: "metamae doctor",
  options: z.strictObject({}),
  async run({ output }) {
    const { examineMachine } = await import("../../lib/engine/install/mod.ts");
    const report = await examineMachine();
    output.result({ ...report }, () => doctorText(report, output.style));
  },
});

/** The report as text: facts, then what is missing, then notes. */
export function doctorText(report: DoctorReport, style: Style): string {
  const { platform, engine, backend, memory, cache } = report;
  const libc = platform.glibc === null ? platform.libc : `glibc ${platform.glibc}`;
  const facts = formatFacts([
    ["backend", `${backend.backend}: ${backend.reason}`],
    ["libtensorflow", engine.library === null ? "none" : engineText(engine)],
    ["devices", devicesText(report)],
    ["platform", platform.libc === "none" ? platform.name : `${platform.name}, ${libc}`],
    ["cores", String(report.cores)],
    [
      "memory",
      memory === null
        ? undefined
        : `${formatBytes(memory.total)}, ${formatBytes(memory.available)} available`,
    ],
    ["cache", cache.problem ?? `${cache.path} (can be written)`],
    ["metamae", report.metamae],
    ["deno", report.deno],
    ...report.packages.map(({ name, version, problem }): [string, string] => [
      name.replace("@tensorflow/", ""),
      version ?? `cannot be loaded: ${problem}`,
    ]),
  ], style.dim);
  const missing = report.permissions.filter(({ granted }) => !granted).map(({ flag, neededFor }) =>
    `- ${flag} was not given to Deno: ${neededFor}`
  );
  const sections = [
    facts,
    missing.length === 0 ? "" : [style.bold("Missing permissions"), ...missing].join("\n"),
    [style.bold("Notes"), ...report.notes.map((note) => `- ${note}`)].join("\n"),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function engineText({ library, version, source, opened, problem }: DoctorReport["engine"]): string {
  const state = problem ?? (opened ? "opened" : "not opened, since --allow-ffi was not given");
  return `${version ?? "unknown version"}, ${library} (from ${source}; ${state})`;
}

function devicesText({ engine }: DoctorReport): string | undefined {
  if (!engine.opened) return undefined;
  const gpus = engine.devices.filter(({ type }) => type === "GPU");
  const names = engine.devices.map(({ name }) => name.replace(/^.*\/device:/, "")).join(", ");
  return gpus.length > 0 ? names : `${names} (no GPU)`;
}
