import { main } from "../../../cli/main.ts";
import {
  currentPlatform,
  engineBuildFor,
  requirementLines,
} from "../../../lib/engine/install/engine_builds.ts";
import { join } from "../../../lib/util/path.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { memorySurroundings } from "../surroundings.ts";

const build = engineBuildFor(currentPlatform());

/** Runs a test with a cache folder of its own. */
async function withCache(run: (cache: string) => Promise<void>): Promise<void> {
  const before = Deno.env.get("METAMAE_CACHE");
  const cache = await Deno.makeTempDir();
  Deno.env.set("METAMAE_CACHE", cache);
  try {
    await run(cache);
  } finally {
    if (before === undefined) Deno.env.delete("METAMAE_CACHE");
    else Deno.env.set("METAMAE_CACHE", before);
    await Deno.remove(cache, { recursive: true });
  }
}

Deno.test({
  name: "metamae engine install says that the engine is installed and does nothing",
  ignore: build === undefined,
  fn: () =>
    withCache(async (cache) => {
      const folder = join(cache, "engine", build!.id);
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(
        join(folder, "engine.json"),
        JSON.stringify({
          schema: "metamae/engine",
          version: 1,
          id: build!.id,
          tensorflow: build!.version,
          gpu: false,
          installer: "pip",
          requirements: requirementLines(build!),
          files: [],
        }),
      );
      const text = memorySurroundings();
      assertEquals(await main(["engine", "install"], text), 0);
      assertMatch(text.stdout.text, /^TensorFlow 2\.21\.0 is already installed in ".*"\n$/);
      const json = memorySurroundings();
      assertEquals(await main(["engine", "install", "--json"], json), 0);
      const document = JSON.parse(json.stdout.text);
      assertEquals(document.schema, "metamae/engine-install");
      assertEquals(document.alreadyInstalled, true);
      assertEquals(document.engine.id, build!.id);
    }),
});

Deno.test({
  name: "metamae engine install ends with 7 and names every program where none may run",
  ignore: build === undefined,
  permissions: { env: true, read: true, write: true, run: false },
  fn: () =>
    withCache(async (cache) => {
      const surroundings = memorySurroundings();
      assertEquals(await main(["engine", "install"], surroundings), 7);
      const message = surroundings.stderr.text;
      for (const program of ["python3 -m pip: ", "pip: ", "pip3: ", "uv: "]) {
        assertStringIncludes(message, program);
      }
      assertStringIncludes(message, "Hint: Install uv or Python 3 with pip");
      assertEquals([...Deno.readDirSync(join(cache, "engine"))], []);
    }),
});

Deno.test("metamae engine install --help starts with an example and explains --gpu", async () => {
  const surroundings = memorySurroundings();
  assertEquals(await main(["engine", "install", "--help"], surroundings), 0);
  assert(surroundings.stdout.text.startsWith("Example: metamae engine install\n"));
  assertStringIncludes(surroundings.stdout.text, "--gpu");
});
