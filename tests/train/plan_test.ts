import { planPretrain } from "../../lib/train/plan.ts";
import { UsageError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { assertAlmostEquals, assertEquals, assertRejects } from "../assert.ts";
import { fakeHooks, fakePretrain } from "./fake_data.ts";
import { inTemporaryFolder, namesIn } from "./temporary_folder.ts";

const options = { data: "/fake store", method: "fake", preset: "tiny", steps: 12 } as const;

Deno.test("planPretrain counts steps, samples, epochs and weights and writes nothing", () =>
  inTemporaryFolder(async (folder) => {
    const plan = await planPretrain({ ...options, out: join(folder, "run") }, fakeHooks);
    assertEquals([plan.steps, plan.samples], [12, 48]);
    assertAlmostEquals(plan.epochs, 2, 1e-12);
    assertEquals(plan.parameters, { trainable: 15 + 3 + 4 + 15, fixed: 5 + 3 + 1 });
    assertEquals(plan.checkpointBytes, 4 * (3 * 37 + 9));
    assertEquals(plan.flops, 12 * plan.flopsPerStep);
    assertEquals(plan.config.training.batchSize, 4);
    assertEquals(await namesIn(folder), []);
  }));

Deno.test("planPretrain of a run that would be resumed takes its configuration", () =>
  inTemporaryFolder(async (folder) => {
    const out = join(folder, "run");
    await fakePretrain({ out, steps: 3, batchSize: 2 });
    const plan = await planPretrain({ out, resume: true, steps: 9 }, fakeHooks);
    assertEquals([plan.steps, plan.samples], [9, 18]);
  }));

Deno.test("planPretrain needs a method and a store for a new run", async () => {
  const { data, method } = options;
  await assertRejects(
    () => planPretrain({ out: "/none", data }, fakeHooks),
    UsageError,
    "no method",
  );
  await assertRejects(
    () => planPretrain({ out: "/none", method }, fakeHooks),
    UsageError,
    "no token store",
  );
});
