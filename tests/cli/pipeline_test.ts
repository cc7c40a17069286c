import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { type ProgramResult, runProgram, startProgram } from "./program.ts";

/** Runs a command that must succeed and returns its document. */
async function json(cwd: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await runProgram([...args, "--json"], { cwd });
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

function fails(result: ProgramResult, code: number, ...parts: readonly string[]): void {
  assertEquals([result.code, result.stdout], [code, ""], result.stderr);
  for (const part of parts) assertStringIncludes(result.stderr, part);
  assert(!result.stderr.includes("    at "), "an error that a user can act on has no stack trace");
}

// One store and one run for all steps, in a folder with a space and a quote in its name.
Deno.test("metamae leads from the digits to a report", async (t) => {
  const cwd = await Deno.makeTempDir({ prefix: "meta mae's " });
  const tiny = ["--preset", "tiny", "--backend", "wasm"];
  const exists = (name: string) => Deno.stat(`${cwd}/${name}`).then(() => true, () => false);
  try {
    await t.step("tokenize writes a store and says what is in it", async () => {
      const made = await json(cwd, "tokenize", "mnist", "--out", "a.store", "--limit", "64");
      assertEquals([made.schema, made.dataset], ["metamae/tokenize", "mnist"]);
      assertEquals(made.splits, { train: 64, test: 64 });
    });

    await t.step("tokenize replaces a store only with --force", async () => {
      const again = ["tokenize", "mnist", "--out", "a.store", "--limit", "64"];
      fails(await runProgram(again, { cwd }), 2, "there is a store already", "--force");
      await json(cwd, ...again, "--force");
    });

    await t.step(
      "inspect shows splits and a picture, verifies, and writes the picture",
      async () => {
        const seen = await json(cwd, "inspect", "a.store", "--verify", "--picture", "a.svg");
        assertEquals(seen.splits.map((split: { count: number }) => split.count), [64, 64]);
        assertStringIncludes(await Deno.readTextFile(`${cwd}/a.svg`), "<svg ");
        const { stdout } = await runProgram(["inspect", "a.store"], { cwd });
        assertStringIncludes(stdout, "Sample 0 of train");
        assert(/[#%@]{6}/.test(stdout), stdout);
      },
    );

    await t.step("inspect refuses a damaged store with exit code 3", async () => {
      await Deno.mkdir(`${cwd}/broken.store`);
      for await (const { name } of Deno.readDir(`${cwd}/a.store`)) {
        await Deno.copyFile(`${cwd}/a.store/${name}`, `${cwd}/broken.store/${name}`);
        if (name.startsWith("input")) await Deno.truncate(`${cwd}/broken.store/${name}`, 10);
      }
      fails(await runProgram(["inspect", "broken.store"], { cwd }), 3, "10 bytes");
    });

    await t.step("pretrain --dry-run shows the plan and writes nothing", async () => {
      const plan = await json(
        cwd,
        ...["pretrain", "--data", "a.store", "--method", "metamae", "--out", "no.run"],
        ...["--dry-run", "--inner-lr", "0.25", "--batch-size", "16"],
      );
      assertEquals(plan.schema, "metamae/pretrain-plan");
      assertEquals(plan.config.methodOptions.innerLr, 0.25);
      assertEquals(plan.config.training.batchSize, 16);
      assertEquals(await exists("no.run"), false);
    });

    await t.step("pretrain refuses what cannot be trained", async () => {
      const base = ["pretrain", "--out", "no.run"];
      const run = (...args: readonly string[]) => runProgram([...base, ...args], { cwd });
      fails(await run("--data", "a.store"), 2, "no method is given");
      fails(await run("--data", "a.store", "--method", "mea"), 2, "mae", "Did you mean");
      fails(await run("--data", "b.store", "--method", "mae"), 7, "b.store");
      fails(
        await run("--data", "a.store", "--method", "mae", "--inner-lr", "1"),
        2,
        'Cannot use --inner-lr with method "mae": its options are --mask-ratio',
      );
      assertEquals(await exists("no.run"), false);
    });

    await t.step("pretrain takes flags, environment, file and defaults in this order", async () => {
      const config = { data: "a.store", method: "mae", steps: 1, seed: 5, batchSize: 8, lr: 0.5 };
      await Deno.writeTextFile(`${cwd}/c.json`, JSON.stringify({ ...config, maskRatio: 0.75 }));
      const { code, stderr } = await runProgram(
        ["pretrain", "--config", "c.json", "--out", "mae.run", "--steps", "2", ...tiny, "--quiet"],
        { cwd, env: { METAMAE_SEED: "6", METAMAE_INNER_LR: "3" } },
      );
      assertEquals(code, 0, stderr);
      const saved = JSON.parse(await Deno.readTextFile(`${cwd}/mae.run/config.json`));
      const { steps, seed, batchSize, learningRate, weightDecay } = saved.training;
      assertEquals([steps, seed, batchSize, learningRate, weightDecay], [2, 6, 8, 0.5, 1e-4]);
      assertEquals(saved.methodOptions, { maskRatio: 0.75 });
      const { origins } = saved;
      assertEquals([origins.steps, origins.seed, origins.lr], ["flag", "environment", "file"]);
      assertStringIncludes(
        await Deno.readTextFile(`${cwd}/mae.run/command.txt`),
        "--config c.json",
      );
    });

    await t.step("pretrain refuses an unknown key of the file", async () => {
      await Deno.writeTextFile(`${cwd}/d.json`, '{"maskRaito": 0.5}');
      const result = await runProgram(["pretrain", "--config", "d.json", "--out", "x"], { cwd });
      fails(result, 2, 'Unknown key "maskRaito"', 'Did you mean "maskRatio"?');
    });

    await t.step("pretrain goes on with --resume only", async () => {
      const more = ["pretrain", "--out", "mae.run", "--steps", "3", "--backend", "wasm"];
      fails(await runProgram(more, { cwd }), 2, "--resume");
      const resumed = await json(cwd, ...more, "--resume");
      assertEquals([resumed.steps, resumed.stepsTaken], [3, 1]);
    });

    await t.step("adapt writes features before and after adaptation", async () => {
      const adapted = await json(
        cwd,
        ...["adapt", "--run", "mae.run", "--data", "a.store", "--out", "mae.features"],
        ...["--inner-steps", "2", "--inner-lr", "0.1", "--backend", "wasm"],
      );
      assertEquals(adapted.schema, "metamae/adapt");
      assertEquals(adapted.adaptation, { innerSteps: 2, innerLr: 0.1 });
      assert(adapted.splits.test.losses.after < adapted.splits.test.losses.before);
    });

    await t.step("adapt refuses options of the other mode", async () => {
      const base = ["adapt", "--run", "mae.run", "--data", "a.store", "--out", "x"];
      fails(await runProgram([...base, "--steps", "3"], { cwd }), 2, "--mode continue");
      const tuned = [...base, "--mode", "finetune", "--steps", "3"];
      fails(await runProgram(tuned, { cwd }), 2, "--steps", "--mode continue");
      fails(await runProgram([...base, "--epochs", "3"], { cwd }), 2, "--mode finetune");
      fails(
        await runProgram([...base, "--mode", "continue", "--inner-lr", "1"], { cwd }),
        2,
        "--inner-lr",
        "--mode latent",
      );
    });

    await t.step("adapt --mode continue goes on training on the store", async () => {
      const continued = await json(
        cwd,
        ...["adapt", "--run", "mae.run", "--data", "a.store", "--out", "more.run"],
        ...["--mode", "continue", "--steps", "1", "--batch-size", "8", "--backend", "wasm"],
      );
      assertEquals([continued.schema, continued.steps], ["metamae/pretrain", 1]);
      const saved = JSON.parse(await Deno.readTextFile(`${cwd}/more.run/config.json`));
      assertEquals([saved.method, saved.methodOptions.maskRatio], ["mae", 0.75]);
    });

    await t.step("adapt --mode continue goes on where it was stopped, with its steps", async () => {
      const again = ["adapt", "--run", "mae.run", "--data", "a.store", "--out", "more.run"];
      const resumed = await json(
        cwd,
        ...[...again, "--mode", "continue", "--resume", "--backend", "wasm"],
      );
      assertEquals([resumed.steps, resumed.stepsTaken], [1, 0]);
    });

    await t.step("adapt --mode finetune trains with labels and writes run and record", async () => {
      const base = ["adapt", "--mode", "finetune", "--run", "mae.run", "--data", "a.store"];
      const small = ["--out", "tuned.run", "--batch-size", "16", "--backend", "wasm"];
      const tuned = await json(cwd, ...base, ...small, "--epochs", "1", "--lr", "0.001");
      assertEquals([tuned.schema, tuned.dataset], ["metamae/finetune", "mnist"]);
      assertEquals([tuned.training.steps, tuned.results[0].probe], [4, "finetune"]);
      const record = JSON.parse(await Deno.readTextFile(`${cwd}/tuned.run/result.json`));
      assertEquals(record.schema, "metamae/result");
      const more = await runProgram([...base, ...small, "--resume", "--epochs", "2"], { cwd });
      assertEquals(more.code, 0, more.stderr);
      assert(/finetune +z +accuracy \(published\) +[01]\.\d{4}/.test(more.stdout), more.stdout);
      fails(await runProgram([...base, ...small], { cwd }), 2, "it holds a run already");
      const adapted = await json(
        cwd,
        ...["adapt", "--run", "tuned.run", "--data", "a.store", "--out", "tuned.features"],
        ...["--backend", "wasm", "--splits", "test"],
      );
      assertEquals(adapted.run.training.labels, "single-label");
    });

    await t.step("probe measures the features and writes a record", async () => {
      const probed = await json(
        cwd,
        ...["probe", "--features", "mae.features", "--out", "mae.json", "--epochs", "2"],
        ...["--probe", "all", "--backend", "wasm"],
      );
      assertEquals(probed.schema, "metamae/probe");
      assertEquals(
        probed.results.map(({ probe, latent }: Record<string, string>) => `${probe} ${latent}`),
        ["linear z", "knn z", "ridge z", "linear zstar", "knn zstar", "ridge zstar"],
      );
      const record = JSON.parse(await Deno.readTextFile(`${cwd}/mae.json`));
      assertEquals([record.schema, record.dataset], ["metamae/result", "mnist"]);
    });

    await t.step("probe --protocol dabs trains a head on the run itself", async () => {
      const base = ["probe", "--protocol", "dabs", "--out", "dabs.json"];
      const missing = await runProgram([...base, "--data", "a.store"], { cwd });
      fails(missing, 2, 'by the protocol "dabs": --run is missing');
      const foreign = [...base, "--data", "a.store", "--run", "mae.run", "--probe", "knn"];
      fails(await runProgram(foreign, { cwd }), 2, "--probe", "--protocol metamae");
      const run = ["--run", "mae.run", "--data", "a.store", "--epochs", "1", "--backend", "wasm"];
      const probed = await json(cwd, ...base, ...run, "--batch-size", "16");
      assertEquals([probed.schema, probed.results[0].probe], ["metamae/probe", "dabs"]);
      assertEquals(probed.results[0].settings.encoderDropout, 0.1);
      assert(await exists("dabs.json"));
    });

    await t.step("methods without a decoder have no z*, and the reason is told", async () => {
      const run = async (...args: readonly string[]) => {
        const { code, stdout, stderr } = await runProgram([...args, "--backend", "wasm"], { cwd });
        assertEquals(code, 0, stderr);
        return stdout;
      };
      const trained = await run(
        ...["pretrain", "--data", "a.store", "--method", "scratch", "--preset", "tiny"],
        ...["--out", "scratch.run", "--batch-size", "8"],
      );
      assertStringIncludes(trained, "Next: metamae adapt --run ");
      const adapted = await run(
        ...["adapt", "--run", "scratch.run", "--data", "a.store", "--out", "scratch.features"],
      );
      assertStringIncludes(adapted, 'none: the method "scratch" has no decoder');
      const probed = await run(
        ...["probe", "--features", "scratch.features", "--out", "scratch.json", "--probe", "ridge"],
      );
      assert(
        /ridge +z +accuracy \(published\) +0\.\d{4} +0\.\d{4} to 0\.\d{4}/.test(probed),
        probed,
      );
      assert(/ridge +z\* +none: /.test(probed), probed);
    });

    await t.step("report writes every format and shows the table", async () => {
      const { code, stdout, stderr } = await runProgram(
        ["report", "mae.json", "mae.run", "mae.features", "tuned.run", "--out", "report"],
        { cwd },
      );
      assertEquals(code, 0, stderr);
      assertStringIncludes(stdout, "Linear probe, %");
      assertStringIncludes(stdout, "Fine-tuned, %");
      for (const name of ["index.html", "report.md", "report.csv", "report.tex", "report.json"]) {
        assert(await exists(`report/${name}`), name);
      }
    });

    await t.step("report ends with exit code 8 below a required score", async () => {
      const required = (bound: number) =>
        runProgram(
          [
            "report",
            "mae.json",
            "--out",
            "r2",
            "--format",
            "md",
            "--require",
            `mnist/mae>=${bound}`,
          ],
          { cwd },
        );
      assertEquals((await required(0)).code, 0);
      fails(await required(100), 8, "mnist/mae reached");
    });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test({
  name: "metamae tokenize leaves nothing behind when it is stopped",
  ignore: Deno.build.os === "windows",
  async fn() {
    const cwd = await Deno.makeTempDir();
    try {
      const program = startProgram(["tokenize", "mnist", "--out", "a.store"], { cwd });
      const reader = program.stderr.pipeThrough(new TextDecoderStream()).getReader();
      // The first line of progress says that the conversion is under way.
      let text = (await reader.read()).value ?? "";
      program.kill("SIGINT");
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        text += part.value;
      }
      await program.stdout.cancel();
      assertEquals((await program.status).code, 130, text);
      assertStringIncludes(text, "Stopped by SIGINT: no store was written");
      const left = [...Deno.readDirSync(cwd)].map(({ name }) => name);
      assertEquals(left.filter((name) => !name.endsWith(".lock")), []);
    } finally {
      await Deno.remove(cwd, { recursive: true });
    }
  },
});
