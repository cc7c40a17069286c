import {
  findLibtensorflow,
  libraryVariable,
  type Libtensorflow,
} from "../../lib/engine/install/locate.ts";
import { loadLatestCheckpoint } from "../../lib/train/checkpoint_list.ts";
import { readMetricsLog } from "../../lib/train/metrics_log.ts";
import { hashFile } from "../../lib/util/hash.ts";
import { fromFileUrl, join } from "../../lib/util/path.ts";
import { drawKey, uniform } from "../../lib/util/random.ts";
import { assert, assertEquals, assertLess, assertStringIncludes } from "../assert.ts";
import { tensorflowAvailable } from "../engine_available.ts";
import { fakeData, fakePretrain, features } from "../train/fake_data.ts";
import { fakeMethod } from "../train/fake_method.ts";
import { inTemporaryFolder } from "../train/temporary_folder.ts";
import { architectureOf } from "../../lib/train/presets.ts";
import { stepLines } from "../train/step_lines.ts";

const child = fromFileUrl(new URL("train_child.ts", import.meta.url));
const root = fromFileUrl(new URL("../../", import.meta.url));
const specs = fakeMethod.build(
  [{ kind: "tabular", features }],
  architectureOf("tiny", "metamae"),
  fakeMethod.options.parse({}),
).parameters;

/** Kills of the crash test; the long form sets more. */
const attempts = Number(Deno.env.get("METAMAE_TEST_KILLS") ?? 6);

interface Ended {
  readonly code: number;
  readonly signal: string | null;
  readonly errors: string;
  /** Steps that were reported. */
  readonly steps: readonly number[];
}

/** A child that trains. */
interface Running {
  /** Resolves when a step was reported. */
  reached(step: number): Promise<void>;
  /** Resolves when any step was reported. */
  readonly stepped: Promise<void>;
  kill(signal: Deno.Signal): void;
  readonly ended: Promise<Ended>;
}

function train(run: string, steps: number, pause = 0, engine?: Libtensorflow): Running {
  const cache = join(run, "..", "cache");
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--config",
      join(root, "deno.json"),
      "--allow-read",
      "--allow-env",
      `--allow-write=${join(run, "..")}`,
      ...(engine ? ["--allow-ffi"] : []),
      child,
      run,
      String(steps),
      String(pause),
      ...(engine ? ["xla"] : []),
    ],
    // XLA keeps no programs, so that it has work to do, and writes down what it is given; the folder's name
    // must have no space.
    env: engine
      ? {
        [libraryVariable]: engine.folder,
        METAMAE_CACHE: cache,
        TF_XLA_FLAGS: "",
        XLA_FLAGS: "--xla_dump_to=dump",
      }
      : {},
    cwd: join(run, ".."),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const seen: number[] = [];
  const waiting = new Map<number, () => void>();
  const { promise: stepped, resolve: first } = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const step of stepLines(process.stdout)) {
      seen.push(step);
      waiting.get(step)?.();
      first();
    }
  })();
  const errors = new Response(process.stderr).text();
  const ended = (async () => {
    const { code, signal } = await process.status;
    await reading;
    return { code, signal, errors: await errors, steps: seen };
  })();
  return {
    stepped,
    reached: (step) =>
      new Promise((resolve) => seen.includes(step) ? resolve() : waiting.set(step, resolve)),
    kill: (signal) => {
      try {
        process.kill(signal);
      } catch {
        // It has ended by itself.
      }
    },
    ended,
  };
}

/** Whether a folder is there with a file in it. */
const isWritten = (folder: string) =>
  Array.fromAsync(Deno.readDir(folder)).then((files) => files.length > 0, () => false);

/** Digests of weights, moments and metrics after the last step. */
async function fingerprint(run: string, step: number): Promise<string[]> {
  const folder = join(run, "checkpoints", `step-${String(step).padStart(8, "0")}`);
  const files = ["model.safetensors", "optimizer.safetensors"].map((name) => join(folder, name));
  return await Promise.all([...files, join(run, "metrics.jsonl")].map((path) => hashFile(path)));
}

Deno.test("a run that is killed again and again ends with the bits of one that was not", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run"), whole = join(folder, "whole");
    // More than can be taken before the kills, at ten milliseconds each.
    const steps = 25 * attempts;
    await fakePretrain({ out: whole, steps });
    const key = drawKey(5, "kill");
    let kills = 0;
    for (let attempt = 0; attempt < attempts; attempt++) {
      const running = train(run, steps, 10);
      await Promise.race([running.stepped, running.ended]);
      await new Promise((resolve) => setTimeout(resolve, 150 * uniform(key, attempt)));
      running.kill("SIGKILL");
      const { signal } = await running.ended;
      if (signal === "SIGKILL") kills++;
      const loaded = await loadLatestCheckpoint(run, specs);
      assertEquals(loaded?.damaged ?? [], []);
    }
    assertEquals(kills, attempts, "kills that came in time");
    assertEquals((await train(run, steps).ended).code, 0);
    assertEquals(await fingerprint(run, steps), await fingerprint(whole, steps));
  }));

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143], ["SIGUSR1", 143]] as const) {
  Deno.test(`a run stopped by ${signal} saves, exits with ${code} and says how to go on`, () =>
    inTemporaryFolder(async (folder) => {
      const run = join(folder, "run");
      const running = train(run, 10_000, 20);
      await running.reached(4);
      const sent = performance.now();
      running.kill(signal);
      const ended = await running.ended;
      assertEquals(ended.code, code);
      assertLess(performance.now() - sent, 5000);
      const { message, hint } = JSON.parse(ended.errors.trim().split("\n").at(-1)!);
      const last = ended.steps.at(-1)!;
      assertStringIncludes(message, `Stopped by ${signal} after step ${last} of 10000`);
      assertStringIncludes(hint, `--out '${run}' --resume`);
      assertEquals((await loadLatestCheckpoint(run, specs))!.checkpoint.state.step, last);
      assertEquals((await readMetricsLog(join(run, "metrics.jsonl"))).at(-1)!.step, last);
    }));
}

Deno.test("a second signal ends a run at once and leaves a good checkpoint", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    const running = train(run, 10_000, 700);
    await running.reached(3);
    running.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 50));
    running.kill("SIGTERM");
    const { code, errors } = await running.ended;
    assert(code === 143 || code === 130, `${code}`);
    assert(!errors.includes("Stopped by"), errors);
    const loaded = await loadLatestCheckpoint(run, specs);
    assertEquals(loaded?.damaged ?? [], []);
  }));

Deno.test({
  name: "a signal while XLA compiles ends a run at once, with the exit code of the signal",
  ignore: !tensorflowAvailable,
  fn: () =>
    inTemporaryFolder(async (folder) => {
      const run = join(folder, "run");
      const running = train(run, 10, 0, findLibtensorflow().found!);
      let ended = false;
      running.ended.then(() => ended = true);
      while (!ended && !(await isWritten(join(folder, "dump")))) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const sent = performance.now();
      running.kill("SIGTERM");
      const { code, steps } = await running.ended;
      assertEquals([code, steps], [143, []]);
      assertLess(performance.now() - sent, 3000);
    }),
});

Deno.test("two runs in one folder: one goes on, the other ends with exit code 6", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    const both = [train(run, 60, 20), train(run, 60, 20)];
    const codes = (await Promise.all(both.map(({ ended }) => ended))).map(({ code }) => code);
    assertEquals(codes.sort(), [0, 6]);
    assertEquals((await loadLatestCheckpoint(run, specs))!.checkpoint.state.step, 60);
  }));

Deno.test("the lock of a run that was killed is free at once", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    const running = train(run, 10_000, 20);
    await running.reached(2);
    running.kill("SIGKILL");
    await running.ended;
    assertEquals((await train(run, 5).ended).code, 0);
  }));

Deno.test("a run goes on from the checkpoint before a damaged one and ends with the same bits", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run"), whole = join(folder, "whole");
    await fakePretrain({ out: whole, steps: 12 });
    await fakePretrain({ out: run, steps: 9, checkpointEvery: 3 });
    const weights = join(run, "checkpoints", "step-00000009", "model.safetensors");
    const bytes = await Deno.readFile(weights);
    bytes[bytes.length >> 1]! ^= 8;
    await Deno.writeFile(weights, bytes);
    const warnings: string[] = [];
    const result = await fakePretrain({ out: run, steps: 12, resume: true }, {
      warn: (message) => warnings.push(message),
    });
    assertEquals(result.stepsTaken, 6);
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0]!, "step-00000009");
    assertEquals(await fingerprint(run, 12), await fingerprint(whole, 12));
  }));

Deno.test("a sample that is not a number stops a run with its id", () =>
  inTemporaryFolder(async (folder) => {
    const data = fakeData();
    const error = await fakePretrain({ out: join(folder, "run") }, {
      openData: () =>
        Promise.resolve({
          ...data,
          batch: async (key) => {
            const batch = await data.batch(key);
            const at = Array.from(batch.ids).indexOf(107);
            if (at >= 0) batch.inputs[0]!.data[at * features] = NaN;
            return batch;
          },
        }),
    }).then(() => undefined, (error) => error);
    assertEquals(error?.exitCode, 5);
    assertStringIncludes(
      error.message,
      "the first tensor that is not finite is input 0 of the batch",
    );
    assert(/samples .*\b107\b/.test(error.message), error.message);
  }));
