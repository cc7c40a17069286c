import { type BenchOptions, help, readOptions } from "../../../tasks/bench/options.ts";
import { settings } from "../../../tasks/bench/settings.ts";
import { UsageError } from "../../../lib/util/errors.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";

function read(...args: readonly string[]): BenchOptions {
  return readOptions(args, 4)!;
}

Deno.test("readOptions() measures the engines at the PAMAP2 setting once by default", () => {
  const options = read();
  assertEquals(options.settings.map(({ id }) => id), ["pamap2"]);
  assertEquals(options.engines, ["tensorflow-xla", "tensorflow-graph", "tensorflow-off", "wasm"]);
  assertEquals(options.methods, ["mae", "metamae"]);
  assertEquals([options.comparison, options.rounds, options.threads], ["none", 1, 4]);
  assertEquals(options.batchSizes, undefined);
});

Deno.test("readOptions() compares the fast engine at second order in three rounds", () => {
  for (const flags of [["--against", "pytorch"], ["--levers"], ["--loading"]]) {
    const options = read(...flags);
    assertEquals(options.engines, ["tensorflow-xla"]);
    assertEquals(options.methods, ["metamae"]);
    assertEquals(options.rounds, 3);
  }
  assertEquals(read("--against", "pytorch").comparison, "pytorch");
  assertEquals(read("--levers").comparison, "levers");
  assertEquals(read("--loading", "--store-mib", "2").storeBytes, 2 ** 21);
});

Deno.test("readOptions() reads lists and numbers", () => {
  const options = read(
    ...["--settings", "genomics, eurosat", "--batch-sizes", "2,16", "--methods", "mae"],
    ...["--engines", "cpu,wasm", "--preset", "tiny", "--steps", "3", "--warmup", "1"],
    ...["--threads", "1", "--against", "pytorch", "--rounds", "7", "--python", "p"],
    ...["--fixtures", "f", "--json"],
  );
  assertEquals(options.settings, settings.filter(({ id }) => id !== "pamap2"));
  assertEquals(options.batchSizes, [2, 16]);
  assertEquals(options.engines, ["cpu", "wasm"]);
  const { preset, steps, warmup, threads, rounds, python, fixtures, json } = options;
  assertEquals([preset, steps, warmup, threads, rounds], ["tiny", 3, 1, 1, 7]);
  assertEquals([python, fixtures, json], ["p", "f", true]);
});

Deno.test("readOptions() gives nothing where help is wanted, and help names every setting", () => {
  assertEquals(readOptions(["--help"], 1), undefined);
  assertEquals(readOptions(["-h", "--levers"], 1), undefined);
  for (const { id } of settings) assertStringIncludes(help, id);
});

Deno.test("readOptions() refuses what it does not know", () => {
  const cases: readonly (readonly [args: readonly string[], message: string])[] = [
    [["--engines", "abacus"], "tensorflow-xla"],
    [["--methods", "luck"], "metamae-first-order"],
    [["--settings", "moon"], "pamap2"],
    [["--preset", "huge"], "paper"],
    [["--against", "jax"], "pytorch"],
    [["--batch-sizes", "0"], "--batch-sizes"],
    [["--batch-sizes", "8,x"], '"x" is no positive whole number'],
    [["--rounds", "1.5", "--levers"], "--rounds"],
    [["--fast"], "--fast"],
    [["paper"], "paper"],
    [["--levers", "--loading"], "one at a time"],
    [["--levers", "--against", "pytorch"], "one at a time"],
    [["--levers", "--engines", "wasm"], "--engines"],
    [["--python", "p"], "--against pytorch"],
    [["--loading", "--fixtures", "f"], "--against pytorch"],
  ];
  for (const [args, message] of cases) assertThrows(() => read(...args), UsageError, message);
});
