import { loadCase } from "./fixture_case.ts";
import { run } from "./logmel.ts";
import { DataError } from "../../lib/util/errors.ts";
import { fromFileUrl } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";

const folder = fromFileUrl(new URL("../fixtures", import.meta.url));
const fixture = await loadCase(folder, "logmel_librispeech_short");
const withConfig = (config: Record<string, unknown>) => ({
  ...fixture,
  config: { ...fixture.config, ...config },
});

Deno.test("the runner of log-mel cases passes the recorded one, far within the tolerance", async () => {
  const { pass, worst, checked } = await run(fixture);
  assert(pass && worst.error < 1e-5, `${worst.name}: ${worst.error}`);
  assertEquals(checked, 8);
});

Deno.test("the runner of log-mel cases fails another rate and the constants of another data set", async () => {
  assert(!(await run(withConfig({ sample_rate: 22_050 }))).pass);
  const other = await run(withConfig({ dataset: "Google Speech Commands" }));
  assert(!other.pass && other.worst.name.startsWith("output"));
});

Deno.test("the runner of log-mel cases refuses unknown data sets", async () => {
  await assertRejects(
    async () => await run(withConfig({ dataset: "Birdsong" })),
    DataError,
    '"Birdsong": it is not known',
  );
});
