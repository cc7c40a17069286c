import { checkpointFolder } from "../../lib/train/checkpoint.ts";
import { readSafetensors } from "../../lib/formats/tensor/safetensors.ts";
import { findMethod } from "../../lib/methods/registry.ts";
import { loadLatestCheckpoint } from "../../lib/train/checkpoint_list.ts";
import { readMetricsLog } from "../../lib/train/metrics_log.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import type { PretrainOptions } from "../../lib/train/prepare_run.ts";
import { runConfig } from "../../lib/documents/run_config.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertLess, assertStringIncludes } from "../assert.ts";
import { tensorflowAvailable } from "../engine_available.ts";
import { fakePretrain } from "./fake_data.ts";
import { allEnded, localAddresses, startWorker, startWorkers } from "./run_workers.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

type Options = Partial<PretrainOptions> & { readonly out: string };

/** Registers a test that needs libtensorflow, with a folder of its own. */
function workersTest(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !tensorflowAvailable,
    // The engine lives as long as the process.
    sanitizeResources: false,
    sanitizeOps: false,
    fn: () => inTemporaryFolder(body),
  });
}

const metamae = {
  method: "metamae",
  backend: "tensorflow",
  compile: "graph",
  preset: "tiny",
  batchSize: 8,
  steps: 20,
  checkpointEvery: 1,
  methodOptions: { contrastWeight: 1, supportRatio: 0.5 },
} as const;

type Tensors = ReadonlyMap<string, { readonly data: ArrayLike<number> }>;

async function tensorsOf(run: string, step: number, file: string): Promise<Tensors> {
  const { tensors } = await readSafetensors(join(checkpointFolder(run, step), file));
  return tensors as unknown as Tensors;
}

/** Square root of the summed squares of a - b; of a alone without b. */
function norm(a: Tensors, b?: Tensors, wanted: (name: string) => boolean = () => true): number {
  let sum = 0;
  for (const [name, { data }] of a) {
    if (!wanted(name)) continue;
    const other = b === undefined ? undefined : b.get(name)!.data;
    for (let i = 0; i < data.length; i++) sum += (Number(data[i]) - Number(other?.[i] ?? 0)) ** 2;
  }
  return Math.sqrt(sum);
}

/** The first moments after one step are a tenth of its gradient. */
const isGradient = (name: string) => name.startsWith("exp_avg/");

async function gradientError(run: string, expected: string): Promise<number> {
  const [a, b] = [
    await tensorsOf(run, 1, "optimizer.safetensors"),
    await tensorsOf(expected, 1, "optimizer.safetensors"),
  ];
  return norm(a, b, isGradient) / norm(b, undefined, isGradient);
}

async function lossesOf(run: string): Promise<number[]> {
  return (await readMetricsLog(join(run, "metrics.jsonl"))).map((line) => line["loss"]!);
}

/** Largest difference between the losses of two runs. */
async function lossError(run: string, expected: string): Promise<number> {
  const [a, b] = [await lossesOf(run), await lossesOf(expected)];
  assertEquals(a.length, b.length);
  return Math.max(...a.map((loss, i) => Math.abs(loss - b[i]!)));
}

/** Difference of the weights after some steps, relative to how far they have come. */
async function weightError(run: string, expected: string, steps: number): Promise<number> {
  const config = await runConfig.read(expected);
  const model = findMethod(config.method)
    .build(config.inputs, config.architecture, config.methodOptions);
  const trained = new Set(model.parameters.filter((spec) => spec.trainable).map((p) => p.name));
  const wanted = (name: string) => trained.has(name);
  const start = new Map(Object.entries(initialParameters(model.parameters, config.training.seed)));
  const [a, b] = [
    await tensorsOf(run, steps, "model.safetensors"),
    await tensorsOf(expected, steps, "model.safetensors"),
  ];
  return norm(a, b, wanted) / norm(b, start as unknown as Tensors, wanted);
}

/** Trains in one process and in several; both have ended well. */
async function trainBoth(folder: string, workers: number, options: Omit<Options, "out">) {
  const [one, several] = [join(folder, "one"), join(folder, "several")];
  await fakePretrain({ ...options, out: one }, { findMethod });
  const ended = await allEnded(startWorkers(workers, { ...options, out: several }));
  for (const { code, errors } of ended) assertEquals(code, 0, errors);
  return { one, several, ended };
}

for (const workers of [2, 4]) {
  workersTest(`pretrain in ${workers} processes takes the steps of one`, async (folder) => {
    const { one, several, ended } = await trainBoth(folder, workers, metamae);
    assertLess(await gradientError(several, one), 1e-5);
    assertLess(await lossError(several, one), 1e-4);
    assertLess(await weightError(several, one, 20), 0.01);
    assertEquals(ended.map(({ step }) => step), new Array(workers).fill(20));
    const warned = ended.map(({ errors }) => errors.includes("without authentication"));
    assertEquals(warned, ended.map((_, rank) => rank === 0), "the chief alone warns, once");
    const { sessions } = JSON.parse(await Deno.readTextFile(join(several, "environment.json")));
    assertEquals(sessions[0].workers, workers);
  });
}

workersTest(
  "pretrain in 2 processes mixes samples of both, cut into XLA programs",
  async (folder) => {
    const options = {
      ...metamae,
      method: "emix",
      methodOptions: {},
      compile: "xla",
      steps: 3,
    } as const;
    const { one, several } = await trainBoth(folder, 2, options);
    assertLess(await gradientError(several, one), 1e-5);
    assertLess(await lossError(several, one), 1e-4);
  },
);

workersTest(
  "pretrain goes on with another number of workers after one was killed",
  async (folder) => {
    const [one, several] = [join(folder, "one"), join(folder, "several")];
    const options = { ...metamae, batchSize: 6, steps: 12 };
    const workers = startWorkers(3, { ...options, out: several }, { pause: 100 });
    await workers[1]!.reached(4);
    workers[1]!.kill("SIGKILL");
    const killed = performance.now();
    const [chief, , other] = await allEnded(workers);
    assertLess(performance.now() - killed, 60_000);
    assertEquals([chief!.code, other!.code], [4, 4], chief!.errors + other!.errors);
    assertStringIncludes(
      chief!.errors,
      "Cannot go on with the other workers: worker 1 (127.0.0.1:",
    );
    assertStringIncludes(chief!.errors, "--resume");
    assert(chief!.step >= 3 && chief!.step < 12, `step ${chief!.step}`);

    const config = await runConfig.read(several);
    const { parameters } = findMethod("metamae")
      .build(config.inputs, config.architecture, config.methodOptions);
    const latest = await loadLatestCheckpoint(several, parameters);
    assertEquals(latest?.checkpoint.state.step, chief!.step, "the last step of the chief is saved");
    const resumed = await allEnded(startWorkers(2, { ...options, out: several, resume: true }));
    assertEquals(resumed.map(({ code }) => code), [0, 0], resumed[0]!.errors);
    await fakePretrain({ ...options, out: one }, { findMethod });
    assertLess(await lossError(several, one), 1e-4);
    assertLess(await weightError(several, one, 12), 0.01);
  },
);

workersTest("pretrain stops all workers at the same step when one is told to", async (folder) => {
  const out = join(folder, "run");
  const options = { ...metamae, steps: 1000, checkpointEvery: 1000, out };
  const workers = startWorkers(2, options, { pause: 100 });
  await workers[1]!.reached(2);
  workers[1]!.kill("SIGTERM");
  const ended = await allEnded(workers);
  assertEquals(ended.map(({ code }) => code), [143, 143], ended[0]!.errors + ended[1]!.errors);
  const [chief, other] = ended;
  assertEquals(chief!.step, other!.step);
  assertLess(chief!.step, 10);
  assertStringIncludes(chief!.errors, "Stopped by a signal to another worker");
  assertStringIncludes(other!.errors, "Stopped by SIGTERM");
  await Deno.stat(checkpointFolder(out, chief!.step));
  assertEquals((await lossesOf(out)).length, chief!.step);
});

workersTest("pretrain ends every worker when the loss is not finite", async (folder) => {
  const out = join(folder, "run");
  const methodOptions = { poisonStep: 3 };
  const options = { backend: "tensorflow", compile: "off", method: "fake", methodOptions } as const;
  const ended = await allEnded(startWorkers(2, { ...options, out }));
  assertEquals(ended.map(({ code }) => code), [5, 5], ended[0]!.errors);
  assertStringIncludes(ended[0]!.errors, "step-00000003");
  await Deno.stat(checkpointFolder(out, 3));
});

workersTest("pretrain refuses a worker that was asked for something else", async (folder) => {
  const out = join(folder, "run");
  const workers = startWorkers(2, { ...metamae, out }, { changes: { 1: { seed: 7, lr: 0.5 } } });
  const [chief, other] = await allEnded(workers);
  assertEquals(other!.code, 2, other!.errors);
  assertStringIncludes(other!.errors, "training.seed: 0 in the run, 7 now");
  assertEquals(chief!.code, 4, chief!.errors);
  assertStringIncludes(chief!.errors, "worker 1");
});

workersTest("joinCluster names the workers that do not come", async (folder) => {
  const addresses = localAddresses(3);
  const options = { out: join(folder, "run") };
  const worker = (rank: number) =>
    startWorker({ options, cluster: { addresses, rank }, joinOnly: 4 });
  const ended = await allEnded([worker(0), worker(2)]);
  assertEquals(ended.map(({ code }) => code), [7, 7]);
  // On a busy machine the other one may be late too, and is named before it.
  for (const { errors } of ended) assertStringIncludes(errors, ` 1 (${addresses[1]})`);
});

workersTest("joinCluster says so when a port is in use", async (folder) => {
  const [address, other] = localAddresses(2) as [string, string];
  const options = { out: join(folder, "run") };
  const first = startWorker({
    options,
    cluster: { addresses: [address, other], rank: 0 },
    joinOnly: 8,
  });
  await new Promise((resolve) => setTimeout(resolve, 4000));
  const second = startWorker({
    options,
    cluster: { addresses: [other, address], rank: 1 },
    joinOnly: 1,
  });
  const ended = await allEnded([first, second]);
  assertEquals(ended.map(({ code }) => code), [7, 4], ended[1]!.errors);
  assertStringIncludes(ended[1]!.errors, "cannot listen on the port");
});
