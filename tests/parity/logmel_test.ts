import { type FixtureCase, loadCase, numbersOf } from "./fixture_case.ts";
import { run } from "./logmel.ts";
import { DataError } from "../../lib/util/errors.ts";
import { ndarray } from "../../lib/util/ndarray.ts";
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

/** The case as if only some of its frames had been recorded, and said to be those of a text. */
function withFrames(places: readonly number[], text: string): FixtureCase {
  const frames = numbersOf(fixture, "db").length / 224;
  const cut = (name: string) => {
    const all = numbersOf(fixture, name);
    const data = Float64Array.from(
      { length: 224 * places.length },
      (_, i) => all[Math.floor(i / places.length) * frames + places[i % places.length]!]!,
    );
    return [name, ndarray("float64", [224, places.length], data)] as const;
  };
  const described = { "mel_power": { desc: `mel power before squaring, frames ${text}` } };
  return {
    ...fixture,
    document: { ...fixture.document, tensors: described },
    tensors: new Map([...fixture.tensors, cut("mel_power"), cut("db")]),
  };
}

Deno.test("the runner of log-mel cases reads which frames were recorded", async () => {
  assert((await run(withFrames([1, 2, 7], "[16, 32, 112]"))).pass);
  assert(!(await run(withFrames([1, 2, 7], "[0, 16, 32]"))).pass);
  for (const text of ["[16, 32]", "[16, 32, 999]", "16, 32, 112", "[16, , 112]"]) {
    await assertRejects(
      async () => await run(withFrames([1, 2, 7], text)),
      DataError,
      '"mel_power" has 3 frames of the picture',
    );
  }
});
