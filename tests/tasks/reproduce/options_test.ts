import { UsageError } from "../../../lib/util/errors.ts";
import { helpText, parseOptions } from "../../../tasks/reproduce/options.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";

Deno.test("parseOptions() has the documented defaults", () => {
  const options = parseOptions([])!;
  assertEquals(
    [options.table, options.scale, options.executor, options.action, options.out, options.raw],
    ["all", "paper", "local", "run", "metamae-tables-paper", undefined],
  );
  assertEquals([options.seeds, options.jobs, options.backend], [undefined, undefined, "auto"]);
  assert(parseOptions(["--scale", "smoke"])!.raw!.endsWith("tests/fixtures/raw"));
});

Deno.test("parseOptions() takes lists with commas, repeated, or both", () => {
  const { datasets, methods, slurm } = parseOptions([
    ...["--datasets", "pamap2, higgs", "--datasets=pfam", "--methods", "mae,metamae"],
    ...["--executor", "slurm", "--slurm", "--partition=gpu  --gres=gpu:1"],
  ])!;
  assertEquals(datasets, ["pamap2", "higgs", "pfam"]);
  assertEquals(methods, ["mae", "metamae"]);
  assertEquals(slurm, ["--partition=gpu", "--gres=gpu:1"]);
});

Deno.test("parseOptions() refuses what it cannot use, and names what is valid", () => {
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['Did you mean "--datasets"?', "--dataset", "pamap2"],
    ["the valid names are paper, small, smoke", "--scale", "huge"],
    ["the valid names are local, slurm", "--executor", "cloud"],
    ["in-domain, cross-domain", "--table", "nowhere"],
    ['--seeds "0": a positive whole number', "--seeds", "0"],
    ['--jobs "two"', "--jobs", "two"],
    ["--slurm with --executor local", "--slurm", "--partition=gpu"],
    ["--dry-run with --status", "--dry-run", "--status"],
    ["auto, tensorflow, wasm, cpu", "--backend", "abacus"],
    ["Cannot read the options", "surplus"],
    ["Cannot read the options", "--seeds"],
  ];
  for (const [message, ...args] of cases) {
    const error = assertThrows(() => parseOptions(args), UsageError);
    assert(`${error.message} ${error.hint}`.includes(message), error.message);
  }
});

Deno.test("parseOptions() leaves help to the caller; the page names every option", () => {
  assertEquals(parseOptions(["-h"]), undefined);
  assertEquals(parseOptions(["--scale", "smoke", "--help"]), undefined);
  const names =
    "table datasets methods seeds scale raw out executor jobs slurm backend dry-run status";
  for (const name of names.split(" ")) assert(helpText.includes(`  --${name} `), name);
});
