import { fromFileUrl, join } from "../../../lib/util/path.ts";
import { planGroups } from "../../../tasks/bench/contestants.ts";
import { readOptions } from "../../../tasks/bench/options.ts";
import {
  checkPytorch,
  probePytorch,
  type PytorchCase,
  runContestant,
} from "../../../tasks/bench/processes.ts";
import { findPytorch } from "../../../tasks/bench/pytorch_environment.ts";
import { assert, assertEquals } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";
import { pytorchAvailable } from "./pytorch_available.ts";

const fixtures = fromFileUrl(new URL("../../fixtures", import.meta.url));
const name = "metamae_tabular_altopt";

async function python(): Promise<string> {
  return (await findPytorch({ onProgress: () => {} })).path;
}

async function casesOf(folder: string): Promise<readonly PytorchCase[]> {
  const { value, problem } = await checkPytorch(await python(), folder);
  assert(value !== undefined, problem);
  return value;
}

if (pytorchAvailable) {
  Deno.test("pytorch_step.py meets the recorded losses and gradients in both precisions", async () => {
    const cases = await casesOf(fixtures);
    assertEquals(
      cases.filter((one) => one.case === name).map(({ dtype }) => dtype),
      ["float64", "float32"],
    );
    for (const { pass, checked, error, tolerance } of cases) {
      assert(pass && checked > 50, `off by ${error} of ${tolerance} in ${checked} comparisons`);
    }
  });

  Deno.test("pytorch_step.py fails a case whose inner step was another one", async () => {
    const folder = await makeTempDir();
    const document = JSON.parse(await Deno.readTextFile(join(fixtures, `${name}.json`)));
    document.config.reg_weight *= 1.01;
    await Deno.writeTextFile(join(folder, `${name}.json`), JSON.stringify(document));
    await Deno.copyFile(
      join(fixtures, `${name}.safetensors`),
      join(folder, `${name}.safetensors`),
    );
    assertEquals((await casesOf(folder)).map(({ pass }) => pass), [false, false]);
  });

  Deno.test("pytorch_step.py takes steps at every setting with its heap kept", async () => {
    const options = readOptions([
      ...["--against", "pytorch", "--settings", "pamap2,genomics,eurosat", "--preset", "tiny"],
      ...["--batch-sizes", "2", "--steps", "2", "--threads", "1"],
      ...["--methods", "mae,metamae,metamae-first-order"],
    ], 1)!;
    const path = await python();
    for (const { setting, method, contestants } of planGroups(options)) {
      const { value, problem } = await runContestant(contestants.at(-1)!, path);
      assert(value !== undefined, `${setting.id}, ${method}: ${problem}`);
      assertEquals(value.seconds.length, 2);
      assert(Number.isFinite(value.loss) && value.peakBytes > 1e7);
      assert(value.optimizer === "foreach" || value.optimizer === "fused");
      assert(value.mappedBytes == null || value.mappedBytes < 2 ** 26);
    }
  });

  Deno.test("pytorch_step.py measures matrix products", async () => {
    const shapes = [[64, 64, 64], [128, 32, 64]] as const;
    const { value } = await probePytorch(await python(), { threads: 1 }, shapes);
    assertEquals(value!.gigaflops.length, 2);
    assert(value!.gigaflops.every((speed) => speed > 0.01 && speed < 1e4));
  });
}
