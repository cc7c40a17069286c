import { findLibtensorflow, libraryVariable } from "../../../lib/engine/install/locate.ts";
import { setEnvironment } from "../../../lib/engine/native/library.ts";
import { fromFileUrl, join } from "../../../lib/util/path.ts";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../../assert.ts";
import { tensorflowAvailable } from "../../engine_available.ts";
import { makeTempDir } from "../../temporary.ts";

const names = ["TF_CPP_MIN_LOG_LEVEL", "TF_CPU_ALLOCATOR_USE_BFC", "TF_XLA_FLAGS"];

/** Runs a test with these variables unset, and puts them back. */
function withoutVariables(body: () => void): void {
  const kept = names.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of names) Deno.env.delete(name);
  try {
    body();
  } finally {
    for (const [name, value] of kept) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

const options = { cache: "/somewhere/cache", library: "/lib/a.so", version: "2.21.0" };

Deno.test("setEnvironment() sets what the user has not set", () => {
  withoutVariables(() => {
    Deno.env.set("TF_CPP_MIN_LOG_LEVEL", "0");
    const programs = setEnvironment(options);
    assertEquals(Deno.env.get("TF_CPP_MIN_LOG_LEVEL"), "0");
    assertEquals(Deno.env.get("TF_CPU_ALLOCATOR_USE_BFC"), "1");
    assertStringIncludes(Deno.env.get("TF_XLA_FLAGS")!, programs);
    assert(programs.startsWith("/somewhere/cache/programs/"));
  });
});

Deno.test("setEnvironment() keeps programs of other libraries and versions apart", () => {
  withoutVariables(() => {
    const folder = (change: object) => setEnvironment({ ...options, ...change });
    assertEquals(folder({}), folder({}));
    assertNotEquals(folder({}), folder({ version: "2.22.0" }));
    assertNotEquals(folder({}), folder({ library: "/lib/b.so" }));
  });
});

Deno.test({
  name: "setEnvironment() lets XLA keep programs in a folder of any name, and nowhere else",
  ignore: !tensorflowAvailable || Deno.build.os === "windows",
  fn: async () => {
    const folder = await makeTempDir();
    const cache = join(folder, `it's a "cache" \\ here`);
    const child = fromFileUrl(new URL("../../faults/train_child.ts", import.meta.url));
    const config = fromFileUrl(new URL("../../../deno.json", import.meta.url));
    const permissions = ["--allow-read", "--allow-env", "--allow-ffi", `--allow-write=${folder}`];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--config", config, ...permissions],
        ...[child, join(folder, "run"), "1", "0", "xla"],
      ],
      // Without what the engine of this process has set.
      clearEnv: true,
      env: {
        ...Object.fromEntries(
          Object.entries(Deno.env.toObject()).filter(([n]) => !names.includes(n)),
        ),
        [libraryVariable]: findLibtensorflow().found!.folder,
        METAMAE_CACHE: cache,
      },
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const [machine] = await Array.fromAsync(Deno.readDir(join(cache, "programs")));
    const kept = await Array.fromAsync(Deno.readDir(join(cache, "programs", machine!.name)));
    assertEquals(kept.map(({ name }) => name.startsWith("xla_compile_cache")), [true]);
    const beside = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    assertEquals(beside.filter((name) => name !== ".run.lock").sort(), [
      `it's a "cache" \\ here`,
      "run",
    ]);
  },
});
