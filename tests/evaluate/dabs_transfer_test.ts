import { disposeTree, downloadTree, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import {
  fitDabsTransfer,
  meanOverBatches,
  runDabsTransfer,
  transferGradient,
  transferScores,
  transferStep,
} from "../../lib/evaluate/dabs_transfer.ts";
import { dropoutDraw } from "../../lib/nn/draws.ts";
import { taskLoss } from "../../lib/nn/losses.ts";
import { resultRecord } from "../../lib/documents/result_record.ts";
import type { TaskSpec } from "../../lib/spec/task.ts";
import { adamw } from "../../lib/train/optimizer.ts";
import { DataError, UsageError } from "../../lib/util/errors.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { join } from "../../lib/util/path.ts";
import { drawKey, normals } from "../../lib/util/random.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { sampleBatch } from "../methods/method_cases.ts";
import { tidied } from "../methods/run_objective.ts";
import { engineInfo, toyInput, toyRun, toyStore, toyTask } from "./sample_run.ts";

const binary: TaskSpec = { kind: "binary", classes: 2, metric: "accuracy" };
const regression: TaskSpec = { kind: "regression", classes: 1, metric: "spearman" };
const [rows, width] = [5, 3];
const features = () => tf.tensor2d(normals(drawKey(0, "features"), rows * width), [rows, width]);
const targets: Readonly<Record<string, () => tf.Tensor>> = {
  "single-label": () => tf.tensor1d([0, 2, 1, 1, 0], "int32"),
  "binary": () => tf.tensor2d([1, 0, 0, 1, 1], [rows, 1]),
  "multi-label": () => tf.tensor2d([1, 0, 1, 0, 0, 0, 1, 1, 1, 1], [rows, 2]),
  "regression": () => tf.tensor2d([0.3, -2, 1, 4, 0], [rows, 1]),
};

for (
  const [kind, outputs] of [["single-label", 3], ["binary", 1], ["multi-label", 2], [
    "regression",
    1,
  ]] as const
) {
  testOnBackends(`transferGradient() is the slope of the loss, ${kind}`, () => {
    const task = { kind, classes: outputs, metric: "accuracy" } as TaskSpec;
    const values = normals(drawKey(1, kind), width * outputs);
    tf.tidy(() => {
      const head = (data: Float32Array) => tf.tensor2d(data, [width, outputs]);
      const { gradient } = transferGradient(head(values), features(), targets[kind]!(), task);
      gradient.dataSync().forEach((slope, i) => {
        const at = (by: number) => {
          const moved = values.map((value, j) => j === i ? value + by : value);
          const scores = transferScores(head(moved), features());
          return taskLoss(scores, targets[kind]!(), task).dataSync()[0]!;
        };
        assertAlmostEquals(slope, (at(0.01) - at(-0.01)) / 0.02, 2e-3);
      });
    });
  });
}

/** One step of a head on four toy samples, with or without dropout. */
async function takeStep(rate: number, step = 0) {
  const run = await toyRun("emix");
  const model = { ...run.model, architecture: { ...run.model.architecture, dropout: rate } };
  const head = float32([17, 3], normals(drawKey(0, "head"), 51));
  const { init, scalars } = adamw({ weightDecay: 0.5 });
  const state = uploadTree({ head, moments: init(head), parameters: run.parameters });
  const inputs = uploadTree({
    inputs: sampleBatch([toyInput], 4),
    targets: int32([4], [0, 1, 2, 1]),
    draws: dropoutDraw({ seed: 0, step, firstSample: 0, samples: 4 }),
    scalars: scalars(1, 0.1),
  });
  const outputs = tidied(() => {
    const { state: { head, moments } = state, results } = transferStep(model, toyTask)(
      state,
      inputs,
    );
    return { head, moments, ...results };
  });
  const after = await downloadTree(outputs);
  disposeTree(state, inputs, outputs);
  await Deno.remove(run.checkpoint, { recursive: true });
  return { head, after };
}

testOnBackends("transferStep() keeps the encoder's dropout on", async () => {
  const [plain, first, second] = [
    await takeStep(0),
    await takeStep(0.3, 0),
    await takeStep(0.3, 1),
  ];
  const losses = [plain, first, second].map(({ after }) => after.loss.data[0]!);
  assertEquals(new Set(losses).size, 3);
  assertEquals((await takeStep(0.3, 1)).after.loss.data[0], losses[2]);
});

testOnBackends(
  "transferStep() moves the head by AdamW, its decay apart from the gradient",
  async () => {
    const { head, after } = await takeStep(0);
    const moments = after.moments.first.data;
    head.data.forEach((value, i) => {
      // The first step has the size of the learning rate whatever the gradient.
      const wanted = value - 0.1 * 0.5 * value - 0.1 * Math.sign(moments[i]!);
      assertAlmostEquals(after.head.data[i]!, wanted, 2e-4);
    });
  },
);

testOnBackends("fitDabsTransfer() reads labels off features that hold them", async (backend) => {
  await using store = await toyStore({ train: 60, test: 30 });
  const run = await toyRun("metamae");
  const epochs: number[] = [];
  const fit = await fitDabsTransfer(run, store, {
    ...{ epochs: 60, batchSize: 8, seed: 0 },
    compile: backend === "tensorflow" ? "graph" : "off",
    onEpoch: ({ epoch }) => epochs.push(epoch),
  });
  assertEquals([fit.batchSize, fit.steps, fit.trainSamples], [8, 60 * 7, 60]);
  assertEquals(epochs.length, 60);
  assertEquals(fit.ids.data.length, 30);
  const [first, last] = [fit.history[0]!.metric!, fit.history.at(-1)!.metric!];
  assert(last > 0.5 && last > first, `${first} to ${last}`);
  await Deno.remove(run.checkpoint, { recursive: true });
});

testOnBackends(
  "runDabsTransfer() writes a record of the protocol and repeats itself",
  async (backend) => {
    const run = await toyRun("scratch");
    await using store = await toyStore();
    const folder = await Deno.makeTempDir();
    const options = { data: store.path, epochs: 2, engine: engineInfo(backend), seed: 4 };
    const record = await runDabsTransfer(run, { ...options, out: join(folder, "a.json") });
    const written = resultRecord.parse(JSON.parse(await Deno.readTextFile(join(folder, "a.json"))));
    assertEquals(written, JSON.parse(JSON.stringify(record)));
    assertEquals([record.samples.train, record.samples.test, record.seed], [23, 10, 4]);
    const [result] = record.results;
    assert(result !== undefined && "metrics" in result && result.probe === "dabs");
    assertEquals(result.settings.protocol, "dabs");
    const own = ["accuracy", "weighted-f1", "auroc", "accuracy-mean-over-batches"];
    assertEquals(Object.keys(result.metrics).filter((name) => own.includes(name)), own);
    assertEquals(record.notes, ["made of noise"]);
    const again = await runDabsTransfer(run, options);
    const numbers = ({ results: [found] }: typeof record) =>
      found !== undefined && "metrics" in found ? [found.metrics, found.history] : [];
    assertEquals(numbers(again), numbers(record));
    assertEquals(again.sources, record.sources);
    const other = await runDabsTransfer(run, { ...options, seed: 5 });
    assert(other.sources.features !== record.sources.features);
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(run.checkpoint, { recursive: true });
  },
);

testOnBackends("runDabsTransfer() handles labels of tokens and numbers", async (backend) => {
  const run = await toyRun("metamae");
  const perToken: TaskSpec = { kind: "per-token", classes: 3, metric: "accuracy", ignoreLabel: 0 };
  for (const task of [perToken, regression]) {
    await using store = await toyStore({ task });
    const engine = engineInfo(backend);
    const { results: [result] } = await runDabsTransfer(run, {
      data: store.path,
      epochs: 1,
      engine,
    });
    assert(result !== undefined && "metrics" in result);
    const names = Object.keys(result.metrics);
    const name = task === perToken ? "accuracy-without-padding" : "spearman";
    assert(names.includes(name) && names.includes(`${name}-mean-over-batches`), String(names));
  }
  await Deno.remove(run.checkpoint, { recursive: true });
});

Deno.test("runDabsTransfer() refuses stores without labels or of other inputs", async () => {
  const engine = engineInfo("wasm");
  await using unlabelled = await toyStore({ task: null });
  const run = await toyRun("scratch");
  await assertRejects(
    () => runDabsTransfer(run, { data: unlabelled.path, engine }),
    DataError,
    "has no labels",
  );
  await using store = await toyStore();
  const other = await toyRun("scratch", { ...toyInput, patch: 4 } as typeof toyInput);
  await assertRejects(() => runDabsTransfer(other, { data: store.path, engine }), UsageError);
});

Deno.test("meanOverBatches() averages the metric of batches, the short last one included", () => {
  const scores = {
    values: Float64Array.of(1, 2, 3, 4, 9, 1),
    labels: [1, 2, 4, 3, 0, 1],
    samples: 6,
  };
  const mean = meanOverBatches(scores, regression, 4)["spearman-mean-over-batches"]!;
  // The rank correlations of the two batches are 0.8 and -1.
  assertAlmostEquals(mean.value!, -0.1, 1e-12);
  assertEquals(meanOverBatches(scores, { ...binary, metric: "auroc" }, 4), {});
  const constant = { values: new Float64Array(4), labels: [1, 2, 3, 4], samples: 4 };
  const none = meanOverBatches(constant, regression, 2)["spearman-mean-over-batches"]!;
  assertEquals(none.value, null);
});
