import { ScoreError, UsageError } from "../../../lib/util/errors.ts";
import { main } from "../../../tasks/bench.ts";
import type { BenchReport } from "../../../tasks/bench/report.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";
import { pytorchAvailable } from "./pytorch_available.ts";

/** What a call prints on standard output. */
async function printed(...args: readonly string[]): Promise<string> {
  const { log, error } = console;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  console.error = () => {};
  try {
    assertEquals(await main(args), 0);
  } finally {
    Object.assign(console, { log, error });
  }
  return lines.join("\n");
}

const small = ["--preset", "tiny", "--batch-sizes", "2", "--engines", "cpu", "--threads", "1"];

Deno.test("main() prints help", async () => {
  assertStringIncludes(await printed("--help"), "Usage: deno task bench");
});

Deno.test("main() refuses what it does not know before anything runs", async () => {
  await assertRejects(() => main(["--engines", "abacus"]), UsageError, "tensorflow-xla");
});

Deno.test("main() measures an engine in a process of its own", async () => {
  const text = await printed(...small, "--methods", "mae");
  assert(/pamap2 +mae +2 +cpu +\d+\.\d{3} /.test(text), text);
});

Deno.test("main() compares loading with a resident batch and tells all of it as JSON", async () => {
  const text = await printed(
    ...[...small, "--loading", "--rounds", "2", "--methods", "mae"],
    ...["--store-mib", "1", "--json"],
  );
  const report = JSON.parse(text) as BenchReport;
  const [{ results, ratios, base }] = report.groups as [BenchReport["groups"][number]];
  assertEquals([report.schema, report.version, report.comparison], ["metamae/bench", 2, "loading"]);
  assertEquals(results.map(({ name }) => name), ["from a store", "resident batch"]);
  assertEquals(results.map(({ runs }) => runs.length), [2, 2]);
  assertEquals(results.map(({ problem }) => problem), [undefined, undefined]);
  assertEquals(base, "resident batch");
  assertEquals(ratios.map(({ name }) => name), ["from a store"]);
  assert(ratios[0]!.time.min > 0 && ratios[0]!.time.min <= ratios[0]!.time.median);
  assertEquals(ratios[0]!.time.rounds.length, 2);
});

if (pytorchAvailable) {
  Deno.test("main() compares with PyTorch once its step meets the recorded cases", async () => {
    const text = await printed(
      ...[...small, "--against", "pytorch", "--rounds", "1", "--steps", "1", "--methods", "mae"],
      ...["--fixtures", "tests/fixtures"],
    );
    assert(/cpu \/ pytorch +\d/.test(text), text);
    assert(/meets 2 recorded cases/.test(text), text);
  });

  Deno.test("main() compares nothing where no case was recorded", async () => {
    const folder = await makeTempDir();
    await assertRejects(
      () => printed(...small, "--against", "pytorch", "--fixtures", folder),
      ScoreError,
      "has no case of MetaMAE",
    );
  });
}
