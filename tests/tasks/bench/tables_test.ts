import type { StepTimes } from "../../../tasks/bench/measure.ts";
import { compareWithBase, type Result } from "../../../tasks/bench/ratios.ts";
import type { BenchReport, GroupReport } from "../../../tasks/bench/report.ts";
import { settings } from "../../../tasks/bench/settings.ts";
import {
  productTable,
  pytorchNotes,
  ratioTable,
  renderReport,
  stepTable,
  unrestNotes,
} from "../../../tasks/bench/tables.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";

const [pamap2] = settings;

function run(seconds: readonly number[], more: Partial<StepTimes> = {}): StepTimes {
  return { seconds, firstStep: 9.5, peakBytes: 3 * 2 ** 20, loss: 1, ...more };
}

const ours: Result = {
  name: "tensorflow-xla",
  flops: 4e10,
  runs: [run([3, 1, 2]), run([0.5])],
  problem: undefined,
};
const theirs: Result = {
  name: "pytorch",
  flops: 4e10,
  runs: [
    run([1.6], {
      peakBytes: 4 * 2 ** 20,
      optimizer: "fused",
      optimizerSeconds: { foreach: 0.004, fused: 0.0031 },
      mappedBytes: 0,
      faults: [7, 9, 8],
    }),
  ],
  problem: undefined,
};

function group(results: readonly Result[], more: Partial<GroupReport> = {}): GroupReport {
  const base = "pytorch";
  return {
    ...{ setting: pamap2!, method: "metamae", batchSize: 64, base, results },
    ratios: compareWithBase(results, base),
    products: undefined,
    ...more,
  };
}

function report(groups: readonly GroupReport[], more: Partial<BenchReport> = {}): BenchReport {
  return {
    ...{ schema: "metamae/bench", version: 2, comparison: "pytorch", preset: "paper", threads: 2 },
    ...{ rounds: 3, pytorch: undefined, cases: undefined, groups, ...more },
  };
}

Deno.test("stepTable() shows the median of the rounds' medians, rates and memory", () => {
  const text = stepTable([group([ours])]);
  // Medians 2 and 0.5: 1.25 s, 64 / 1.25 samples and 40 / 1.25 GFLOP a second.
  assertMatch(text, /tensorflow-xla +1\.250 +0\.500 - 3\.000 +51\.2 +32 +9\.5 s +3$/m);
});

Deno.test("stepTable() says why there is no result", () => {
  const failed = { name: "wasm", flops: 1, runs: [], problem: "a step takes about 9 GiB" };
  const text = stepTable([group([failed])]);
  assertMatch(text, /wasm +–$/m);
  assertMatch(text, /\npamap2, metamae, batch 64, wasm: a step takes about 9 GiB$/);
});

Deno.test("ratioTable() shows median, least and largest ratio of time and memory", () => {
  const text = ratioTable([group([ours, theirs])], "pytorch");
  assertMatch(
    text,
    /tensorflow-xla \/ pytorch +1\.250 \(1\.250 - 1\.250\) +0\.750 \(0\.750 - 0\.750\)$/m,
  );
  assert(!text.includes("first step"), text);
});

Deno.test("ratioTable() shows the first step between our own runs", () => {
  const slow = { ...ours, name: "slow", runs: [run([3], { firstStep: 19 })] };
  const results = [ours, slow];
  const ratios = compareWithBase(results, "tensorflow-xla");
  const text = ratioTable([group(results, { ratios })], "levers");
  assertMatch(text, /first step\n.* 2\.000 \(2\.000 - 2\.000\)$/m);
});

Deno.test("productTable() measures the steps of both sides by the fastest product", () => {
  const products = {
    shapes: [[640, 256, 512], [1024, 1024, 1024]] as const,
    gigaflops: { "tensorflow-xla": [50, 80], "pytorch": [60, 100] },
  };
  const text = productTable([group([ours, theirs], { products })]);
  assertMatch(text, /640 x 256 by 256 x 512 +50 +60$/m);
  assertMatch(text, /1024 x 1024 by 1024 x 1024 +80 +100$/m);
  assertMatch(text, /step of metamae .* +32 \(32 %\) +25 \(25 %\)$/m);
});

Deno.test("pytorchNotes() tell what makes the comparison fair", () => {
  const products = {
    shapes: [[1, 1, 1]] as const,
    gigaflops: { "tensorflow-xla": [90], "pytorch": [100] },
  };
  const pytorch = { path: "p", version: "2.15.0" };
  const cases = [1e-6, 4e-6].map((error) => ({
    ...{ case: "metamae_x", dtype: "float32", error, tolerance: 1e-5, checked: 1, pass: true },
  }));
  const groups = [group([ours, theirs], { products })];
  const [text] = pytorchNotes(report(groups, { pytorch, cases }));
  assertStringIncludes(text!, "meets 2 recorded cases, worst 40 % of the tolerance");
  assertStringIncludes(text!, "AdamW fused (foreach 4.0 ms, fused 3.1 ms)");
  assertStringIncludes(text!, "heap kept between steps, 8 page faults a step");
  assertStringIncludes(text!, "took 0.636 s on 2 cores with AVX-512, this is 2.52 x that");
  assertStringIncludes(text!, "at 252 GFLOP/s (here 100)");
  assertEquals(pytorchNotes(report(groups)), []);
});

Deno.test("pytorchNotes() say when the heap went back, and when nothing was recorded", () => {
  const pytorch = { path: "p", version: "2.15.0" };
  const given = { ...theirs, runs: [run([1], { mappedBytes: 2 ** 30, faults: [9e5] })] };
  const [text] = pytorchNotes(report([group([given], { batchSize: 8 })], { pytorch }));
  assertStringIncludes(text!, "heap NOT kept, 1024 MiB mapped, 900000 page faults a step");
  assertStringIncludes(text!, "not held to recorded cases");
  assert(!text!.includes("published"), text);
});

Deno.test("unrestNotes() warn of other programs and of uneven steps, and of nothing else", () => {
  const even = { ...ours, runs: [run([1, 1.05]), run([2, 2.1])], busy: [0.02, undefined] };
  assertEquals(unrestNotes([group([even])]), []);
  const [busy, ...others] = unrestNotes([group([even, { ...even, busy: [0.01, 0.37] }])]);
  assertStringIncludes(busy!, "up to 37 % of this machine");
  assertEquals(others, []);
  const [uneven] = unrestNotes([group([even, { ...even, runs: [run([1, 1.2])] }])]);
  assertStringIncludes(uneven!, "In 1 of 3 runs the slowest step took over 10 % longer");
});

Deno.test("renderReport() begins with the settings and leaves out tables without rows", () => {
  const alone = group([ours], { ratios: [] });
  const text = renderReport(report([alone], { comparison: "none", rounds: 1, threads: 1 }));
  assert(text.startsWith("pamap2: series 52x320, patch 5, mask ratio 0.85\n"), text);
  assertStringIncludes(text, "preset paper, 1 thread, median of the timed steps\n");
  assert(!text.includes("Ratios") && !text.includes("Matrix products"), text);
  const compared = renderReport(report([group([ours, theirs])]));
  assertStringIncludes(compared, "2 threads, median of the timed steps, 3 rounds in turns");
  assertStringIncludes(compared, "Ratios");
});
