import { fromFileUrl } from "../../lib/util/path.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { makeTempDir } from "../temporary.ts";
import { programArguments } from "./program.ts";

const readme = fromFileUrl(new URL("../../README.md", import.meta.url));

/** The lines of the job in the README. */
async function job(): Promise<string[]> {
  const text = await Deno.readTextFile(readme);
  const block = /- run: \|\n((?: {10}.*\n)+)/.exec(text);
  return block![1]!.trimEnd().split("\n").map((line) => line.trim());
}

/** Runs lines as a job does: the first one that fails ends it. */
async function run(cwd: string, lines: readonly string[]) {
  const program = [Deno.execPath(), ...programArguments([])].map((word) => `'${word}'`).join(" ");
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-ec", [`metamae() { ${program} "$@"; }`, ...lines].join("\n")],
    cwd,
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("the README's job passes, and fails when the score drops below the bound", async () => {
  const cwd = await makeTempDir();
  const [definition, ...commands] = await job();
  assertStringIncludes(definition!, "deno task --quiet metamae");
  const passed = await run(cwd, commands);
  assertEquals(passed.code, 0, passed.stderr);
  const report = commands.at(-1)!;
  assertStringIncludes(report, "--require 'mnist/mae>=20'");
  const dropped = await run(cwd, [report.replace(">=20", ">=99.9"), "echo not reached >&2"]);
  assertEquals(dropped.code, 8, dropped.stderr);
  assertStringIncludes(dropped.stderr, "99.9 % was wanted");
});
