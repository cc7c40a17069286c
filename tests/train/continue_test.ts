/** Training on from the weights of another run, for every method and backbone of the registry. */

import { methods } from "../../lib/methods/registry.ts";
import { loadRun } from "../../lib/train/load_run.ts";
import { pretrain } from "../../lib/train/pretrain.ts";
import { isTrainable } from "../../lib/train/train_step.ts";
import { UsageError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { toyStore } from "../evaluate/sample_run.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

const common = { preset: "tiny", backend: "wasm", lr: 0.01, tensorboard: false } as const;

for (const method of methods.values()) {
  for (const backbone of method.backbones) {
    Deno.test(`${method.id} on ${backbone} goes on training from another run on other data`, () =>
      inTemporaryFolder(async (folder) => {
        await using first = await toyStore({ train: 16, test: 4 });
        await using second = await toyStore({ train: 24, test: 4, task: null });
        const [start, held, moved] = ["start", "held", "moved"].map((name) => join(folder, name));
        const choices = { ...common, method: method.id, backbone };
        await pretrain({ ...choices, data: first.path, out: start!, steps: 1 });
        const from = { ...choices, data: second.path, from: start! };
        await pretrain({ ...from, out: held!, steps: 0, seed: 5 });
        const { loss } = await pretrain({ ...from, out: moved!, steps: 1, seed: 5 });
        const [a, b, c] = [await loadRun(start!), await loadRun(held!), await loadRun(moved!)];
        assertEquals(b.parameters, a.parameters, "the weights are those of the other run");
        const changed = a.model.parameters.some(({ name }) =>
          a.parameters[name]!.data.some((value, i) => value !== c.parameters[name]!.data[i])
        );
        assertEquals(changed, isTrainable(a.model));
        assertEquals(loss !== undefined, isTrainable(a.model));
        assert(c.config.data.sha256 !== a.config.data.sha256);
      }));
  }
}

Deno.test("training from another run refuses weights of another shape", () =>
  inTemporaryFolder(async (folder) => {
    await using store = await toyStore({ train: 16, test: 4 });
    const start = join(folder, "start");
    const choices = { ...common, data: store.path, method: "mae", steps: 1 };
    await pretrain({ ...choices, out: start });
    const wider = { ...choices, preset: "small", from: start, out: join(folder, "next") } as const;
    await assertRejects(() => pretrain(wider), UsageError, "it differs from the model in");
  }));
