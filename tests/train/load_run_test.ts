import { loadRun } from "../../lib/train/load_run.ts";
import { MissingError, UsageError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { fakeHooks, fakePretrain } from "./fake_data.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

Deno.test("loadRun gives model and weights of the newest checkpoint, or of a step", () =>
  inTemporaryFolder(async (folder) => {
    const run = join(folder, "run");
    await fakePretrain({ out: run, steps: 4, checkpointEvery: 2 });
    const newest = await loadRun(run, fakeHooks),
      second = await loadRun(run, { ...fakeHooks, step: 2 });
    assertEquals([newest.step, second.step], [4, 2]);
    assertEquals(Object.keys(newest.parameters), newest.model.parameters.map(({ name }) => name));
    assertEquals(newest.parameters["batches_seen"]!.data[0], 4);
    assertEquals(second.parameters["batches_seen"]!.data[0], 2);
    assert(newest.checkpoint.endsWith("step-00000004"));
    assertEquals(newest.config.method, "fake");
  }));

Deno.test("loadRun says what is missing", () =>
  inTemporaryFolder(async (folder) => {
    await assertRejects(() => loadRun(join(folder, "none"), fakeHooks), MissingError);
    const run = join(folder, "run");
    await fakePretrain({ out: run, steps: 4 });
    const error = await assertRejects(() => loadRun(run, { ...fakeHooks, step: 3 }), UsageError);
    assert(error.message.endsWith("the checkpoints are of the steps 4"), error.message);
    await Deno.remove(join(run, "checkpoints"), { recursive: true });
    await assertRejects(() => loadRun(run, fakeHooks), MissingError, "it has no checkpoint yet");
  }));
