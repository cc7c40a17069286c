import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertRejects,
  assertThrows,
} from "../assert.ts";
import {
  adaptationOf,
  configExperiment,
  joinScores,
  loadResults,
  machineOf,
  resultView,
  runExperiment,
  runView,
  scoresOf,
  sessionsView,
  unpatchify,
} from "../../lib/report/load_results.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { result, runSummary, writeGallery, writeJson, writeRun } from "./result_files.ts";
import type { ScoreRecord, Skipped } from "../../lib/report/results.ts";
import { experiment, metric, scoreRecord } from "./builders.ts";
import { packFloats } from "../../lib/documents/result_record.ts";
import { checkJson } from "../../lib/util/json.ts";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadResults() reads a record with what makes its numbers traceable", () =>
  inFolder(async (folder) => {
    const path = join(folder, "mnist", "metamae.json");
    await writeJson(path, result({ seed: 3 }));
    const { scores, adaptations, skipped } = await loadResults([path]);
    assertEquals(skipped, []);
    const [record] = scores;
    assertEquals(record!.source, "mnist/metamae.json");
    assertEquals([record!.seed, record!.metric, record!.testSamples], [3, "accuracy", 2000]);
    const { dataset, pretrain, method, settings } = record!.experiment;
    assertEquals([dataset, pretrain, method], ["mnist", "mnist", "metamae"]);
    assertEquals(settings["learningRate"], 1e-3);
    assertEquals(settings["schedule"], "constant");
    assertEquals(settings["steps"], 1000);
    assertEquals(record!.provenance["Data"], "cccccccccccc");
    assertEquals(record!.provenance["tensorflow"], "2.21.0");
    const metric = record!.scores[0]!.metrics["accuracy"]!;
    assert(metric.value !== null);
    assertEquals(metric.interval, { low: 0.89, high: 0.91, kind: "samples" });
    assertAlmostEquals(metric.replicates!.values[0]!, 0.89, 1e-6);
    assertEquals(adaptations[0]!.losses!.after, 0.3);
  }));

Deno.test("loadResults() keeps the reason of what is undefined or was left out", () =>
  inFolder(async (folder) => {
    const path = join(folder, "scratch.json");
    await writeJson(path, result({ method: "scratch", accuracy: null }));
    const { scores: [record], adaptations } = await loadResults([path]);
    const metrics = record!.scores.map(({ metrics }) => metrics["accuracy"]);
    assertEquals(metrics[0], { value: null, reason: "the predictions are all equal" });
    assertEquals(metrics[1], { value: null, reason: "the method has no decoder" });
    assertEquals(adaptations[0]!.reason, "the method has no decoder");
    assertEquals(record!.experiment.settings["learningRate"], undefined, "it was not trained");
  }));

Deno.test("loadResults() walks folders and passes other files over in silence", () =>
  inFolder(async (folder) => {
    await writeJson(join(folder, "b", "result.json"), result({ seed: 1 }));
    await writeJson(join(folder, "a", "result.json"), result({ seed: 0 }));
    await writeJson(join(folder, "a", "store.json"), { schema: "metamae/store", version: 1 });
    await writeJson(join(folder, "a", "other.json"), [1, 2]);
    await writeJson(join(folder, "a", "checkpoints", "result.json"), result({ seed: 2 }));
    await writeJson(join(folder, ".hidden", "result.json"), result({ seed: 4 }));
    await Deno.writeTextFile(join(folder, "a", "notes.txt"), "text");
    await writeRun(join(folder, "c"));
    const results = await loadResults([folder]);
    assertEquals(results.skipped, []);
    assertEquals(results.scores.map(({ seed }) => seed), [0, 1]);
    assert(results.scores[0]!.source.endsWith(join("a", "result.json")));
    assertEquals(results.curves.length, 1);
    const { points, health, machine, source } = results.curves[0]!;
    assertEquals([points.length, points[0]], [50, { step: 20, loss: 1 }]);
    assertEquals(health, { effectiveRank: [{ step: 400, value: 4 }, { step: 800, value: 8 }] });
    assertEquals(machine, "tensorflow 2.21.0 (xla), linux x86_64, 2 threads");
    assert(source.endsWith("c"));
  }));

Deno.test("loadResults() reads an untrained run without a log", () =>
  inFolder(async (folder) => {
    await writeRun(folder, { method: "scratch" });
    await Deno.remove(join(folder, "metrics.jsonl"));
    await Deno.remove(join(folder, "environment.json"));
    const { curves, skipped } = await loadResults([folder]);
    assertEquals([curves[0]!.points, curves[0]!.machine, skipped], [[], undefined, []]);
  }));

Deno.test("loadResults() puts gallery patches in place and shows visible ones as they are", () =>
  inFolder(async (folder) => {
    const input = { kind: "image", channels: 1, height: 2, width: 4, patch: 2 } as const;
    await writeGallery(join(folder, "features"), input);
    const { galleries } = await loadResults([folder]);
    const { samples } = galleries[0]!.modalities[0]!;
    assertEquals(samples.length, 2);
    assertEquals(Array.from(samples[0]!.original), [0, 1, 4, 5, 2, 3, 6, 7]);
    assertEquals(Array.from(samples[0]!.mask), [0, 1]);
    assertEquals(Array.from(samples[0]!.before), [0, 1, 104, 105, 2, 3, 106, 107]);
    assertEquals(Array.from(samples[1]!.after!), [8, 9, 212, 213, 10, 11, 214, 215]);
  }));

Deno.test("loadResults() leaves out what is damaged, newer or foreign, and says why", () =>
  inFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    await writeJson(at("good.json"), result());
    await Deno.writeTextFile(at("cut.json"), JSON.stringify(result()).slice(0, 500));
    await writeJson(at("newer.json"), { ...result(), version: 2 });
    await writeJson(at("missing-field.json"), { ...result(), run: undefined });
    await writeJson(at("foreign.json"), { schema: "other", version: 1 });
    await writeGallery(at("features"), { kind: "tabular", features: 4 });
    const tensors = join(at("features"), "gallery.safetensors");
    const bytes = await Deno.readFile(tensors);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(tensors, bytes);
    const names = ["good", "cut", "newer", "missing-field", "foreign"].map((n) => at(`${n}.json`));
    const { scores, skipped, galleries } = await loadResults([...names, at("features")]);
    assertEquals([scores.length, galleries.length], [1, 0]);
    const reasons = skipped.map(({ reason }) => reason);
    assertEquals(reasons.length, 5);
    assert(reasons[0]!.includes("no valid JSON"));
    assert(reasons[1]!.includes("format version is 2"));
    assert(reasons[2]!.includes('"run"'));
    assert(reasons[3]!.includes('it is "other", a result record is wanted'));
    assert(reasons[4]!.includes("has changed since it was written"));
  }));

Deno.test("loadResults() counts a record once, and the second of one seed not at all", () =>
  inFolder(async (folder) => {
    await writeJson(join(folder, "a.json"), result({ accuracy: 0.9 }));
    await writeJson(join(folder, "b.json"), result({ accuracy: 0.8 }));
    await writeJson(join(folder, "c.json"), result({ methodOptions: { maskRatio: 0.85 } }));
    const { scores, skipped } = await loadResults([folder, join(folder, "a.json")]);
    assertEquals(scores.map(({ source }) => source.slice(-6)), ["a.json", "c.json"]);
    assertEquals(skipped.length, 1);
    assert(skipped[0]!.source.endsWith("b.json"));
    assert(skipped[0]!.reason.includes("repeats data set, method, settings and seed"));
  }));

Deno.test("loadResults() tells adaptations of one run apart", () =>
  inFolder(async (folder) => {
    await writeJson(join(folder, "a.json"), result());
    const adaptation = { innerSteps: 5, innerLr: 0.5 };
    await writeJson(join(folder, "b.json"), { ...result(), adaptation });
    const { scores } = await loadResults([folder]);
    assertEquals(scores.map(({ experiment }) => experiment.settings["adaptationSteps"]), [
      undefined,
      5,
    ]);
  }));

Deno.test("loadResults() tolerates fields that it does not know", () =>
  inFolder(async (folder) => {
    const record = { ...result(), later: 1, run: { ...runSummary({}), later: 1 } };
    await writeJson(join(folder, "a.json"), record);
    const { scores, skipped } = await loadResults([folder]);
    assertEquals([scores.length, skipped.length], [1, 0]);
  }));

Deno.test("loadResults() refuses a path that does not exist", async () => {
  await assertRejects(() => loadResults(["no/such/path"]), MissingError, '"no/such/path"');
});

Deno.test("loadResults() reads how images of a gallery are drawn, and galleries that do not say it", () =>
  inFolder(async (folder) => {
    const input = { kind: "image", channels: 1, height: 2, width: 4, patch: 2 } as const;
    const options = { dataset: "folder", look: "spectrogram" } as const;
    await writeGallery(join(folder, "a"), input, options);
    await writeGallery(join(folder, "b"), input);
    const { galleries, skipped } = await loadResults([folder]);
    const looks = galleries.map(({ modalities }) => modalities[0]!.look);
    assertEquals([looks, skipped], [["spectrogram", undefined], []]);
  }));

const linear = scoreRecord(experiment("mnist", "capri"), 0.5, { source: "a.json" });
const dabs: ScoreRecord = {
  ...linear,
  source: "b.json",
  selection: "The DABS protocol.",
  scores: [{ probe: "dabs", latent: "z", metrics: { accuracy: metric(0.4) } }],
};
const probes = (records: readonly ScoreRecord[]) =>
  records.map(({ scores }) => scores.map(({ probe }) => probe));

Deno.test("joinScores() joins different probes of one run", () => {
  const skipped: Skipped[] = [];
  const [joined, ...others] = joinScores([linear, dabs], skipped);
  assertEquals([others, skipped], [[], []]);
  assertEquals(probes([joined!]), [["linear", "dabs"]]);
  assertEquals(joined!.source, "a.json");
  assertEquals(joined!.selection, [linear.selection, dabs.selection].filter(Boolean).join(" "));
});

Deno.test("joinScores() keeps seeds and settings apart", () => {
  const seed = scoreRecord(experiment("mnist", "capri"), 0.5, { seed: 1 });
  const settings = scoreRecord(experiment("mnist", "capri", { steps: 3 }), 0.5);
  assertEquals(probes(joinScores([linear, seed, settings], [])), [["linear"], ["linear"], [
    "linear",
  ]]);
});

Deno.test("joinScores() leaves out a probe that is there already, and says so", () => {
  const skipped: Skipped[] = [];
  const again = scoreRecord(experiment("mnist", "capri"), 0.7, { source: "c.json" });
  const joined = joinScores([linear, dabs, again], skipped);
  assertEquals(probes(joined), [["linear", "dabs"]]);
  assertEquals(skipped.map(({ source }) => source), ["c.json"]);
  assertEquals(skipped[0]!.reason, 'It repeats data set, method, settings and seed of "a.json"');
});

Deno.test("unpatchify() puts image patches back channel by channel", () => {
  const input = { kind: "image", channels: 2, height: 4, width: 4, patch: 2 } as const;
  const sample = Array.from({ length: 32 }, (_, i) => i);
  // NumPy: x.reshape(2,2,2,2,2).transpose(1,3,2,4,0).ravel()
  const patches = [
    ...[0, 16, 1, 17, 4, 20, 5, 21],
    ...[2, 18, 3, 19, 6, 22, 7, 23],
    ...[8, 24, 9, 25, 12, 28, 13, 29],
    ...[10, 26, 11, 27, 14, 30, 15, 31],
  ];
  assertEquals([...unpatchify(patches, input)], sample);
});

Deno.test("unpatchify() puts series patches back channel by channel", () => {
  const input = { kind: "series", channels: 2, length: 4, patch: 2 } as const;
  assertEquals([...unpatchify([0, 4, 1, 5, 2, 6, 3, 7], input)], [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("unpatchify() keeps columns and ids, and refuses other lengths", () => {
  assertEquals([...unpatchify([1, 2], { kind: "tabular", features: 2 })], [1, 2]);
  const tokens = { kind: "tokens", vocabulary: 4, length: 3 } as const;
  assertEquals([...unpatchify([3, 1, 2], tokens)], [3, 1, 2]);
  assertThrows(() => unpatchify([3, 1], tokens), DataError, "2 values, 3 are wanted");
});

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
