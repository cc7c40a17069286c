import { tf } from "../../lib/engine/backend/tf.ts";
import { readMetricsLog } from "../../lib/train/metrics_log.ts";
import { loadRun } from "../../lib/train/load_run.ts";
import { runConfig } from "../../lib/documents/run_config.ts";
import { LockedError, NumericError, StorageError, UsageError } from "../../lib/util/errors.ts";
import { hashFile } from "../../lib/util/hash.ts";
import { join } from "../../lib/util/path.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "../assert.ts";
import { fakeHooks, fakePretrain } from "./fake_data.ts";
import { inTemporaryFolder, namesIn } from "./temporary_folder.ts";

/** Digests of everything that the seed decides. */
async function fingerprint(run: string, step: number): Promise<Record<string, string>> {
  const checkpoint = join(run, "checkpoints", `step-${String(step).padStart(8, "0")}`);
  return {
    model: await hashFile(join(checkpoint, "model.safetensors")),
    optimizer: await hashFile(join(checkpoint, "optimizer.safetensors")),
    state: await hashFile(join(checkpoint, "state.json")),
    metrics: await hashFile(join(run, "metrics.jsonl")),
  };
}

Deno.test("pretrain trains, logs every step and ends with a checkpoint", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    const seen: number[] = [];
    const result = await fakePretrain({ out: run, command: "metamae pretrain" }, {
      onProgress: ({ step }) => seen.push(step),
    });
    assertEquals(seen, Array.from({ length: 20 }, (_, i) => i + 1));
    assertEquals([result.steps, result.stepsTaken], [20, 20]);
    assert(result.samplesPerSecond > 0 && result.seconds > 0);
    const lines = await readMetricsLog(join(run, "metrics.jsonl"));
    assertEquals(lines.map((line) => line.step), seen);
    assertEquals(lines.at(-1)!["loss"], result.loss);
    assert(lines.at(-1)!["loss"]! < lines[0]!["loss"]!);
    assertEquals(Object.keys(lines[0]!), [
      "step",
      "learningRate",
      "loss",
      "gradientNorm",
      "codeSize",
    ]);
    assertEquals(await Deno.readTextFile(join(run, "command.txt")), "metamae pretrain\n");
    assertEquals(await Deno.readTextFile(join(run, "checkpoints", "latest")), "step-00000020\n");
    assertEquals(
      (await namesIn(run)).map((name) => name.replace(/\.[\d.]+\.metamae/, ".N.metamae")),
      [
        "README.md",
        "checkpoints",
        "command.txt",
        "config.json",
        "environment.json",
        "events.out.tfevents.N.metamae",
        "metrics.jsonl",
        "timing.jsonl",
      ],
    );
    assertEquals(await namesIn(folder), ["run"]);
    const card = await Deno.readTextFile(join(run, "README.md"));
    assertStringIncludes(card, "# fake on fake");
    assertStringIncludes(card, "20 of batch 4, seed 0");
    assertStringIncludes(card, "- drawn from a normal distribution");
  }));

Deno.test("pretrain resumed in the middle of an epoch gives the bits of a run that never stopped", () =>
  inTemporaryFolder(async (folder) => {
    const whole = join(folder, "whole"), parts = join(folder, "parts");
    await fakePretrain({ out: whole });
    for (const steps of [7, 8, 20]) await fakePretrain({ out: parts, steps, resume: true });
    assertEquals(await fingerprint(parts, 20), await fingerprint(whole, 20));
  }));

Deno.test("pretrain resumed after lines were logged past the checkpoint drops them", () =>
  inTemporaryFolder(async (folder) => {
    const whole = join(folder, "whole"), cut = join(folder, "cut");
    await fakePretrain({ out: whole });
    await fakePretrain({ out: cut, steps: 9 });
    const log = join(cut, "metrics.jsonl");
    await Deno.writeTextFile(log, '{"step":10,"loss":7}\n{"step":11,"lo', { append: true });
    await fakePretrain({ out: cut, steps: 20, resume: true });
    assertEquals(await fingerprint(cut, 20), await fingerprint(whole, 20));
  }));

Deno.test("pretrain keeps no tensor after a run and none more with every step", () =>
  inTemporaryFolder(async (folder) => {
    await fakePretrain({ out: join(folder, "warm"), steps: 2 });
    const before = tf.memory().numTensors;
    const counts = new Set<number>();
    await fakePretrain({ out: join(folder, "run"), steps: 30 }, {
      onProgress: () => counts.add(tf.memory().numTensors),
    });
    assertEquals(counts.size, 1);
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("pretrain refuses a folder that holds a run, unless it is resumed", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    await fakePretrain({ out: run, steps: 1 });
    const error = await assertRejects(() => fakePretrain({ out: run }), UsageError);
    assertStringIncludes(error.message, "it holds a run already");
    assertStringIncludes(error.hint!, "--resume");
    await Deno.mkdir(join(folder, "other"));
    await Deno.writeTextFile(join(folder, "other", "notes.txt"), "mine");
    await assertRejects(
      () => fakePretrain({ out: join(folder, "other"), resume: true }),
      UsageError,
      "holds no run",
    );
  }));

Deno.test("pretrain lists the differences when a run is resumed with another configuration", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    await fakePretrain({ out: run, steps: 1 });
    const error = await assertRejects(
      () =>
        fakePretrain({
          out: run,
          resume: true,
          seed: 3,
          batchSize: 2,
          methodOptions: { width: 4 },
        }),
      UsageError,
    );
    assertEquals(error.message.split("\n").slice(1).map((line) => line.trim()), [
      "methodOptions.width: 3 in the run, 4 now",
      "training.batchSize: 4 in the run, 2 now",
      "training.seed: 0 in the run, 3 now",
    ]);
    assertEquals((await runConfig.read(run)).training.seed, 0);
  }));

Deno.test("pretrain resumed needs nothing but the folder", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    await fakePretrain({ out: run, steps: 3, methodOptions: { width: 2 }, weightDecay: 0.3 });
    const { pretrain } = await import("../../lib/train/pretrain.ts");
    const result = await pretrain({ out: run, resume: true, steps: 5 }, fakeHooks);
    assertEquals([result.steps, result.stepsTaken], [5, 2]);
    const config = await runConfig.read(run);
    assertEquals(config.training.weightDecay, 0.3);
    assertEquals(config.methodOptions["width"], 2);
    const again = await pretrain({ out: run, resume: true }, fakeHooks);
    assertEquals([again.stepsTaken, again.loss], [0, result.loss]);
  }));

Deno.test("pretrain stops at the first loss that is not finite and keeps the weights before it", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    const error = await assertRejects(
      () => fakePretrain({ out: run, methodOptions: { poisonStep: 6 }, checkpointEvery: 5 }),
      NumericError,
    );
    assertEquals(error.exitCode, 5);
    assertMatch(
      error.message,
      /^Cannot take step 7: the loss is NaN; the first tensor that is not finite is the draw "poison"; the batch holds the samples \d+, \d+, \d+, \d+$/,
    );
    assertStringIncludes(error.hint!, "step-00000006");
    const { step, parameters } = await loadRun(run, fakeHooks);
    assertEquals(step, 6);
    for (const { data } of Object.values(parameters)) assert(data.every(Number.isFinite));
    assertEquals((await readMetricsLog(join(run, "metrics.jsonl"))).at(-1)!.step, 6);
  }));

Deno.test("pretrain leaves no folder behind when the configuration is wrong", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    const wrong = [{ batchSize: 27 }, { lr: -1 }, { methodOptions: { width: "wide" } }, {
      keepLast: 0,
    }];
    for (const choices of wrong) {
      await assertRejects(() => fakePretrain({ out: run, ...choices }), UsageError);
    }
    assertEquals(await namesIn(folder), []);
  }));

Deno.test("pretrain fails with exit code 4 where a file is in the way of the folder", () =>
  inTemporaryFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "file"), "");
    for (const out of [join(folder, "file"), join(folder, "file", "run")]) {
      const error = await assertRejects(() => fakePretrain({ out }), StorageError);
      assertEquals(error.exitCode, 4);
    }
  }));

Deno.test("pretrain refuses a folder that another run is using", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    let other: Promise<Error> | undefined;
    await fakePretrain({ out: run, steps: 3 }, {
      onProgress: () => other ??= assertRejects(() => fakePretrain({ out: run }), LockedError),
    });
    await other;
  }));

Deno.test("pretrain keeps the newest and the best checkpoints", () =>
  inTemporaryFolder(async (folder) => {
    const kept = async (run: string, options: { keepLast?: number; keepBest?: string }) => {
      await fakePretrain({ out: run, steps: 12, checkpointEvery: 3, ...options });
      return (await namesIn(join(run, "checkpoints"))).filter((name) => name !== "latest")
        .map((name) => Number(name.slice(5)));
    };
    assertEquals(await kept(join(folder, "all"), {}), [3, 6, 9, 12]);
    assertEquals(await kept(join(folder, "last"), { keepLast: 2 }), [9, 12]);
    const size = new Map(
      (await readMetricsLog(join(folder, "all", "metrics.jsonl"))).map((line) => [
        line.step,
        line["codeSize"]!,
      ]),
    );
    const [best] = [3, 6, 9, 12].sort((a, b) => size.get(a)! - size.get(b)!);
    assert(best !== 12, "the test needs a best step that is not the last");
    assertEquals(
      await kept(join(folder, "best"), { keepLast: 1, keepBest: "codeSize" }),
      [best!, 12],
    );
    await assertRejects(
      () => kept(join(folder, "none"), { keepBest: "accuracy" }),
      UsageError,
      "the metrics are loss",
    );
  }));

Deno.test("pretrain starts from the weights of another run", () =>
  inTemporaryFolder(async (folder) => {
    const [first, second] = [join(folder, "first"), join(folder, "second")];
    await fakePretrain({ out: first, steps: 4 });
    await fakePretrain({ out: second, steps: 0, from: first });
    const [a, b] = [await loadRun(first, fakeHooks), await loadRun(second, fakeHooks)];
    assertEquals(b.step, 0);
    assertEquals(b.parameters["encoder.weight"], a.parameters["encoder.weight"]);
    await assertRejects(
      () => fakePretrain({ out: join(folder, "third"), from: first, methodOptions: { width: 2 } }),
      UsageError,
      "it differs from the model",
    );
  }));

Deno.test("pretrain follows the schedule and logs the learning rate", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    const schedule = { kind: "cosine", warmup: 2, final: 0 } as const;
    await fakePretrain({ out: run, steps: 4, schedule });
    const rates = (await readMetricsLog(join(run, "metrics.jsonl"))).map((l) => l["learningRate"]!);
    assertEquals(rates.map((rate) => Number(rate.toFixed(6))), [0.005, 0.01, 0.005, 0]);
    await assertRejects(
      () => fakePretrain({ out: run, steps: 9, schedule, resume: true }),
      UsageError,
      "training.steps: 4 in the run, 9 now",
    );
  }));

Deno.test("pretrain measures health at intervals, in metrics.jsonl and for TensorBoard", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    await fakePretrain({ out: run, steps: 9, logEvery: 5, healthEvery: 4 });
    const lines = await readMetricsLog(join(run, "metrics.jsonl"));
    assertEquals(lines.map(({ step }) => step), [1, 4, 5, 8, 9]);
    const measured = lines.filter((line) => "effectiveRank" in line);
    assertEquals(measured.map(({ step }) => step), [4, 8]);
    for (const { effectiveRank, featureDeviation } of measured) {
      assert(effectiveRank! >= 1 && effectiveRank! <= 3 && featureDeviation! > 0);
    }
    const events = (await namesIn(run)).find((name) => name.startsWith("events"))!;
    const text = new TextDecoder("latin1").decode(await Deno.readFile(join(run, events)));
    assertEquals(text.split("effectiveRank").length - 1, 2);
    await fakePretrain({ out: join(folder, "none"), steps: 4, healthEvery: 0 });
    const plain = await readMetricsLog(join(folder, "none", "metrics.jsonl"));
    assert(!plain.some((line) => "effectiveRank" in line));
  }));

Deno.test("pretrain with health measured gives the weights of a run without", () =>
  inTemporaryFolder(async (folder) => {
    const [with_, without] = [join(folder, "with"), join(folder, "without")];
    await fakePretrain({ out: with_, steps: 6, healthEvery: 1 });
    await fakePretrain({ out: without, steps: 6, healthEvery: 0 });
    assertEquals((await fingerprint(with_, 6)).model, (await fingerprint(without, 6)).model);
  }));
