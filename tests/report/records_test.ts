import { assertAlmostEquals, assertEquals, assertThrows } from "../assert.ts";
import {
  adaptationOf,
  configExperiment,
  machineOf,
  resultView,
  runExperiment,
  runView,
  scoresOf,
  sessionsView,
} from "../../lib/report/records.ts";
import { packFloats } from "../../lib/documents/result_record.ts";
import { checkJson } from "../../lib/util/json.ts";
import { result, runSummary } from "./result_files.ts";

Deno.test("resultView reads what the shared format writes, and refuses less", () => {
  const record = resultView.parse(result());
  assertEquals(record.metric, "accuracy");
  const { results: _, ...less } = result();
  const error = assertThrows(() => checkJson(less, resultView, "it"));
  assertEquals((error as Error).message.includes('"results"'), true);
});

Deno.test("scoresOf() keeps probes, latents, settings and replicates under their key", () => {
  const replicates = [0.25, NaN, 0.5];
  const { scores } = scoresOf(resultView.parse(result({ accuracy: 0.4, replicates })), "a.json");
  assertEquals(scores.map(({ probe, latent }) => `${probe} ${latent}`), [
    "linear z",
    "linear zstar",
    "knn z",
  ]);
  assertEquals(scores[2]!.settings, { neighbours: 20, temperature: 0.07 });
  const metric = scores[0]!.metrics["accuracy"]!;
  if (metric.value === null) throw new Error("it has a value");
  assertEquals(metric.replicates, { key: "0/3/abc", values: replicates });
});

Deno.test("scoresOf() takes an interval that is null for none", () => {
  const record = result();
  const reason = "an interval needs at least two test samples";
  const metrics = { accuracy: { value: 1, interval: { low: null, high: null, reason } } };
  const probe = { ...record.results[0]!, metrics };
  const { scores } = scoresOf(resultView.parse({ ...record, results: [probe] }), "a.json");
  assertEquals(scores[0]!.metrics["accuracy"], { value: 1 });
});

Deno.test("runExperiment() collects settings of run, architecture, method and training", () => {
  const summary = runSummary({ method: "metamae" });
  const training = { ...summary.training, schedule: { kind: "cosine", warmup: 10 }, from: "/x" };
  const { settings } = runExperiment({ ...summary, training }, "scop", "default");
  assertEquals(settings, {
    preset: "small",
    steps: 1000,
    backbone: "metamae",
    encoderWidth: 128,
    decoderLayers: 2,
    maskRatio: 0.5,
    innerLr: 0.5,
    innerSteps: 1,
    batchSize: 64,
    learningRate: 1e-3,
    schedule: "cosine",
    scheduleWarmup: 10,
  });
});

Deno.test("runExperiment() counts the steps of the weights, not of the whole run", () => {
  const summary = { ...runSummary({ method: "mae" }), step: 500 };
  assertEquals(runExperiment(summary, "mnist", "default").settings["steps"], 500);
});

Deno.test("runExperiment() names adaptation only where it is not the method's own", () => {
  const adapted = (innerSteps: number, innerLr: number) => {
    const adaptation = { innerSteps, innerLr };
    const { settings } = runExperiment(runSummary({}), "mnist", "default", adaptation);
    return [settings["adaptationSteps"], settings["adaptationRate"]];
  };
  assertEquals(adapted(1, 0.5), [undefined, undefined]);
  assertEquals(adapted(3, 0.1), [3, 0.1]);
});

Deno.test("configExperiment() of a run equals the experiment of its result on the same data", () => {
  const { pretrain, training, seed, ...run } = runSummary({ method: "mae" });
  const config = runView.parse({
    ...run,
    data: { dataset: pretrain.dataset, variant: "default" },
    training: { ...training, seed },
  });
  const { adaptationSteps: _s, adaptationRate: _r, ...settings } =
    runExperiment(runSummary({ method: "mae" }), "mnist", "default").settings;
  assertEquals(configExperiment(config).settings, settings);
});

Deno.test("adaptationOf() has losses, or the reason why there are none", () => {
  const some = adaptationOf(resultView.parse(result()), "a.json");
  assertEquals([some.losses?.before, some.steps, some.learningRate], [0.4, 1, 0.5]);
  const none = adaptationOf(resultView.parse(result({ method: "scratch" })), "a.json");
  assertEquals([none.losses, none.reason], [null, "the method has no decoder"]);
});

Deno.test("machineOf() names each machine of a resumed run once", () => {
  const session = {
    startStep: 0,
    platform: "linux x86_64",
    backend: "wasm",
    backendVersion: "4.22.0",
    compile: "off",
    threads: 8,
    cpu: "Fast 9000",
  };
  const { cpu: _, ...other } = session;
  assertEquals(
    machineOf(sessionsView.parse({ sessions: [session, session, other] })),
    "wasm 4.22.0 (off), linux x86_64, 8 threads, Fast 9000; " +
      "wasm 4.22.0 (off), linux x86_64, 8 threads",
  );
  assertEquals(machineOf({ sessions: [] }), "");
});

Deno.test("packFloats() of replicates survives the way through a record", () => {
  const text = packFloats([0.1]);
  const record = result({ replicates: [0.1] });
  const probe = record.results[0]!;
  if (!("metrics" in probe)) throw new Error("it was measured");
  const metric = probe.metrics["accuracy"]!;
  assertEquals("replicates" in metric && metric.replicates, text);
  const { scores } = scoresOf(resultView.parse(record), "a.json");
  const read = scores[0]!.metrics["accuracy"]!;
  assertAlmostEquals("replicates" in read ? read.replicates!.values[0]! : NaN, 0.1, 1e-7);
});
